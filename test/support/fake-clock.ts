import type { Clock } from '../../src/base/clock.ts';

/** A clock that stands still until it is told to move; waits end in the order of their times. */
export interface FakeClock extends Clock {
  advance(ms: number): Promise<void>;
}

export function createFakeClock(start = 1_700_000_000_000): FakeClock {
  let now = start;
  let waits: { at: number; wake: () => void }[] = [];
  const after = (ms: number, callback: () => void) => {
    const wait = { at: now + ms, wake: callback };
    waits.push(wait);
    return () => {
      waits = waits.filter((each) => each !== wait);
    };
  };
  return {
    now: () => now,
    monotonic: () => now,
    after,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const cancel = after(ms, resolve);
        signal?.addEventListener(
          'abort',
          () => {
            cancel();
            reject(signal.reason);
          },
          { once: true },
        );
      }),
    async advance(ms) {
      const end = now + ms;
      for (;;) {
        for (let i = 0; i < 200; i += 1) await Promise.resolve();
        const next = waits.toSorted((a, b) => a.at - b.at)[0];
        if (!next || next.at > end) break;
        waits = waits.filter((each) => each !== next);
        now = next.at;
        next.wake();
      }
      now = end;
    },
  };
}
