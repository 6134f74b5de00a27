import { changeMarks } from '../../src/render/compare.ts';
import { round } from '../../src/render/figures.ts';
import type { MetricName } from '../../src/render/metric.ts';
import { whyNot } from '../../src/render/metric.ts';
import type { Camera, Size } from './camera.ts';
import { copyImage, copyText } from './clipboard.ts';
import { h, put, remember } from './dom.ts';
import { showDrawer, spoken, textOf } from './drawer.ts';
import { createHeader } from './header.ts';
import { type Acts, act, nextOf, openFold } from './keys.ts';
import { createPicture } from './picture.ts';
import type { Earlier, Shown, ShownPlan } from './shown.ts';
import { createSteps, type Steps } from './steps.ts';
import type { Choices, Fold, PlanViewEvents, PlanViewProperties, ViewName } from './types.ts';
import { createWindowed } from './windowed.ts';

/** The parts of the element: each shows its share of what is derived, and tells what was chosen. */
export interface Parts extends Acts {
  root: HTMLElement;
  /** What has to be drawn anew where its size changes. */
  sized: readonly Element[];
  field(): Size;
  show(shown: Shown): void;
  steps(focused: Element): Steps | undefined;
  say(text: string, isSeen?: boolean): void;
}

export interface PartsDeps {
  shown(): Shown | undefined;
  change(change: Partial<PlanViewProperties>): void;
  choose(choices: Partial<Choices>): void;
  tell<E extends keyof PlanViewEvents>(event: E, detail: PlanViewEvents[E]): void;
}

const rowHeights = { comfort: 32, dense: 26 };
const lineHeight = 18;

