import { expect, it } from 'vitest';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import { bottlenecks } from './bottlenecks.ts';

const named = (root: object) =>
  bottlenecks(planOf(root)).map(({ node, share }) => [node.nativeOp, Math.round(share * 100)]);

it('are nodes with a share of their own, the greatest first', () => {
  const plan = joined(
    'Hash Join',
    seq('a', { 'Total Cost': 900 }),
    seq('b', { 'Total Cost': 60 }),
    {
      'Total Cost': 1_000,
    },
  );
  expect(named(plan)).toEqual([
    ['Seq Scan', 90],
    ['Seq Scan', 6],
  ]);
});

it('are of time where it is known', () => {
  const timed = (ms: number) => ({ 'Actual Total Time': ms, 'Actual Loops': 1, 'Actual Rows': 1 });
  const below = { ...seq('a', { ...timed(1), 'Total Cost': 99 }), 'Parent Relationship': 'Outer' };
  const sort = { 'Node Type': 'Sort', 'Total Cost': 100, ...timed(50), Plans: [below] };
  expect(named(sort)).toEqual([['Sort', 98]]);
});
