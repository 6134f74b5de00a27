import { expect, it } from 'vitest';
import { didYouMean } from './did-you-mean.ts';

const known = ['interval', 'maxQueriesPerCycle', 'strategies'];

it.each([
  ['intervall', 'interval'],
  ['Interval', 'interval'],
  ['intreval', 'interval'],
  ['maxQueryPerCycle', 'maxQueriesPerCycle'],
  ['timeout', undefined],
  ['i', undefined],
  ['x'.repeat(100_000), undefined],
])('%s: %s', (word, meant) => {
  expect(didYouMean(word, known)).toBe(meant);
});

it('where nothing is known, nothing was meant', () => {
  expect(didYouMean('interval', [])).toBeUndefined();
});
