import { expect, it } from 'vitest';
import { createSemaphore } from './semaphore.ts';

it('a semaphore lets no more than its number run, also when work fails', async () => {
  const semaphore = createSemaphore(2);
  let most = 0;
  const work = (fail: boolean) =>
    semaphore.run(async () => {
      most = Math.max(most, semaphore.running);
      await Promise.resolve();
      if (fail) throw new Error('x');
    });
  await Promise.allSettled([work(true), work(false), work(true), work(false), work(false)]);
  expect([most, semaphore.running, semaphore.waiting]).toEqual([2, 0, 0]);
});
