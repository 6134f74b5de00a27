import { expect, it } from 'vitest';
import { explained, makeBatch } from '../../test/support/batch.ts';
import { createWaitingBatches } from './waiting-batches.ts';

const small = (number: number) => makeBatch({ at: number, number });
const large = (number: number, statements: number) => ({
  ...small(number),
  queries: Array.from({ length: statements }, (_, i) => explained(`f${i}`, { table: 't' })),
});
const numbersIn = ({ at, size }: ReturnType<typeof createWaitingBatches>) =>
  Array.from({ length: size }, (_, place) => at(place)?.cycle.number);

it('the oldest make way where there are too many', () => {
  const waiting = createWaitingBatches({ batches: 2, characters: 1e9 });
  expect([1, 2, 3].map((number) => waiting.add(small(number)))).toEqual([0, 0, 1]);
  expect(numbersIn(waiting)).toEqual([2, 3]);
});
it('and where they are too large together; one that is so by itself waits alone', () => {
  const one = JSON.stringify(large(1, 100)).length;
  const waiting = createWaitingBatches({ batches: 99, characters: 2.5 * one });
  expect([1, 2, 3].map((number) => waiting.add(large(number, 100)))).toEqual([0, 0, 1]);
  expect(waiting.add(large(4, 1_000))).toBe(2);
  expect(numbersIn(waiting)).toEqual([4]);
  expect(waiting.add(small(5))).toBe(1);
  expect([6, 7].map((number) => waiting.add(large(number, 100)))).toEqual([0, 0]);
  expect(numbersIn(waiting)).toEqual([5, 6, 7]);
});
it('the oldest of each target are told, of so many targets', () => {
  const waiting = createWaitingBatches({ batches: 9, characters: 1e9 });
  for (const [i, uid] of ['a', 'a', 'b', 'c'].entries())
    waiting.add(makeBatch({ at: i, number: i, uid }));
  expect(waiting.oldest(2).map(({ cycle }) => cycle.number)).toEqual([0, 2]);
  expect(waiting.oldest(9).map(({ cycle }) => cycle.number)).toEqual([0, 2, 3]);
});
it('one that had to go does not come back', () => {
  const waiting = createWaitingBatches({ batches: 2, characters: 1e9 });
  const [first, second] = [small(1), small(2)];
  for (const batch of [first, second, small(3)]) waiting.add(batch);
  waiting.moveBack(first);
  waiting.moveBack(second);
  expect(numbersIn(waiting)).toEqual([3, 2]);
  expect([waiting.takeOut(first), waiting.takeOut(second)]).toEqual([false, true]);
});
