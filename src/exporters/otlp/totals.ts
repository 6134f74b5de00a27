import type { CycleOutcome, PlanBatch } from '../../model/batch.ts';

/**
 * What sums are told as: everything since they began. Of single cycles Prometheus and its kin make
 * nothing, or refuse them; and what is lost on the way is in the next one.
 */
export interface Totals {
  /** When the first of these cycles began. */
  since: number;
  cycles: ReadonlyMap<CycleOutcome['kind'], number>;
  databaseMs: number;
}

export function added(before: Totals | undefined, { cycle }: PlanBatch): Totals {
  const { kind } = cycle.outcome;
  const { since = cycle.startedAt, cycles = new Map(), databaseMs = 0 } = before ?? {};
  return {
    // A clock that goes back ends no sum before it begins.
    since: Math.min(since, cycle.startedAt),
    cycles: new Map(cycles).set(kind, (cycles.get(kind) ?? 0) + 1),
    databaseMs: databaseMs + cycle.databaseMs,
  };
}
