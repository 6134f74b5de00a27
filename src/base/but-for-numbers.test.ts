import { expect, it } from 'vitest';
import { butForNumbers } from './but-for-numbers.ts';

it('leaves words, and neither numbers nor ids', () => {
  expect(butForNumbers('no answer in 2 ms (request 7f3a-1)')).toBe('no answer in … ms (request …');
  expect(butForNumbers('permission denied')).toBe('permission denied');
});
it('looks at a word without an end once', () => {
  const endless = 'a'.repeat(2_000_000);
  expect(butForNumbers(endless)).toBe(endless);
});
