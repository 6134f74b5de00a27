import { expect, test } from 'vitest';
import { moveTo } from './table-keys.ts';

const groupAt =
  (...lines: number[]) =>
  (at: number) =>
    !lines.includes(at);

test.each([
  ['ArrowDown', 3, 4],
  ['ArrowUp', 3, 2],
  ['PageDown', 3, 8],
  ['PageDown', 8, 9],
  ['PageUp', 3, 1],
  ['Home', 3, 1],
  ['End', 3, 9],
  ['ArrowDown', 9, 9],
  ['ArrowUp', 1, 1],
  ['a', 3, undefined],
])('%s from %d', (key, from, to) => expect(moveTo(key, from, 10, 5, groupAt(0))).toBe(to));

test('lines between groups are passed', () => {
  expect(moveTo('ArrowDown', 3, 10, 5, groupAt(4))).toBe(5);
  expect(moveTo('ArrowUp', 5, 10, 5, groupAt(4))).toBe(3);
  expect(moveTo('End', 5, 10, 5, groupAt(9))).toBe(8);
});
test('nothing leads anywhere in an empty one', () => {
  expect(moveTo('ArrowDown', 0, 0, 5, () => true)).toBeUndefined();
});
