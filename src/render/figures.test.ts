import { expect, it } from 'vitest';
import { counted, milliseconds, percent, round } from './figures.ts';

it('fit a card', () => {
  expect([0, 5, 2.76, 999, 1_234, 68_000, 1_040_000, 998_112_004].map(round)).toEqual([
    '0',
    '5',
    '2.8',
    '999',
    '1,234',
    '68 k',
    '1.0 M',
    '998 M',
  ]);
  expect([7, 998_112_004, 2.5e11, 1e13].map(counted)).toEqual(['7', '998 M', '250 G', '10 T']);
  expect([0, 0.000_1, 0.004, 0.5, 0.996, 0.999_9, 1, 2.5].map(percent)).toEqual([
    '0%',
    '0%',
    '0.4%',
    '50%',
    '99%',
    '100%',
    '100%',
    '250%',
  ]);
  expect([0.012, 3.456, 250, 12_345, 999_700, 86_399_900].map(milliseconds)).toEqual([
    '0.012 ms',
    '3.5 ms',
    '250 ms',
    '12.3 s',
    '1,000 s',
    '86,400 s',
  ]);
});
