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
  /** Nodes below one parent, and all that is below them. */
  | { kind: 'rest'; at: number; count: number; alike?: PlanNode; value: number; children: Card[] }
  /** Nodes one under the other. */
  | { kind: 'way'; at: number; count: number; children: Card[] };

export interface FoldOptions {
  /** Of each node in preorder: how much it matters, 0..1. */
  values: readonly number[];
  /** Cards at most; at least the root and what is below it as one. */
  budget: number;
  /** Places of nodes that come first: those with findings. */
  first?: readonly number[];
}

/** What is quieter than this can be left out of a way. */
const quiet = 0.01;
const longestWay = 6;

export function fold(root: PlanNode, { values, budget, first = [] }: FoldOptions): Card {
  const tree = flatten(root);
  const before = new Set(first);
  const rest = tree.nodes
    .keys()
    .filter((at) => !before.has(at))
    .toArray()
    .sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0));
  const order = [...before, ...rest];
  // More nodes make more cards, but for one that takes the place of a fold of itself alone.
  let [least, most] = [0, order.length];
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (sizeOf(cards(tree, keptOf(tree, order, middle), values, before)) <= budget) least = middle;
    else most = middle - 1;
  }
  return cards(tree, keptOf(tree, order, least), values, before);
}

/** The first `count` of them, and their ways to the root. */
function keptOf({ parents }: Tree, order: readonly number[], count: number): Uint8Array {
  const kept = new Uint8Array(parents.length);
  kept[0] = 1;
  for (let i = 0; i < count; i += 1)
    for (let at = order[i] ?? 0; kept[at] === 0; at = parents[at] ?? 0) kept[at] = 1;
  return kept;
}

function cards(
  { nodes, parents }: Tree,
  kept: Uint8Array,
  values: readonly number[],
  told: ReadonlySet<number>,
): Card {
  const hidden: number[][] = [];
  const below = new Uint32Array(nodes.length).fill(1);
  const sums = Float64Array.from(nodes, (_, at) => values[at] ?? 0);
  const made = nodes.map((node, at): NodeCard => ({ kind: 'node', at, node, children: [] }));
  for (let at = nodes.length - 1; at >= 0; at -= 1) {
    const [card, parent, left] = [made[at] as NodeCard, parents[at] ?? -1, hidden[at]];
    if (kept[at] === 1) {
      if (left) card.children.push(restOf(left, { nodes, below, sums }));
      card.children.sort((a, b) => a.at - b.at);
      made[parent]?.children.push(card);
    } else {
      if (kept[parent] === 1) (hidden[parent] ??= []).push(at);
      below[parent] = (below[parent] ?? 0) + (below[at] ?? 0);
      sums[parent] = (sums[parent] ?? 0) + (sums[at] ?? 0);
    }
  }
  return withoutQuietWays(made[0] as NodeCard, values, told);
}

/** A long run of nodes on which nothing happens, each with one card below it, is one card. */
function withoutQuietWays(
  root: NodeCard,
  values: readonly number[],
  told: ReadonlySet<number>,
): NodeCard {
  const isQuiet = (card: Card): card is NodeCard =>
    card.kind === 'node' &&
    card.children.length === 1 &&
    (values[card.at] ?? 0) < quiet &&
    !told.has(card.at);
  const waiting: Card[] = [root];
  for (let card = waiting.pop(); card; card = waiting.pop())
    for (const [i, child] of card.children.entries()) {
      let [end, count] = [child, 0];
      for (; isQuiet(end); end = end.children[0] as Card) count += 1;
      if (count >= longestWay)
        card.children[i] = { kind: 'way', at: child.at, count, children: [end] };
      waiting.push(count >= longestWay ? end : child);
    }
  return root;
}

function restOf(
  places: readonly number[],
  { nodes, below, sums }: { nodes: readonly PlanNode[]; below: Uint32Array; sums: Float64Array },
): Card {
  const count = places.reduce((sum, at) => sum + (below[at] ?? 1), 0);
  const value = places.reduce((sum, at) => sum + (sums[at] ?? 0), 0);
  const least = places.reduce((a, b) => Math.min(a, b));
  const first = nodes[least];
  const alike =
    count === places.length &&
    places.every(
      (at) => nodes[at]?.op === first?.op && nodes[at]?.relation?.name === first?.relation?.name,
    );
  return {
    kind: 'rest',
    at: least,
    count,
    value,
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
