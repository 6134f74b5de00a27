import { expect, it } from 'vitest';
import { readAnyPlan } from '../../../src/analysis/examine.ts';
import { differenceOf } from './difference.ts';

const scan = (cost: number, ms?: number, table = 't') =>
  readAnyPlan(
    `Seq Scan on ${table}  (cost=0.00..${cost}.00 rows=10 width=8)` +
      (ms === undefined ? '' : ` (actual time=0.1..${ms}.0 rows=7 loops=1)`),
  );

it.each([
  [
    scan(900, 520),
    scan(800, 130),
    '130 ms in the place of 520 ms, 4 times as fast; the same plan.',
  ],
  [
    scan(100),
    scan(1_400),
    'Expected cost 1,400 in the place of 100, 14 times as much; the same plan.',
  ],
  [scan(100), scan(101), 'Expected cost 101 in the place of 100; the same plan.'],
])('says how much, and what', (before, after, expected) => {
  expect(differenceOf(before, after)).toBe(expected);
});
