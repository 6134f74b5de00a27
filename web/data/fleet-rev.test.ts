import { expect, test } from 'vitest';
import { isBehind, isSameCopy } from './fleet-rev.ts';

test('a page is behind what its own copy has told since', () => {
  expect(isBehind('a1-b2-7', 'a1-b2-9')).toBe(true);
  expect(isBehind('a1-b2-9', 'a1-b2-9')).toBe(false);
  expect(isBehind('a1-b2-10', 'a1-b2-9')).toBe(false);
  expect(isBehind('a1-b2-7', undefined)).toBe(false);
  expect(isBehind('a1-b2-7', 'c3-9'), 'of another copy it cannot be said').toBe(false);
});

test('copies are told apart by what stands before the number', () => {
  expect(isSameCopy('a1-b2-7', 'a1-b2-9')).toBe(true);
  expect(isSameCopy('a1-7', 'a2-7')).toBe(false);
});
