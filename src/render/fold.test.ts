import { describe, expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { bareNode } from '../dialects/reading.ts';
import type { PlanNode } from '../model/plan.ts';
import { flatten } from '../model/tree.ts';
import { type Card, createFold, fold, lastThat, sizeOf } from './fold.ts';
import { openedBy } from './open-fold.ts';

/** A tree in which node i hangs under some node before it; numbered in preorder. */
function planOf(parents: readonly number[]): PlanNode {
  const nodes = [
    bareNode('Append', 'Append'),
    ...parents.map(() => bareNode('SeqScan', 'Seq Scan')),
  ];
  for (const [i, parent] of parents.entries())
    nodes[parent % (i + 1)]?.children.push(nodes[i + 1] as PlanNode);
  let id = 0;
  const waiting = [nodes[0] as PlanNode];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    node.id = id++;
    waiting.push(...node.children.toReversed());
  }
  return nodes[0] as PlanNode;
}
const cardsOf = (root: Card): Card[] => {
  const found: Card[] = [];
  const waiting = [root];
  for (let card = waiting.pop(); card; card = waiting.pop()) {
    found.push(card);
    waiting.push(...card.children);
  }
  return found;
};
const counted = (card: Card) =>
  card.kind === 'node' ? 1 : card.count + (card.kind === 'way' ? card.besides : 0);
const total = (root: Card) => cardsOf(root).reduce((sum, card) => sum + counted(card), 0);

/** Bushy ones, and such as are mostly deep. */
const trees = fc.oneof(
  fc.array(fc.nat(), { maxLength: 120 }),
  fc
    .array(fc.nat({ max: 3 }), { maxLength: 120 })
    .map((backs) => backs.map((back, i) => Math.max(0, i - back))),
);
const share = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true }));
const shares = fc.array(share, {
  minLength: 121,
  maxLength: 121,
});

describe('a folded plan', () => {
  it('has every node in one card, and no more cards than it may', () => {
    fc.assert(
      fc.property(trees, shares, fc.integer({ min: 2, max: 60 }), (parents, values, budget) => {
        const folded = fold(planOf(parents), { values, budget });
        expect(total(folded)).toBe(parents.length + 1);
        expect(sizeOf(folded)).toBeLessThanOrEqual(budget);
      }),
    );
  });
  it('shows the node that matters most, and all of them where there is room', () => {
    fc.assert(
      fc.property(trees, fc.nat({ max: 120 }), (parents, which) => {
        const plan = planOf(parents);
        const hot = which % (parents.length + 1);
        const values = Array.from({ length: parents.length + 1 }, (_, at) =>
          at === hot ? 1 : 0.02,
        );
        const shown = (budget: number) =>
          cardsOf(fold(plan, { values, budget })).flatMap((card) =>
            card.kind === 'node' ? [card.at] : [],
          );
        expect(shown(Number.POSITIVE_INFINITY)).toHaveLength(parents.length + 1);
        expect(shown(200)).toContain(hot);
      }),
    );
  });
  it('shows what has a finding first', () => {
    const plan = planOf(Array.from({ length: 60 }, () => 0));
    const values = plan.children.map(() => 0.016).concat(0);
    const folded = fold(plan, { values, budget: 4, first: [57] });
    expect(cardsOf(folded).map(({ at }) => at)).toContain(57);
  });
  it('says of a long way without anything on it how long it is', () => {
    const chain = planOf(Array.from({ length: 5_000 }, (_, i) => i));
    const values = Array.from({ length: 5_001 }, (_, at) => (at === 5_000 ? 1 : 0));
    const folded = fold(chain, { values, budget: 10 });
    expect(cardsOf(folded).map(({ kind }) => kind)).toEqual(['node', 'way', 'node']);
    expect(total(folded)).toBe(5_001);
  });
  it('leaves out of a long way also what hangs beside it, where that is little', () => {
    // Each of 400 levels has three nodes, of which the first leads on.
    const levels = planOf(
      Array.from({ length: 1_200 }, (_, i) => Math.max(0, 3 * Math.floor(i / 3) - 2)),
    );
    const deepest = 400;
    const values = Array.from({ length: 1_201 }, (_, at) => (at === deepest ? 1 : 0));
    const folded = fold(levels, { values, budget: 6 });
    expect(cardsOf(folded).map(({ kind }) => kind)).toContain('way');
    expect(cardsOf(folded).map(({ at }) => at)).toContain(deepest);
    expect(total(folded)).toBe(1_201);
  });
  it('keeps open what someone opened, however little room there is', () => {
    const plan = planOf(Array.from({ length: 60 }, () => 0));
    const tree = flatten(plan);
    const values = plan.children.map((_, i) => i / 1_000).concat(0);
    const folded = createFold(tree, { values });
    const rest = folded(2).children[0] as Exclude<Card, { kind: 'node' }>;
    const open = openedBy(rest, tree, values, false);
    expect(open).toHaveLength(50);
    expect(open[0]).toBe(59);
    const opened = createFold(tree, { values, open })(2);
    expect(sizeOf(opened)).toBe(52);
    const all = openedBy(rest, tree, values, true);
    expect(sizeOf(createFold(tree, { values, open: all })(2))).toBe(61);
  });
  it('does not take long over a large plan', () => {
    const parents = Array.from({ length: 20_000 }, (_, i) => (i % 3 === 0 ? i : i - (i % 50)));
    const values = parents.map((_, i) => ((i * 7_919) % 1_000) / 1_000_000).concat(0);
    const folded = createFold(flatten(planOf(parents)), { values });
    for (const budget of [20, 45, 150, 400])
      expect(sizeOf(folded(budget))).toBeLessThanOrEqual(budget);
  });
  it('calls what is alike by its name', () => {
    const folded = fold(planOf(Array.from({ length: 49 }, () => 0)), { values: [], budget: 2 });
    expect(folded.children).toEqual([
      expect.objectContaining({ kind: 'rest', count: 49, alike: expect.anything() }),
    ]);
  });
});

it('finds the last one that fits, wherever one begins to look', () => {
  const number = fc.integer({ min: 0, max: 500 });
  fc.assert(
    fc.property(number, number, number, number, (a, b, limit, guess) => {
      const [least, most] = [Math.min(a, b), Math.max(a, b)];
      const found = lastThat((count) => count <= limit, least, most, guess);
      expect(found).toBe(Math.max(least, Math.min(most, limit)));
    }),
  );
});
