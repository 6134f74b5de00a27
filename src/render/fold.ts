import type { PlanNode } from '../model/plan.ts';
import { flatten, type Tree } from '../model/tree.ts';

/**
 * A plan of any size as a tree of a few cards: the nodes with the most of what is asked about, with
 * their ways to the root; what is left out under one parent is one card, and a long way on which
 * nothing happens is one.
 */
export interface NodeCard {
  kind: 'node';
  /** Place in preorder; of the others, that of the first node they stand for. */
  at: number;
  node: PlanNode;
  children: Card[];
}
export type Card =
  | NodeCard
  /** Nodes below one parent, at `places`, and all that is below them. */
  | {
      kind: 'rest';
      at: number;
      places: number[];
      count: number;
      alike?: PlanNode;
      value: number;
      children: Card[];
    }
  /** Nodes one under the other, at `places`, and what is left out beside them. */
  | {
      kind: 'way';
      at: number;
      places: number[];
      beside: number[];
      /** Of levels, and of the nodes beside them. */
      count: number;
      besides: number;
      children: Card[];
    };

export interface FoldOptions {
  /** Of each node in preorder: how much it matters, 0..1. */
  values: readonly number[];
  /** Places of nodes that come first: those with findings. */
  first?: readonly number[];
  /** Places of nodes that have a card each, whatever the budget is: those that someone opened. */
  open?: readonly number[];
}

/** What is quieter than this can be left out of a way, and all beside it together than that. */
const quiet = 0.01;
const quietBeside = 0.05;
const longestWay = 6;

/** Cards at most; at least the root and what is below it as one, and what is open. */
export const fold = (root: PlanNode, options: FoldOptions & { budget: number }): Card =>
  createFold(flatten(root), options)(options.budget);

/** For several budgets: nodes are put in their order once. */
export function createFold(tree: Tree, options: FoldOptions): (budget: number) => Card {
  const { values, first = [], open = [] } = options;
  const told = new Set([...open, ...first]);
  const order = [...told];
  for (const at of tree.nodes.keys()) if (!told.has(at)) order.push(at);
  const value = (at: number | undefined) => values[at ?? -1] ?? 0;
  const sorted = Uint32Array.from(order);
  sorted.subarray(told.size).sort((a, b) => value(b) - value(a) || a - b);
  const isQuiet = Uint8Array.from(tree.nodes, (_, at) =>
    at > 0 && value(at) < quiet && !told.has(at) ? 1 : 0,
  );
  const ways = { isQuiet, values };
  return (budget) => {
    // More nodes make more cards, but for one that takes the place of a fold of itself alone.
    const fits = (count: number) => cardsIn(tree, keptOf(tree, sorted, count), ways) <= budget;
    const count = lastThat(fits, new Set(open).size, sorted.length, budget);
    return cards(tree, keptOf(tree, sorted, count), ways);
  };
}

/**
 * The last number of those from `least` to `most` of which it is true, where it is true up to it
 * and false behind; `least` is not asked about. It is looked for near the guess first.
 */
export function lastThat(
  isTrue: (count: number) => boolean,
  least: number,
  most: number,
  guess: number,
): number {
  let [low, high] = [least, most];
  for (let step = Math.min(most, Math.max(least + 1, guess)); low < high; ) {
    if (isTrue(step)) low = step;
    else high = step - 1;
    step = high === most ? Math.min(most, 2 * step) : Math.ceil((low + high) / 2);
  }
  return low;
}

/** The first `count` of them, and their ways to the root. */
function keptOf({ parents }: Tree, order: Uint32Array, count: number): Uint8Array {
  const kept = new Uint8Array(parents.length);
  kept[0] = 1;
  for (let i = 0; i < count; i += 1)
    for (let at = order[i] ?? 0; kept[at] === 0; at = parents[at] ?? 0) kept[at] = 1;
  return kept;
}

/** How many cards there would be, without making them. */
function cardsIn({ parents }: Tree, kept: Uint8Array, ways: Ways): number {
  const { isQuiet, values } = ways;
  const below = new Uint32Array(parents.length);
  const hides = new Uint8Array(parents.length);
  const left = new Float64Array(parents.length);
  /** Of quiet nodes one under the other, from this one on. */
  const run = new Uint32Array(parents.length);
  const endsIn = new Uint32Array(parents.length);
  let size = 0;
  for (let at = parents.length - 1; at >= 0; at -= 1) {
    const [parent, sum] = [parents[at] ?? -1, left[at] ?? 0];
    if (kept[at] === 0) {
      if (parent < 0) continue;
      hides[parent] = 1;
      left[parent] = (left[parent] ?? 0) + sum + (values[at] ?? 0);
      continue;
    }
    size += 1 + (hides[at] ?? 0);
    run[at] =
      isQuiet[at] === 1 && passes(below[at] ?? 0, hides[at] ?? 0, sum) ? 1 + (endsIn[at] ?? 0) : 0;
    if (parent < 0) continue;
    below[parent] = (below[parent] ?? 0) + 1;
    endsIn[parent] = run[at] ?? 0;
  }
  // A way is one card, and what is beside it none.
  let [long, beside] = [0, 0];
  for (let at = 1; at < parents.length; at += 1) {
    const length = run[at] ?? 0;
    if (length === 0) continue;
    if (run[parents[at] ?? 0] === 0) [long, beside] = [length >= longestWay ? length : 0, 0];
    if (long === 0 || kept[at] === 0) continue;
    if ((below[at] ?? 0) > 0) beside += hides[at] ?? 0;
    if (length === 1) size -= long - 1 + beside;
  }
  return size;
}

