import { expect, it } from 'vitest';
import { createLimiter } from './limiter.ts';

it('gives a burst, then what time brings, to each on their own', () => {
  let at = 0;
  const { take, giveBack } = createLimiter({ perSecond: 2, burst: 3, now: () => at });
  expect([1, 2, 3, 4].map(() => take('a'))).toEqual([undefined, undefined, undefined, 1]);
  expect(take('b')).toBeUndefined();
  at = 500;
  expect([take('a'), take('a')]).toEqual([undefined, 1]);
  giveBack('a');
  expect([take('a'), take('a')]).toEqual([undefined, 1]);
  at = 3_600_000;
  giveBack('a');
  expect([1, 2, 3, 4].map(() => take('a'))).toEqual([undefined, undefined, undefined, 1]);
});
it('forgets who was not heard of for longest', () => {
  const { take } = createLimiter({ perSecond: 1, burst: 1, now: () => 0 });
  expect([take('first'), take('first')]).toEqual([undefined, 1]);
  for (let i = 0; i < 2_000; i += 1) take(`other-${i}`);
  expect(take('first')).toBeUndefined();
});
