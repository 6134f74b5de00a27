import { type MetricName, metricNames } from '../../src/render/metric.ts';
import { openedBy } from '../../src/render/open-fold.ts';
import type { Scene } from '../../src/render/scene.ts';
import type { Shown, ShownPlan } from './shown.ts';
import { type Choices, type Fold, type ViewName, viewNames } from './types.ts';

/** What keys and buttons ask for. */
export interface Acts {
  pick(at: number | undefined): void;
  metric(name: MetricName): void;
  view(name: ViewName): void;
  fold(fold: Fold): void;
  choose(choices: Partial<Choices>): void;
  fit(): void;
  zoom(factor: number): void;
  find(): void;
  /** What is open above the rest; false where nothing is. */
  close(): boolean;
  copyNode(): void;
  copyPicture(): Promise<void>;
}

/** What each key does, wherever the focus is in the element. True where it meant something. */
export function runKey(
  event: KeyboardEvent,
  shown: Shown,
  /** The list that the focus is in. */
  steps: { key(name: string): boolean } | undefined,
  parts: Acts,
): boolean {
  const target = event.composedPath()[0] as HTMLElement;
  if (!shown.plan || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (target.tagName === 'BUTTON' && /^(?:Enter| )$/.test(event.key)) return false;
  if (steps?.key(event.key)) return true;
  return act(event.key, event.shiftKey, shown, shown.plan, parts);
}

export function act(
  key: string,
  all: boolean,
  { given, choices }: Shown,
  plan: ShownPlan,
  parts: Acts,
): boolean {
  const { model, metric, scene } = plan;
  const chosen = metricNames[Number(key) - 1];
  if (chosen) return parts.metric(chosen), true;
  switch (key) {
    case 'h':
      parts.pick(hottest(metric.values));
      return true;
    case 'n':
    case 'N': {
      const next = nextOf([...model.badges.keys()], given.selected, key === 'N');
      if (next !== undefined) parts.pick(next);
      return true;
    }
    case 'Enter':
    case ' ':
      if (given.selected !== undefined) openFold(plan, given.fold, given.selected, all, parts);
      return true;
    case 'e':
      parts.fold(given.fold?.cards === 'all' || given.fold?.open?.length ? {} : { cards: 'all' });
      return true;
    case 't':
      parts.choose({ direction: scene.direction === 'down' ? 'right' : 'down' });
      return true;
    case 'o':
      parts.choose({ onlyChanges: !choices.onlyChanges });
      return true;
    case 'v':
      parts.view(viewNames[(viewNames.indexOf(given.view) + 1) % viewNames.length] ?? 'tree');
      return true;
    case 'f':
      parts.fit();
      return true;
    case '+':
    case '-':
      parts.zoom(key === '+' ? 1.25 : 0.8);
      return true;
    case 'c':
      parts.copyNode();
      return true;
    case 'p':
      void parts.copyPicture();
      return true;
    case '/':
      parts.find();
      return true;
    case 'Escape':
      if (!parts.close()) parts.pick(undefined);
      return true;
    default: {
      const next = along(key, plan, given.selected);
      if (next !== undefined) parts.pick(next);
      return next !== undefined;
    }
  }
}

const hottest = (values: readonly number[]): number =>
  values.reduce((best, value, at) => (value > (values[best] ?? 0) ? at : best), 0);

/** Of places in any order, the one behind or before where one is; round at the ends. */
export function nextOf(
  places: readonly number[],
  from: number | undefined,
  back: boolean,
): number | undefined {
  const sorted = places.toSorted((a, b) => a - b);
  if (back) return sorted.findLast((at) => at < (from ?? Infinity)) ?? sorted.at(-1);
  return sorted.find((at) => at > (from ?? -1)) ?? sorted[0];
}

/** Opens the fold that a node is in, if it is in one. */
export function openFold(
  { model, metric, scene, held }: ShownPlan,
  fold: Fold | undefined,
  at: number,
  all: boolean,
  parts: Pick<Acts, 'fold'>,
): boolean {
  const card = scene.cards[held[at] ?? -1];
  if (!card || card.kind === 'node') return false;
  const { kind, places = [] } = card;
  const found = openedBy({ kind, places: [...places] }, model.tree, metric.values, all);
  parts.fold({ ...fold, open: [...new Set([...(fold?.open ?? []), ...found])] });
  return true;
}

/** To the parent, the first child, or a sibling: where its card stands. */
function along(
  key: string,
  { scene, held }: ShownPlan,
  selected: number | undefined,
): number | undefined {
  if (!key.startsWith('Arrow')) return undefined;
  if (selected === undefined) return 0;
  const to = neighbour(scene, held[selected] ?? 0, key);
  return to === undefined ? selected : scene.cards[to]?.id;
}

const steps = {
  down: { ArrowUp: 'up', ArrowDown: 'below', ArrowLeft: 'before', ArrowRight: 'behind' },
  right: { ArrowLeft: 'up', ArrowRight: 'below', ArrowUp: 'before', ArrowDown: 'behind' },
} as const;

export function neighbour(
  { cards, direction }: Scene,
  at: number,
  key: string,
): number | undefined {
  const step = steps[direction][key as keyof typeof steps.down];
  const card = cards[at];
  if (!card || !step) return undefined;
  if (step === 'up') return card.parent;
  if (step === 'below') {
    const found = cards.findIndex(({ parent }) => parent === at);
    return found < 0 ? undefined : found;
  }
  // Siblings, and beyond them whoever stands next on the level.
  const down = direction === 'down';
  const across = (i: number) => (down ? cards[i]?.x : cards[i]?.y) ?? 0;
  const level = cards
    .keys()
    .filter((i) => (down ? cards[i]?.y === card.y : cards[i]?.x === card.x))
    .toArray()
    .sort((a, b) => across(a) - across(b));
  return level[level.indexOf(at) + (step === 'before' ? -1 : 1)];
}
