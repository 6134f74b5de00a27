import { mark } from './dom.ts';
import { runKey } from './keys.ts';
import { createParts, type Parts } from './parts.ts';
import { type Shown, shownOf } from './shown.ts';
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
 */
const names = Object.keys(initial) as (keyof PlanViewProperties)[];

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
  #parts: Parts;
  #shown: Shown | undefined;
  #derive = shownOf();
  #waiting = false;
  #dark = matchMedia('(prefers-color-scheme: dark)');
  #forced = matchMedia('(forced-colors: active)');
  #sharp = new AbortController();
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
    this.#parts = createParts({
      shown: () => this.#shown,
      change: (change) => this.set(change),
      choose: (choices) => {
        this.#choices = { ...this.#choices, ...choices };
        this.#later();
      },
      tell: (event, detail) => this.#tell(event, detail),
    });
    this.#parts.root.addEventListener('keydown', (event) => {
      if (this.#shown && runKey(event, this.#shown, this.#parts)) event.preventDefault();
    });
    shadow.append(this.#parts.root);
  }

  connectedCallback(): void {
    // A host may have set properties before this file was loaded.
    for (const name of names)
      if (Object.hasOwn(this, name)) {
        const value = this[name];
        delete (this as Partial<PlanViewProperties>)[name];
        this.set({ [name]: value });
      }
    for (const part of this.#parts.sized) this.#watch.observe(part);
    this.#sharp = new AbortController();
    this.#watchScreen();
    for (const query of [this.#dark, this.#forced]) query.addEventListener('change', this.#later);
    // As soon as words have their real widths.
    void document.fonts.ready.then(this.#later);
    this.#later();
  }

  disconnectedCallback(): void {
    this.#watch.disconnect();
    for (const query of [this.#dark, this.#forced])
      query.removeEventListener('change', this.#later);
    this.#sharp.abort();
  }

  /** Another screen has other pixels. */
  #watchScreen(): void {
    const again = () => {
      this.#later();
      this.#watchScreen();
    };
    const { signal } = this.#sharp;
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
      this.#parts.say(error instanceof Error ? error.message : 'not a packed plan', true);
    }
  }

  #show(): void {
    const dark = this.#given.theme === 'system' ? this.#dark.matches : this.#given.theme === 'dark';
    const colours = this.#forced.matches ? 'forced' : dark ? 'dark' : 'light';
    const { root } = this.#parts;
    root.classList.toggle('dark', dark);
    root.classList.toggle('dense', this.#given.dense);
    mark(root, 'data-view', this.#given.view);
    this.#shown = this.#derive(this.#given, this.#choices, colours, this.#parts.field());
    this.#parts.show(this.#shown);
  }
}

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
