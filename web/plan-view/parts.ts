import { whole } from '../../src/render/figures.ts';
import { type ActsDeps, type Chosen, createActs } from './acts.ts';
import type { Size } from './camera.ts';
import { showChanges } from './changes.ts';
import { h, remember } from './dom.ts';
import { showDrawer } from './drawer.ts';
import { createHeader } from './header.ts';
import { type Acts, act, nextOf } from './keys.ts';
import type { Model } from './model.ts';
import { createPictures } from './pictures.ts';
import type { Earlier, Shown, ShownPlan } from './shown.ts';
import { createSteps, type Steps, type StepsGiven } from './steps.ts';
import { createStored } from './stored.ts';
import type { PlanViewProperties } from './types.ts';

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

export function createParts(deps: ActsDeps): Parts {
  const { shown, choose } = deps;
  const chosen = createActs(deps);
  const pictures = createPictures(shown, chosen);
  const { picture } = pictures;
  const header = createHeader({
    ...chosen,
    search: (query) => choose({ query }),
    hit(step) {
      const found = nextOf(shown()?.plan?.hits ?? [], shown()?.given.selected, step < 0);
      if (found !== undefined) chosen.pick(found);
    },
    key(name) {
      const now = shown();
      if (now?.plan) act(name, false, now, now.plan, acts);
    },
  });
  const outline = createSteps('outline', chosen.pick);
  const table = createSteps('table', chosen.pick);
  const stored = createStored((text) => void chosen.copy(text, 'plan'));
  const side = createSide(chosen);
  const panes = h(
    'div',
    { class: 'panes' },
    outline.element,
    pictures.element,
    table.element,
    stored.element,
    side.element,
  );
  const empty = h('p', { class: 'empty' }, 'There is no plan yet.');
  const root = h(
    'div',
    { class: 'root' },
    header.element,
    pictures.open,
    panes,
    empty,
    chosen.note,
    chosen.live,
  );
  const reveal = createReveal((now, selected) => {
    if (!pictures.element.hidden) pictures.reveal(now, selected);
    outline.reveal();
    table.reveal();
  });
  const acts: Acts = {
    ...chosen,
    fit: picture.fit,
    zoom: picture.zoom,
    find: header.find,
    copyPicture: () => chosen.copyPicture(picture.png()),
  };
  function showPlan(all: Shown, now: ShownPlan): void {
    const { given, choices } = all;
    header.show(now, given, choices, drawnOf(now));
    root.classList.toggle('compares', now.earlier !== undefined);
    root.classList.toggle('chosen', given.selected !== undefined || choices.gone !== undefined);
    const isTree = given.view === 'tree';
    outline.element.hidden = !(given.view === 'outline' || (isTree && !now.earlier));
    pictures.element.hidden = !isTree;
    table.element.hidden = given.view !== 'table';
    const steps = stepsOf(given, now, isTree || root.clientWidth < shortBelow);
    if (!outline.element.hidden) outline.show(steps);
    if (!table.element.hidden) table.show({ ...steps, short: false });
    stored.show(given.view === 'raw' ? now.model.plan : undefined);
    if (isTree) pictures.show(all, now);
    side.show(now, given.selected, choices.gone);
    reveal(now, given);
  }
  return {
    ...acts,
    root,
    sized: [root, picture.element, outline.element, table.element, stored.element],
    field: picture.size,
    say: chosen.say,
    steps: (focused) => [outline, table].find(({ element }) => element.contains(focused)),
    show(now) {
      const isEmpty = now.plan === undefined;
      empty.hidden = !isEmpty;
      panes.hidden = header.element.hidden = pictures.open.hidden = isEmpty;
      if (now.plan) showPlan(now, now.plan);
    },
  };
}

const rowHeights = { comfort: 32, dense: 26 };
/** Narrower than this, an outline has two columns. */
const shortBelow = 760;

const stepsOf = (
  { selected, dense }: PlanViewProperties,
  { model, metric, quiet, hits }: ShownPlan,
  short: boolean,
): StepsGiven => ({
  model,
  metric,
  quiet,
  selected,
  hits: new Set(hits),
  short,
  rowHeight: rowHeights[dense ? 'dense' : 'comfort'],
});

const drawnOf = ({ scene, model }: ShownPlan): string => {
  const cards = scene.cards.filter(({ kind }) => kind === 'node').length;
  const all = model.tree.nodes.length;
  const steps = `${whole(all)} ${all === 1 ? 'step' : 'steps'}`;
  return cards === all ? steps : `${whole(cards)} of ${steps}`;
};

/** Once for each choice: who has scrolled away since is left where they are. */
function createReveal(show: (now: ShownPlan, selected: number) => void) {
  let last: readonly unknown[] = [];
  return (now: ShownPlan, { selected, view }: PlanViewProperties): void => {
    const next = [selected, now.model.plan, view];
    if (next.every((each, i) => each === last[i])) return;
    last = next;
    if (selected !== undefined) show(now, selected);
  };
}

/** Details of what is selected, and what changed. */
function createSide(chosen: Chosen) {
  const drawer = h('aside', { class: 'drawer', 'aria-label': 'Details' });
  const changes = h('div', { class: 'changes' });
  const element = h('div', { class: 'side', tabindex: 0 }, drawer, changes);
  // What was pressed in it may be there no more.
  const pick = (at: number | undefined) => {
    chosen.pick(at);
    element.focus();
  };
  const details = remember((model: Model, at: number | undefined) =>
    showDrawer(drawer, model, at, {
      copy: (text, what) => void chosen.copy(text, what),
      close: () => pick(undefined),
      pick,
    }),
  );
  const changed = remember((earlier: Earlier | undefined) =>
    showChanges(changes, earlier, (at, isGone) => {
      chosen.pick(isGone ? undefined : at);
      if (isGone) chosen.choose({ gone: at });
    }),
  );
  return {
    element,
    show({ model, earlier }: ShownPlan, selected: number | undefined, gone: number | undefined) {
      const isGone = gone !== undefined && earlier !== undefined;
      details(isGone ? earlier.model : model, isGone ? gone : selected);
      changed(earlier);
    },
  };
}
