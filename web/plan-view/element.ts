import type { Scene } from '../../src/render/scene.ts';
import type { Size } from './camera.ts';
import { themeOf } from './colours.ts';
import { mark } from './dom.ts';
import { createDraw } from './drawn.ts';
import { loadRest } from './load-rest.ts';
import type { Rest } from './rest.ts';
import { createStage } from './stage.ts';
import { styles } from './styles.ts';
import {
  type Choices,
  initial,
  initialChoices,
  type PlanViewEvents,
  type PlanViewProperties,
} from './types.ts';

/**
 * `<dbintel-plan>`: a query plan to be looked at. It holds what it was given and what was chosen in
 * it; everything that is seen follows from these, and hosts are told of each choice by an event.
 * The picture is drawn by what is here; what is around it is loaded meanwhile.
 */
const names = Object.keys(initial) as (keyof PlanViewProperties)[];

/** Of a picture that is not to be seen yet. */
const usualField: Size = { width: 1_000, height: 600 };

export class DbintelPlan extends HTMLElement implements PlanViewProperties {
  static readonly observedAttributes = ['packed', 'metric', 'theme', 'view', 'selected', 'dense'];
  // Of the prototype, below: each is set through `set`.
  declare plan: PlanViewProperties['plan'];
  declare findings: PlanViewProperties['findings'];
  declare previous: PlanViewProperties['previous'];
  declare metric: PlanViewProperties['metric'];
  declare theme: PlanViewProperties['theme'];
  declare view: PlanViewProperties['view'];
  declare selected: PlanViewProperties['selected'];
  declare fold: PlanViewProperties['fold'];
  declare dense: PlanViewProperties['dense'];
  #given = initial;
  #choices = initialChoices;
  #stage = createStage();
  #draw = createDraw();
  #rest: Rest | undefined;
  #drawn: Scene | undefined;
  #field = usualField;
  #waiting = false;
  #media = [
    matchMedia('(prefers-color-scheme: dark)'),
    matchMedia('(forced-colors: active)'),
    matchMedia('print'),
  ] as const;
  /** Of what is heard while it is part of a page. */
  #heard = new AbortController();
  #watch = new ResizeObserver(() => this.#later());
  #later = () => {
    if (this.#waiting) return;
    this.#waiting = true;
    queueMicrotask(() => {
      this.#waiting = false;
      if (this.isConnected) this.#show();
    });
  };

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    shadow.adoptedStyleSheets = [sheet];
    shadow.append(this.#stage.root);
    void this.#load();
  }

  async #load(): Promise<void> {
    try {
      const { createRest } = await loadRest();
      this.#rest = createRest(this.#stage, {
        draw: this.#draw,
        current: () => [this.#given, this.#choices],
        change: (change) => this.set(change),
        choose: (choices) => {
          this.#choices = { ...this.#choices, ...choices };
          this.#later();
        },
        tell: (event, detail) => this.#tell(event, detail),
      });
      if (this.isConnected) this.#watchSizes();
      this.#later();
    } catch (error) {
      this.#stage.say(`The picture is shown without its controls: ${reasonOf(error)}`, true);
    }
  }

  connectedCallback(): void {
    // A host may have set properties before this file was loaded.
    for (const name of names)
      if (Object.hasOwn(this, name)) {
        const value = this[name];
        delete (this as Partial<PlanViewProperties>)[name];
        this.set({ [name]: value });
      }
    this.#watchSizes();
    this.#heard = new AbortController();
    this.#watchScreen();
    for (const each of this.#media) each.addEventListener('change', this.#later, this.#heard);
    // As soon as words have their real widths.
    void document.fonts.ready.then(this.#later);
    this.#later();
  }

  disconnectedCallback(): void {
    this.#watch.disconnect();
    this.#heard.abort();
  }

  #watchSizes(): void {
    const { root, picture } = this.#stage;
    for (const part of [root, picture.element, ...(this.#rest?.sized ?? [])])
      this.#watch.observe(part);
  }

  /** Another screen has other pixels. */
  #watchScreen(): void {
    const again = () => {
      this.#later();
      this.#watchScreen();
    };
    const { signal } = this.#heard;
    matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener('change', again, {
      once: true,
      signal,
    });
  }

  attributeChangedCallback(name: string, _: string | null, value: string | null): void {
    if (name === 'packed') void this.#unpack(value);
    else if (name === 'selected') this.selected = value === null ? undefined : Number(value);
    else if (name === 'dense') this.dense = value !== null;
    else this.set({ [name]: value ?? initial[name as 'theme'] });
  }

  get(): PlanViewProperties {
    return this.#given;
  }
  /** Some of its properties, as one change on the screen. */
  set(change: Partial<PlanViewProperties>): void {
    this.#given = { ...this.#given, ...change };
    if ('plan' in change || 'previous' in change)
      this.#choices = { ...initialChoices, direction: this.#choices.direction } satisfies Choices;
    this.#later();
  }

  #tell<E extends keyof PlanViewEvents>(event: E, detail: PlanViewEvents[E]): void {
    this.dispatchEvent(new CustomEvent(event, { detail, bubbles: true, composed: true }));
  }

  async #unpack(text: string | null): Promise<void> {
    if (text === null) return this.set({ plan: undefined });
    try {
      const { unpack } = await import('../../src/render/pack.ts');
      const plan = await unpack(text);
      if (this.getAttribute('packed') === text) this.set({ plan });
    } catch (error) {
      this.set({ plan: undefined });
      this.#stage.say(reasonOf(error), true);
    }
  }

  #show(): void {
    const [system, forced, paper] = this.#media;
    const { root, picture, show } = this.#stage;
    const { plan, previous, view, dense, theme: wanted } = this.#given;
    // Pale words cannot be read on paper.
    const dark = !paper.matches && (wanted === 'system' ? system.matches : wanted === 'dark');
    const theme = themeOf(forced.matches, dark);
    root.classList.toggle('dark', dark);
    root.classList.toggle('dense', dense);
    mark(root, 'data-view', view);
    show(!plan);
    const size = picture.size();
    if (size.width) this.#field = size;
    const rest = () => this.#rest?.show(this.#given, this.#choices, theme, this.#field);
    // Two plans are compared by what is loaded later; other views have no picture.
    if (!plan || previous || view !== 'tree') return rest();
    const scene = this.#draw({ ...this.#given, plan }, this.#choices, this.#field);
    if (scene === this.#drawn && this.#rest) return rest();
    this.#drawn = scene;
    picture.show(scene, theme);
    // Of a large plan each is enough for one task.
    if (this.#rest) setTimeout(rest);
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

for (const name of names)
  Object.defineProperty(DbintelPlan.prototype, name, {
    get(this: DbintelPlan) {
      return this.get()[name];
    },
    set(this: DbintelPlan, value: never) {
      this.set({ [name]: value });
    },
    configurable: true,
    enumerable: true,
  });