export function createParts({ shown, change, choose, tell }: PartsDeps): Parts {
  const live = h('p', { class: 'live', role: 'status' });
  const note = h('p', { class: 'note', hidden: true });
  const say = (text: string, isSeen = false) => {
    put(live, text);
    note.hidden = !isSeen;
    put(note, isSeen && text);
  };
  const plan = () => shown()?.plan;
  const pick = (at: number | undefined) => {
    const { model, metric } = plan() ?? {};
    choose({ gone: undefined });
    change({ selected: at });
    tell('node-select', { id: at });
    if (model && metric && at !== undefined)
      say(spoken(model, at, `${metric.text(at)} ${metric.title}`.trim()));
  };
  const fold = (next: Fold) => {
    change({ fold: next });
    tell('fold-change', next);
  };
  const metric = (name: MetricName) => {
    const given = plan()?.model.plan;
    const reason = given && whyNot(given, name);
    if (reason) return say(reason, true);
    change({ metric: name });
    tell('metric-change', { metric: name });
    say(`Coloured by ${name}`);
  };
  const view = (name: ViewName) => {
    change({ view: name });
    tell('view-change', { view: name });
  };
  const copied = (what: PlanViewEvents['copy-done']['what'], done: boolean) => {
    say(done ? `Copied the ${what}` : 'The browser allows no copying here', true);
    if (done) tell('copy-done', { what });
  };
  const copy = async (text: string, what: 'node' | 'fix' | 'plan') =>
    copied(what, await copyText(text));
  const key = (name: string) => {
    const now = shown();
    if (now?.plan) act(name, false, now, now.plan, parts);
  };
  const hit = (step: 1 | -1) => {
    const found = nextOf(plan()?.hits ?? [], shown()?.given.selected, step < 0);
    if (found !== undefined) pick(found);
  };

  const header = createHeader({
    metric,
    view,
    pick,
    search: (query) => choose({ query }),
    hit,
    key,
  });
  const outline = createSteps('outline', pick);
  const table = createSteps('table', pick);
  const raw = createWindowed(
    h('div', {
      class: 'raw',
      tabindex: 0,
      role: 'region',
      'aria-label': 'The plan as it is stored',
    }),
  );
  const rawPane = h(
    'div',
    { class: 'rawpane' },
    h('button', { onclick: () => void copy(storedOf(plan()), 'plan') }, 'copy the plan'),
    raw.element,
  );
  const drawer = h('aside', { class: 'drawer', 'aria-label': 'Details', tabindex: 0 });
  const changes = h('div', { class: 'changes' });
  const picture = createPicture('The plan', {
    pick(card, all) {
      const now = shown();
      if (!now?.plan || !card) return pick(undefined);
      pick(card.id);
      openFold(now.plan, now.given.fold?.open ?? [], card.id, all, parts, now.given.fold?.cards);
    },
    moved: (camera) => before.look(besides(camera, picture.size(), before.size())),
  });
  const before = createPicture('The earlier plan', {
    pick(card) {
      const earlier = plan()?.earlier;
      const partner = card && earlier?.both.later.get(card.id);
      if (!card || partner !== undefined) return pick(partner);
      pick(undefined);
      choose({ gone: card.id });
    },
    moved: (camera) => picture.look(besides(camera, before.size(), picture.size())),
  });
  const labels = ['earlier', 'later'].map((text) => h('span', { class: 'label' }, text));
  before.element.append(labels[0] as Node);
  picture.element.append(labels[1] as Node);
  const close = h('button', { class: 'close', onclick: () => full(false) }, 'close');
  const pictures = h('div', { class: 'pictures' }, before.element, picture.element, close);
  const open = h('button', { class: 'open', onclick: () => full(true) }, 'show the picture');
  const full = (isFull: boolean) => {
    // The top layer is the whole screen, whatever its host does with it.
    if (isFull) pictures.setAttribute('popover', 'manual');
    pictures.togglePopover(isFull);
    if (!isFull) pictures.removeAttribute('popover');
    (isFull ? close : open).focus();
  };
  const panes = h(
    'div',
    { class: 'panes' },
    outline.element,
    pictures,
    table.element,
    rawPane,
    h('div', { class: 'side' }, drawer, changes),
  );
  const empty = h('p', { class: 'empty' }, 'There is no plan yet.');
  const root = h('div', { class: 'root' }, header.element, open, panes, empty, note, live);
  const lines = remember((text: string) => text.split('\n'));
  const stored = remember(storedOf);

  const parts: Parts = {
    root,
    sized: [root, picture.element, outline.element, table.element, raw.element],
    field: () => picture.size(),
    say,
    pick,
    metric,
    view,
    fold,
    choose,
    fit: picture.fit,
    zoom: picture.zoom,
    find: header.find,
    steps: (focused) => [outline, table].find(({ element }) => element.contains(focused)),
    copyNode() {
      const [model, at] = [plan()?.model, shown()?.given.selected];
      if (model && at !== undefined) void copy(textOf(model, at), 'node');
    },
    async copyPicture() {
      copied('picture', await copyImage(picture.png()));
    },
    show(now) {
      const isEmpty = now.plan === undefined;
      empty.hidden = !isEmpty;
      panes.hidden = header.element.hidden = open.hidden = isEmpty;
      if (now.plan) showPlan(now, now.plan);
    },
  };

  let last: { at: number | undefined; plan: unknown; view: ViewName } | undefined;
  function showPlan({ given, choices, theme }: Shown, now: ShownPlan): void {
    const { model, scene, held, hits, earlier } = now;
    const { selected } = given;
    const compares = earlier !== undefined;
    header.show({
      model,
      answer: now.answer,
      metric: now.metric.name,
      view: given.view,
      drawn: drawnOf(now),
      hits: choices.query === '' ? '' : hitsOf(hits, selected),
      compares,
      onlyChanges: choices.onlyChanges,
    });
    root.classList.toggle('compares', compares);
    root.classList.toggle('chosen', selected !== undefined || choices.gone !== undefined);
    before.element.hidden = !compares;
    for (const label of labels) label.hidden = !compares;
    const isTree = given.view === 'tree';
    outline.element.hidden = !(given.view === 'outline' || (isTree && !compares));
    pictures.hidden = !isTree;
    table.element.hidden = given.view !== 'table';
    rawPane.hidden = given.view !== 'raw';
    const rowHeight = rowHeights[given.dense ? 'dense' : 'comfort'];
    const short = isTree || root.clientWidth < shortBelow;
    const steps = {
      model,
      metric: now.metric,
      quiet: now.quiet,
      selected,
      hits: new Set(hits),
      short,
      rowHeight,
    };
    if (!outline.element.hidden) outline.show(steps);
    if (!table.element.hidden) table.show({ ...steps, short: false });
    if (!rawPane.hidden) {
      const text = lines(stored(now));
      raw.show(text.length, lineHeight, (i) => h('div', { class: 'line' }, text[i]));
    }
    const lit = new Set(hits.map((at) => held[at] ?? -1));
    if (isTree) {
      picture.show(scene, theme, {
        selected: selected === undefined ? undefined : held[selected],
        hits: lit,
      });
      if (earlier) showEarlier(earlier, { given, choices, theme });
    }
    showDrawerOf(now, selected, choices.gone);
    showChanges(changes, earlier, pick, (at) => choose({ gone: at }));
    if (last?.at !== selected || last?.plan !== model.plan || last?.view !== given.view) {
      last = { at: selected, plan: model.plan, view: given.view };
      if (selected !== undefined) {
        if (isTree) picture.reveal(held[selected]);
        outline.reveal();
        table.reveal();
      }
    }
  }
  function showEarlier(
    { both, held }: Earlier,
    { given: { selected }, choices, theme }: Pick<Shown, 'given' | 'choices' | 'theme'>,
  ): void {
    const at = choices.gone ?? (selected === undefined ? undefined : both.earlier.get(selected));
    before.show(both.before, theme, {
      selected: at === undefined ? undefined : held[at],
      hits: new Set(),
    });
  }
  const drawn = remember((model: ShownPlan['model'], at: number | undefined) =>
    showDrawer(drawer, model, at, {
      copy: (text, what) => void copy(text, what),
      close: () => pick(undefined),
      pick,
    }),
  );
  function showDrawerOf({ model, earlier }: ShownPlan, at: number | undefined, gone?: number) {
    if (gone !== undefined && earlier) drawn(earlier.model, gone);
    else drawn(model, at);
  }
  return parts;
}

