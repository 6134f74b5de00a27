import type { Clock } from '../base/clock.ts';

/**
 * The time by which things are forgotten. A clock that jumps ahead may come back: its new time
 * counts once it has held for a day of this program's own. Backwards it is believed at once, since
 * nothing is forgotten then.
 */
const step_ms = 3_600_000;
const held_ms = 86_400_000;

export interface SteadyTime {
  /** Is called every now and then, and tells the time. */
  look(): number;
}

export function createSteadyTime(clock: Clock): SteadyTime {
  const offset = () => clock.now() - clock.monotonic();
  let believed = offset();
  let doubtedSince: number | undefined;
  return {
    look() {
      const monotonic = clock.monotonic();
      const isAhead = offset() > believed + step_ms;
      doubtedSince = isAhead ? (doubtedSince ?? monotonic) : undefined;
      if (doubtedSince === undefined || monotonic - doubtedSince >= held_ms) {
        believed = offset();
        doubtedSince = undefined;
      }
      return monotonic + believed;
    },
  };
}