interface Ways {
  isQuiet: Uint8Array;
  values: readonly number[];
}

/** One way leads on: to what is kept, beside which little is left out, or to what is left out. */
const passes = (kept: number, rests: number, left: number): boolean =>
  kept + rests === 1 || (kept === 1 && left < quietBeside);

function cards({ nodes, parents }: Tree, kept: Uint8Array, { isQuiet, values }: Ways): Card {
  const hidden = new Map<number, number[]>();
  const below = new Uint32Array(nodes.length).fill(1);
  const sums = Float64Array.from(nodes, (_, at) => values[at] ?? 0);
  const made = new Map<number, NodeCard>();
  for (const [at, node] of nodes.entries())
    if (kept[at] === 1) made.set(at, { kind: 'node', at, node, children: [] });
  for (let at = nodes.length - 1; at >= 0; at -= 1) {
    const [card, parent] = [made.get(at), parents[at] ?? -1];
    if (card) {
      const left = hidden.get(at);
      if (left) card.children.push(restOf(left.reverse(), { nodes, below, sums }));
      card.children.sort((a, b) => a.at - b.at);
      made.get(parent)?.children.push(card);
      continue;
    }
    if (kept[parent] === 1) {
      const beside = hidden.get(parent);
      if (beside) beside.push(at);
      else hidden.set(parent, [at]);
    }
    below[parent] = (below[parent] ?? 0) + (below[at] ?? 0);
    sums[parent] = (sums[parent] ?? 0) + (sums[at] ?? 0);
  }
  return withoutQuietWays(made.get(0) as NodeCard, isQuiet);
}

/** A long run of nodes on which nothing happens, each with one way on, is one card. */
function withoutQuietWays(root: NodeCard, isQuiet: Uint8Array): NodeCard {
  const waiting: Card[] = [root];
  for (let card = waiting.pop(); card; card = waiting.pop())
    for (const [i, child] of card.children.entries()) {
      const passed: NodeCard[] = [];
      const rests: Rest[] = [];
      let end: Card = child;
      for (let on = wayOn(end, isQuiet); on; on = wayOn(end, isQuiet)) {
        passed.push(end as NodeCard);
        if (on.rest) rests.push(on.rest);
        end = on.next;
      }
      const isLong = passed.length >= longestWay;
      if (isLong) card.children[i] = wayOf(passed, rests, end);
      waiting.push(isLong ? end : child);
    }
  return root;
}

type Rest = Extract<Card, { kind: 'rest' }>;

function wayOn(card: Card, isQuiet: Uint8Array): { next: Card; rest?: Rest } | undefined {
  if (card.kind !== 'node' || isQuiet[card.at] === 0) return undefined;
  const [rest, ...otherRests] = card.children.filter((each): each is Rest => each.kind === 'rest');
  const [next, ...others] = card.children.filter(({ kind }) => kind !== 'rest');
  if (
    otherRests.length > 0 ||
    !passes(others.length + (next ? 1 : 0), rest ? 1 : 0, rest?.value ?? 0)
  )
    return undefined;
  return next ? { next, ...(rest ? { rest } : {}) } : rest && { next: rest };
}

const wayOf = (passed: readonly NodeCard[], rests: readonly Rest[], end: Card): Card => ({
  kind: 'way',
  at: passed[0]?.at ?? 0,
  places: passed.map(({ at }) => at),
  beside: rests.flatMap(({ places }) => places),
  count: passed.length,
  besides: rests.reduce((sum, { count }) => sum + count, 0),
  children: [end],
});

function restOf(
  places: number[],
  { nodes, below, sums }: { nodes: readonly PlanNode[]; below: Uint32Array; sums: Float64Array },
): Card {
  const [at = 0] = places;
  const first = nodes[at];
  const count = places.reduce((sum, each) => sum + (below[each] ?? 1), 0);
  const alike =
    count === places.length &&
    places.every(
      (each) =>
        nodes[each]?.op === first?.op && nodes[each]?.relation?.name === first?.relation?.name,
    );
  return {
    kind: 'rest',
    at,
    places,
    count,
    value: places.reduce((sum, each) => sum + (sums[each] ?? 0), 0),
    children: [],
    ...(alike && first ? { alike: first } : {}),
  };
}

export function sizeOf(card: Card): number {
  let size = 0;
  const waiting = [card];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    size += 1;
    for (const child of next.children) waiting.push(child);
  }
  return size;
}
