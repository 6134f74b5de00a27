import { expect, it } from 'vitest';
import { lazily } from './api-port.ts';

it('a load that failed is tried again, one that succeeded is kept', async () => {
  let times = 0;
  const part = lazily(async () => {
    times += 1;
    if (times === 1) throw new Error('no file handle was free');
    return times;
  });
  await expect(part.get()).rejects.toThrow('no file handle');
  expect(part.known()).toBeUndefined();
  expect([await part.get(), await part.get()]).toEqual([2, 2]);
});
