import { expect, it } from 'vitest';
import { indexConditions, skippedKeys } from './skip-scans.ts';

it.each([
  ['(orders.placed > $1)', ['state', 'placed'], [1]],
  ['((orders.state = $1) AND (orders.placed > $2))', ['state', 'placed'], []],
  ['((a > $1) AND (b = $2))', ['a', 'b'], [1]],
  ['(a > $1)', ['a', 'b'], []],
  ['((a = $1) AND (c = $2))', ['a', 'b', 'c'], [2]],
  ['(a = ANY ($1))', ['a', 'b'], []],
  ['((a IS NULL) AND (b = 1))', ['a', 'b'], []],
  ['(((a)::text = $1) AND (b = 1))', ['a', 'b'], []],
  ['("Ä b" = $1)', ['Ä b', 'c'], []],
  ['(c = $1)', ['Ä b', 'c'], [1]],
  ['(b = $1)', [null, 'b'], []],
  ['(ab = $1)', ['b', 'ab'], [1]],
] as const)('%s on %j passes over %j', (condition, keys, skipped) =>
  expect(skippedKeys(condition, keys)).toEqual(skipped),
);

it('finds the conditions of every index of a plan', () => {
  const scan = { 'Index Name': 'i', 'Index Cond': '(a = 1)' };
  const plan = [{ Plan: { Plans: [{ Plans: [scan] }, { 'Index Name': 'whole' }] } }];
  expect(indexConditions(JSON.stringify(plan))).toEqual([{ index: 'i', condition: '(a = 1)' }]);
});
