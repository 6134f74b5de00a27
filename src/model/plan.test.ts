import { expect, it } from 'vitest';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import { allPredicates, knownCost, preorder } from './plan.ts';

const plan = planOf(
  joined('Hash Join', seq('a', { Filter: '(x = 1)' }), seq('b'), { 'Hash Cond': '(a.id = b.id)' }),
);

it('goes through parents before children, by their numbers', () => {
  expect(preorder(plan.root).map(({ id }) => id)).toEqual([0, 1, 2]);
});
it('finds the predicates of a node, whatever their role', () => {
  const texts = preorder(plan.root).map((node) => allPredicates(node).map(({ text }) => text));
  expect(texts).toEqual([['(a.id = b.id)'], ['(x = ?)'], []]);
});
it('knows no cost where the server printed none', () => {
  expect(knownCost(plan)).toBe(100);
  expect(knownCost({ ...plan, lossiness: ['no_costs'] })).toBeUndefined();
});
