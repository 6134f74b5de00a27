/** Whether cycles come as the targets' own schedules say. Pure. */
export interface Due {
  /**
   * When its next cycle should begin: after an interval, or when its open circuit lets one through.
   * Milliseconds on the clock of `now`.
   */
  dueAt: number;
  interval_ms: number;
}

/**
 * Longer than anything that holds a cycle up while the program is well: a full quota, a slow
 * database, a store that is away.
 */
export const stuckAfter_ms = 2_700_000;

/**
 * No cycle has ended for long, although one was due for as long. One that is late alone is its
 * target's matter.
 */
export function isStuck(due: Iterable<Due>, lastEnded_ms: number, now: number): boolean {
  if (lastEnded_ms <= stuckAfter_ms) return false;
  for (const { dueAt, interval_ms } of due)
    if (now - dueAt > Math.max(stuckAfter_ms, 2 * interval_ms)) return true;
  return false;
}

const leastOverdue_ms = 15_000;

/** Two intervals after it was due, three after the last one. */
export const isOverdue = (late_ms: number, interval_ms: number): boolean =>
  late_ms > 2 * Math.max(leastOverdue_ms, interval_ms);
