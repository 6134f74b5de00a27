import { whole } from '../../src/render/figures.ts';
import type { Theme } from '../../src/render/theme.ts';
import { type ActsDeps, type Chosen, createActs } from './acts.ts';
import type { Size } from './camera.ts';
import { showChanges } from './changes.ts';
import { h, remember } from './dom.ts';
import { showDrawer } from './drawer.ts';
import type { Draw } from './drawn.ts';
import { createHeader } from './header.ts';
import { type Acts, act, nextOf, runKey } from './keys.ts';
import type { Model } from './model.ts';
import { pngOf } from './picture-file.ts';
import { createPictures } from './pictures.ts';
import { type Earlier, type Shown, type ShownPlan, shownOf } from './shown.ts';
import type { Stage } from './stage.ts';
import { createSteps, type Steps, type StepsGiven } from './steps.ts';
import { createStored } from './stored.ts';
import { narrow_px, stylesOfRest } from './styles-of-rest.ts';
import type { Choices, PlanViewProperties } from './types.ts';

/**
 * All that is around the picture, loaded when that is drawn: each part shows its share of what is
 * derived, and tells what was chosen.
 */
export interface Rest {
  /** What has to be drawn anew where its size changes. */
  sized: readonly Element[];
  show(given: PlanViewProperties, choices: Choices, theme: Theme, field: Size): void;
}

export type RestDeps = Omit<ActsDeps, 'shown' | 'say'> & {
  draw: Draw;
  /** What holds at this moment, which may be ahead of what is on the screen. */
  current(): readonly [PlanViewProperties, Choices];
};

export function createRest(stage: Stage, { draw, current, ...deps }: RestDeps): Rest {
  const derive = shownOf(draw);
  let seen: { theme: Theme; field: Size } | undefined;
  /** Acts go by what was chosen last: keys may follow each other within one frame. */
  const shown = () => seen && derive(...current(), seen.theme, seen.field);
  const chosen = createActs({ ...deps, shown, say: stage.say });
  const pictures = createPictures(stage, shown, chosen);
  const { root } = stage;
  const isNarrow = () => root.clientWidth < narrow_px;
  const header = createHeader(stage.header, {
    ...chosen,
    view(name) {
      chosen.view(name);
      if (name === 'tree' && isNarrow()) pictures.open();
    },
    hit(step) {
      const now = shown();
      const found = nextOf(now?.plan?.hits ?? [], now?.given.selected, step < 0);
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
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(stylesOfRest);
  (root.getRootNode() as ShadowRoot).adoptedStyleSheets.push(sheet);
  stage.outline.replaceWith(outline.element);
  stage.side.replaceWith(table.element, stored.element, side.element);
  root.classList.remove('loading');
  const reveal = createReveal((plan, selected) => {
    if (!pictures.element.hidden) pictures.reveal(plan, selected);
    outline.reveal();
    table.reveal();
  });
  const acts: Acts = {
    ...chosen,
    fit: pictures.moving.fit,
    zoom: pictures.moving.zoom,
    find: header.find,
    close() {
      const open = root.querySelector<HTMLElement>(':popover-open');
      if (open === pictures.element) pictures.close();
      else open?.hidePopover();
      return open !== null;
    },
    copyPicture: () => chosen.copyPicture(pngOf(stage.picture.view())),
  };
  root.addEventListener('keydown', (event) => {
    const isOn = (each: Steps) => each.element.contains(event.composedPath()[0] as Element);
    const now = shown();
    if (now && runKey(event, now, [outline, table].find(isOn), acts)) event.preventDefault();
  });
  function showPlan(all: Shown, plan: ShownPlan): void {
    const { given, choices } = all;
    const isTree = given.view === 'tree';
    // A telephone has no room for the picture, which is there when it is asked for.
    const view = isTree && isNarrow() ? (plan.earlier ? undefined : 'outline') : given.view;
    header.show(plan, { ...given, view }, choices, drawnOf(plan));
    root.classList.toggle('compares', plan.earlier !== undefined);
    root.classList.toggle('chosen', given.selected !== undefined || choices.gone !== undefined);
    outline.element.hidden = !(given.view === 'outline' || (isTree && !plan.earlier));
    pictures.element.hidden = !isTree;
    table.element.hidden = given.view !== 'table';
    const steps = stepsOf(given, plan, isTree || root.clientWidth < shortBelow);
    if (!outline.element.hidden) outline.show(steps);
    if (!table.element.hidden) table.show({ ...steps, short: false });
    stored.show(given.view === 'raw' ? plan.model.plan : undefined);
    if (isTree) pictures.show(all, plan);
    side.show(plan, given.selected, choices.gone);
    reveal(plan, given);
  }
  return {
    sized: [outline.element, table.element, stored.element],
    show(given, choices, theme, field) {
      seen = { theme, field };
      const now = derive(given, choices, theme, field);
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
