import { expect, test } from 'vitest';
import { sparkPath } from './spark-path.ts';

test('rises from the ground to the top', () => {
  expect(sparkPath([0, 5, 10], 10, 13).line).toBe('M0.0 11.5L5.0 6.5L10.0 1.5');
});
test('has a gap where nothing is known', () => {
  expect(sparkPath([1, 1, null, 1, 1], 8, 10).line.match(/M/g)).toHaveLength(2);
});
test('is flat on the ground when all is zero, and nothing without two values', () => {
  expect(sparkPath([0, 0], 10, 10).line).toBe('M0.0 8.5L10.0 8.5');
  expect(sparkPath([3, null], 10, 10).line).toBe('');
  expect(sparkPath([], 10, 10).area).toBe('');
});
