import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bareNode } from '../dialects/reading.ts';
import type { PlanNode } from '../model/plan.ts';
import { type Card, fold, sizeOf } from './fold.ts';

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
const counted = (card: Card) => (card.kind === 'node' ? 1 : card.count);
const total = (root: Card) => cardsOf(root).reduce((sum, card) => sum + counted(card), 0);

const trees = fc.array(fc.nat(), { maxLength: 120 });
const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
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
  it('calls what is alike by its name', () => {
    const folded = fold(planOf(Array.from({ length: 49 }, () => 0)), { values: [], budget: 2 });
    expect(folded.children).toEqual([
      expect.objectContaining({ kind: 'rest', count: 49, alike: expect.anything() }),
    ]);
  });
});
