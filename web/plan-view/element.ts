import { metricFor } from '../../src/render/metric.ts';
import { type Scene, sceneOf } from '../../src/render/scene.ts';
import { sentenceOf } from '../../src/render/sentence.ts';
import { type Theme, themes } from '../../src/render/theme.ts';
import { h, put, remember } from './dom.ts';
import { createPicture, type Picture } from './picture.ts';
import { styles } from './styles.ts';
import type { PlanViewEvents, PlanViewProperties } from './types.ts';

/**
 * `<dbintel-plan>`: a query plan to be looked at. It holds what it was given and what was chosen in
 * it; everything that is seen follows from these, and hosts are told of each choice by an event.
 */
const initial: PlanViewProperties = {
  plan: undefined,
  findings: [],
  previous: undefined,
  metric: undefined,
  theme: 'system',
  view: 'tree',
  selected: undefined,
  fold: undefined,
  dense: false,
};
const names = Object.keys(initial) as (keyof PlanViewProperties)[];

export class DbintelPlan extends HTMLElement implements PlanViewProperties {
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
  static readonly observedAttributes = ['packed', 'metric', 'theme', 'view', 'selected', 'dense'];
  #given: PlanViewProperties = initial;
  #root: HTMLElement;
  #answer = h('p', { class: 'answer' });
  #picture: Picture;
  #waiting = false;
  #dark = matchMedia('(prefers-color-scheme: dark)');
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
    this.#picture = createPicture({
      pick: (card) => this.#choose({ selected: card?.id }, 'node-select', { id: card?.id }),
    });
    this.#root = h(
      'div',
      { class: 'root' },
      h('header', {}, this.#answer),
      h('div', { class: 'panes' }, h('div', { class: 'picture' }, this.#picture.canvas)),
    );
    shadow.append(this.#root);
  }

  connectedCallback(): void {
    // A host may have set properties before this file was loaded.
    for (const name of names)
      if (Object.hasOwn(this, name)) {
        const value = this[name];
        delete (this as Partial<PlanViewProperties>)[name];
        this.set({ [name]: value });
      }
    this.#watch.observe(this);
    this.#dark.addEventListener('change', this.#later);
    void document.fonts.ready.then(this.#later);
    this.#later();
  }

  disconnectedCallback(): void {
    this.#watch.disconnect();
    this.#dark.removeEventListener('change', this.#later);
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
  /** Some of its properties, as one change. */
  set(change: Partial<PlanViewProperties>): void {
    this.#given = { ...this.#given, ...change };
    this.#later();
  }

  #choose<E extends keyof PlanViewEvents>(
    change: Partial<PlanViewProperties>,
    event: E,
    detail: PlanViewEvents[E],
  ): void {
    this.set(change);
    this.dispatchEvent(new CustomEvent(event, { detail, bubbles: true, composed: true }));
  }

  async #unpack(text: string | null): Promise<void> {
    const { unpack } = await import('../../src/render/pack.ts');
    const plan = text === null ? undefined : await unpack(text);
    if (this.getAttribute('packed') === text) this.set({ plan });
  }

  #scene = remember(
    (
      plan: NonNullable<PlanViewProperties['plan']>,
      findings: PlanViewProperties['findings'],
      metric: PlanViewProperties['metric'],
      fold: PlanViewProperties['fold'],
      width: number,
      height: number,
    ): Scene =>
      sceneOf(plan, {
        findings,
        metric: metric ?? metricFor(plan.root),
        field: { width, height },
        ...(fold?.cards ? { budget: fold.cards === 'all' ? Infinity : fold.cards } : {}),
      }),
  );

  #show(): void {
    const { plan, findings, metric, fold, theme, selected } = this.#given;
    const dark = theme === 'system' ? this.#dark.matches : theme === 'dark';
    const colours: Theme = themes[dark ? 'dark' : 'light'];
    this.#root.classList.toggle('dark', dark);
    put(this.#answer, plan ? sentenceOf(plan) : 'No plan');
    if (!plan) return;
    const { width, height } = this.#picture.size();
    const scene = this.#scene(plan, findings, metric, fold, width, height);
    this.#picture.show(scene, colours, { selected, hits: new Set() });
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
