import type { Clock } from '../../base/clock.ts';
import type { TargetItem } from './projection.ts';

/**
 * When each target's status was last seen to change. On the monotonic clock: the times in statuses
 * are of other machines, and any clock may step.
 */
export interface Heard {
  note(item: Pick<TargetItem, 'uid' | 'updatedAt'>): void;
  forget(uid: string): void;
  /** Targets whose status nobody has written for `ms`. */
  silentFor(ms: number): number;
}

export function createHeard(clock: Clock): Heard {
  const known = new Map<string, { updatedAt: number; at: number }>();
  return {
    note({ uid, updatedAt }) {
      const before = known.get(uid);
      if (before?.updatedAt === updatedAt) return;
      // Of the first sight only its own time is known.
      const age_ms = before || updatedAt === 0 ? 0 : Math.max(0, clock.now() - updatedAt);
      known.set(uid, { updatedAt, at: clock.monotonic() - age_ms });
    },
    forget: (uid) => void known.delete(uid),
    silentFor(ms) {
      const since = clock.monotonic() - ms;
      let count = 0;
      for (const { at } of known.values()) if (at < since) count += 1;
      return count;
    },
  };
}
