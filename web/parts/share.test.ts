import { expect, it } from 'vitest';
import { shareWords } from './share.ts';

it('tells little from nothing', () => {
  expect([0, 0.000_1, 0.004, 0.5, 1].map(shareWords)).toEqual([
    '0%',
    '< 0.1%',
    '0.4%',
    '50%',
    '100%',
  ]);
});
