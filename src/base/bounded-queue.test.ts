import { expect, it } from 'vitest';
import { createBoundedQueue } from './bounded-queue.ts';

it('a full queue drops the oldest and counts it', () => {
  const queue = createBoundedQueue<number>(2);
  for (const item of [1, 2, 3]) queue.push(item);
  expect([queue.dropped, queue.size, queue.shift(), queue.shift(), queue.shift()]).toEqual([
    1,
    2,
    2,
    3,
    undefined,
  ]);
});
