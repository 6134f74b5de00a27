import { expect, it } from 'vitest';
import { overBudget } from './preflight.ts';

const MiB = 1_024 ** 2;

it('what fits together with what is built already is not refused', () => {
  expect(overBudget(30 * MiB, 70 * MiB, 100 * MiB)).toBeUndefined();
});

it('what does not is refused, with the numbers', () => {
  expect(overBudget(30 * MiB, 71 * MiB, 100 * MiB)).toEqual({
    reason: 'index_budget_spent',
    detail: 'this index 30 MiB, built already 71 MiB, of 100 MiB',
  });
});
