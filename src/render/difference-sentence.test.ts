import { expect, it } from 'vitest';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import { differenceSentence } from './difference-sentence.ts';

const ran = (ms: number) => ({
  'Actual Startup Time': 0,
  'Actual Total Time': ms,
  'Actual Rows': 5,
  'Actual Loops': 1,
});
const byIndex = {
  ...seq('orders', { 'Total Cost': 10, 'Index Cond': '(id = 1)' }),
  'Node Type': 'Index Scan',
  'Index Name': 'orders_email_idx',
};

it.each([
  [
    'times where both were measured',
    seq('t', ran(520)),
    seq('t', ran(130)),
    '130 ms in the place of 520 ms, 4 times as fast: the same plan.',
  ],
  [
    'costs',
    byIndex,
    seq('orders', { 'Total Cost': 140 }),
    'Expected cost 140 in the place of 10, 14 times as much: ' +
      'orders is read whole instead of looked up by orders_email_idx.',
  ],
  [
    'joins',
    joined('Nested Loop', seq('a'), seq('b'), { 'Total Cost': 100 }),
    joined('Hash Join', seq('a'), seq('b'), { 'Total Cost': 101 }),
    'Expected cost 101 in the place of 100: a hash join in the place of a nested loop.',
  ],
  [
    'tables that come and go',
    seq('a', { 'Total Cost': 10 }),
    seq('b', { 'Total Cost': 10 }),
    'Expected cost 10, as before: b is read whole, too; a is left out.',
  ],
])('tells %s', (_, before, after, expected) => {
  expect(differenceSentence(planOf(before), planOf(after))).toBe(expected);
});

it('does not compare costs of two engines', () => {
  const plan = planOf(seq('t'));
  expect(differenceSentence(plan, { ...plan, engine: 'mysql' })).toMatch(/^Costs of two engines/);
  expect(differenceSentence(plan, { ...plan, lossiness: ['no_costs'] })).toMatch(
    /^One of them has no/,
  );
});