/** Narrower than this, an outline has two columns. */
const shortBelow = 760;

/** The same place in the middle, at the same height. */
const besides = ({ x, y, k }: Camera, from: Size, to: Size): Camera => ({
  k,
  y,
  x: x + (to.width - from.width) / 2,
});

const drawnOf = ({ scene, model }: ShownPlan): string => {
  const cards = scene.cards.filter(({ kind }) => kind === 'node').length;
  const all = model.tree.nodes.length;
  return cards === all ? `${round(all)} steps` : `${round(cards)} of ${round(all)} steps`;
};

const hitsOf = (hits: readonly number[], selected: number | undefined): string => {
  const which = hits.indexOf(selected ?? -1);
  return hits.length === 0 ? 'none' : `${which < 0 ? '' : `${which + 1} of `}${round(hits.length)}`;
};

/** Empty lists and records say nothing. */
const storedOf = (shown: ShownPlan | undefined): string =>
  JSON.stringify(
    shown?.model.plan ?? null,
    (_, value: unknown) =>
      typeof value === 'object' && value !== null && Object.keys(value).length === 0
        ? undefined
        : value,
    2,
  );

function showChanges(
  element: HTMLElement,
  earlier: Earlier | undefined,
  pick: (at: number) => void,
  pickGone: (at: number) => void,
): void {
  element.hidden = !earlier;
  if (!earlier) return;
  const { changes } = earlier.both;
  put(
    element,
    h('h2', {}, changes.length === 0 ? 'Nothing changed' : `${changes.length} changes`),
    ...changes.map(({ kind, at, before, after, figures }) =>
      h(
        'button',
        { class: 'change', onclick: () => (kind === 'gone' ? pickGone(at) : pick(at)) },
        h('b', {}, changeMarks[kind]),
        ` ${before === after || kind === 'gone' ? before : kind === 'new' ? after : `${before} → ${after}`}`,
        h('span', { class: 'soft' }, figures),
      ),
    ),
  );
}
