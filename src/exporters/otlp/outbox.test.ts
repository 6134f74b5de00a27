import { expect, it } from 'vitest';
import { emptyOutbox, enqueue, outboxLimits, takeBatch } from './outbox.ts';

const filled = (...sizes: number[]) => {
  const outbox = emptyOutbox<number>();
  const dropped = sizes.map((bytes, item) => enqueue(outbox, { item, bytes }));
  return { outbox, dropped };
};
const items = (queue: readonly { item: number }[]) => queue.map(({ item }) => item);

it('a full one lets the oldest go, and says how many', () => {
  const half = outboxLimits.queueBytes / 2;
  const { outbox, dropped } = filled(half, half, 1, outboxLimits.queueBytes);
  expect(dropped).toEqual([0, 0, 1, 2]);
  expect([items(outbox.queue), outbox.bytes]).toEqual([[3], outboxLimits.queueBytes]);
});
it('one that is larger than all goes itself', () => {
  const { outbox, dropped } = filled(7, outboxLimits.queueBytes + 1);
  expect([dropped, outbox]).toEqual([[0, 2], { queue: [], bytes: 0 }]);
});
it('a batch is the oldest that fit, and one at least', () => {
  const { outbox } = filled(outboxLimits.batchBytes + 1, 1, outboxLimits.batchBytes, 2);
  expect(items(takeBatch(outbox))).toEqual([0]);
  expect(items(takeBatch(outbox))).toEqual([1]);
  expect(items(takeBatch(outbox))).toEqual([2]);
  expect([items(outbox.queue), outbox.bytes]).toEqual([[3], 2]);
  expect(items(takeBatch(outbox))).toEqual([3]);
  expect([takeBatch(outbox), outbox.bytes]).toEqual([[], 0]);
});
it('a batch has so many items at most', () => {
  const { outbox } = filled(...Array.from({ length: outboxLimits.batchItems + 3 }, () => 1));
  expect(takeBatch(outbox)).toHaveLength(outboxLimits.batchItems);
  expect([takeBatch(outbox).length, outbox.bytes]).toEqual([3, 0]);
});
