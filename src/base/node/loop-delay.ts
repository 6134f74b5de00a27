import { createHistogram, performance } from 'node:perf_hooks';
import { untilBeat } from '../beat.ts';
import { senseRest } from './at-rest.ts';
import { nextTurn } from './turn.ts';

/**
 * How late the event loop is, by a timer: twenty times a second while it has something to do, once
 * a second at rest, where each look wakes the whole process.
 */
export interface LoopDelay {
  /** Since it was last taken, in seconds. The least that it reads is the tick, as if all were. */
  take(): LoopDelays;
  /** Until the loop comes round, in seconds. */
  now(): Promise<number>;
  close(): void;
}

export type LoopDelays = Record<'min' | 'max' | 'mean' | 'stddev' | 'p50' | 'p90' | 'p99', number>;

export const tick_ms = 50;
const restTick_ms = 1_000;
const ns = 1_000_000;
const nsPerSecond = 1_000_000_000;
/** Woken with everything else, not for itself. */
const monotonic = { monotonic: () => performance.now() };

export function watchLoopDelay(): LoopDelay {
  const histogram = createHistogram();
  const atRest = senseRest(performance.eventLoopUtilization());
  let timer: NodeJS.Timeout;
  const wait = (ms: number) => {
    const due = performance.now() + ms;
    timer = setTimeout(() => {
      const late_ms = Math.max(0, performance.now() - due);
      histogram.record(Math.round((tick_ms + late_ms) * ns));
      wait(
        atRest(performance.eventLoopUtilization()) ? untilBeat(monotonic, restTick_ms) : tick_ms,
      );
    }, ms).unref();
  };
  wait(tick_ms);
  return {
    take() {
      const taken = delaysIn(histogram);
      histogram.reset();
      return taken;
    },
    async now() {
      const asked = performance.now();
      await nextTurn();
      return (performance.now() - asked) / 1_000;
    },
    close: () => clearTimeout(timer),
  };
}

type Counted = Pick<
  ReturnType<typeof createHistogram>,
  'count' | 'min' | 'max' | 'mean' | 'stddev' | 'percentile'
>;

/** Taken twice within a tick, there is nothing in it: then nothing was late. */
function delaysIn(counted: Counted): LoopDelays {
  if (counted.count === 0) {
    const least = tick_ms / 1_000;
    return { min: least, max: least, mean: least, stddev: 0, p50: least, p90: least, p99: least };
  }
  const { min, max, mean, stddev } = counted;
  const [p50, p90, p99] = [50, 90, 99].map((each) => counted.percentile(each)) as [
    number,
    number,
    number,
  ];
  const all = { min, max, mean, stddev, p50, p90, p99 };
  for (const [name, value] of Object.entries(all))
    all[name as keyof LoopDelays] = value / nsPerSecond;
  return all;
}
