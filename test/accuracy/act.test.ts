import { expect, test } from 'vitest';
import { moved } from './act.ts';

test('what moved between two looks is what ran', () => {
  const a = { id: 'a', calls: 3, ms: 30, looked: 300 };
  const b = { id: 'b', calls: 1, ms: 1, looked: 1 };
  const later = { id: 'a', calls: 5, ms: 50, looked: 500 };
  const born = { id: 'c', calls: 2, ms: 4, looked: 6 };
  expect(moved([a, b], [later, b, born])).toEqual([
    { id: 'a', calls: 2, ms: 20, looked: 200 },
    born,
  ]);
});
