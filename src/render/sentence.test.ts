import { expect, it } from 'vitest';
import { planOf, seq } from '../../test/support/plans.ts';
import { sentenceOf } from './sentence.ts';

const ran = (ms: number, rows: number, more: object = {}) => ({
  'Actual Startup Time': 0,
  'Actual Total Time': ms,
  'Actual Rows': rows,
  'Actual Loops': 1,
  ...more,
});

it('names the step with the most, and what can be said of it', () => {
  const sort = (more: object = {}) =>
    planOf({
      'Node Type': 'Sort',
      'Sort Key': ['o.at DESC'],
      ...ran(100, 68_000, more),
      Plans: [{ ...seq('orders', ran(20, 68_000)), 'Parent Relationship': 'Outer' }],
    });
  expect(sentenceOf(sort())).toBe(
    '80% of the time is a sort of 68 k rows; no index gives that order.',
  );
  expect(sentenceOf(sort({ 'Sort Space Type': 'Disk' }))).toContain('does not fit its memory');
});
it('tells of a scan that drops most of what it reads', () => {
  const scan = ran(50, 3, { 'Rows Removed by Filter': 900_000, Filter: '(a = 1)' });
  expect(sentenceOf(planOf(seq('orders', scan)))).toBe(
    '100% of the time is a full scan of orders, which drops 900 k rows to keep 3.',
  );
});
it('does not call expected cost time', () => {
  expect(sentenceOf(planOf(seq('orders')))).toContain('of the expected cost');
});
