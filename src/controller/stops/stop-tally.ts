import type { Stop } from '../../model/stop.ts';
import { covers, type Stoppable } from '../../safety/emergency-stop.ts';

/**
 * How many cycles ran here when each stop came: what has gone since then was cancelled by it, and
 * that is what a person wants to hear after they pressed the button.
 */
export interface StopTally {
  /** Those in force now, and what runs; before anything is cancelled. */
  note(stops: readonly Stop[], busy: readonly Stoppable[]): void;
  /** Of those that ran when it came, so many do not any more. */
  cancelled(stop: Stop, busy: readonly Stoppable[]): number;
}

export function createStopTally(): StopTally {
  const ran = new Map<string, number>();
  return {
    note(stops, busy) {
      for (const id of ran.keys()) if (!stops.some((stop) => stop.id === id)) ran.delete(id);
      for (const stop of stops) if (!ran.has(stop.id)) ran.set(stop.id, countOf(stop, busy));
    },
    cancelled: (stop, busy) => Math.max(0, (ran.get(stop.id) ?? 0) - countOf(stop, busy)),
  };
}

export const countOf = ({ scope }: Pick<Stop, 'scope'>, some: readonly Stoppable[]): number =>
  some.filter((each) => covers(scope, each)).length;
