import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { watchLoopDelay } from './loop-delay.ts';

it('sees a loop that something held, and begins anew when it was taken', async () => {
  const delay = watchLoopDelay();
  try {
    await sleep(120);
    const until = performance.now() + 300;
    while (performance.now() < until);
    await sleep(120);
    const held = delay.take();
    expect(held.max).toBeGreaterThan(0.2);
    expect(held.min).toBeGreaterThanOrEqual(0.049);
    expect(held.p50).toBeLessThanOrEqual(held.p99);
    expect(delay.take()).toEqual({
      min: 0.05,
      max: 0.05,
      mean: 0.05,
      stddev: 0,
      p50: 0.05,
      p90: 0.05,
      p99: 0.05,
    });
  } finally {
    delay.close();
  }
});
