import type { WindowBegan } from '../plans/batch.ts';
import type { QueryStats, Snapshot, StatementCounters } from '../plans/statistics.ts';

/**
 * Two snapshots → what happened in between. What is seen first is a baseline, not a delta, unless it is known to be new: then its whole
 * count belongs to this interval.
 */
/** A deviation that the server does not tell. */
const unsaid = -1;

/** `stddevMs` is -1 where the server does not say. */
export type BaselineEntry = readonly [calls: number, totalMs: number, meanMs: number, stddevMs: number, rows: number, temp: number];

export interface Baseline {
  at: number;
  epoch: string;
  evictions: number;
  activeMs?: number;
  /** Not every statement of that moment is in here: one that is missing need not be new. */
  truncated: boolean;
  statements: Map<string, BaselineEntry>;
}

export interface Window {
  /** No earlier snapshot to compare with: counts go back to the beginning of the statistics. */
  sinceStatisticsBegan: boolean;
  /** Why there is none. */
  began?: WindowBegan;
  ms: number;
  stats: QueryStats[];
  /** Σ of the statements' time / the server's own count of active time. Undefined where the server does not say. */
  attributed?: number;
}

export const baselineLimit = 1_000;

export function takeBaseline(snapshot: Snapshot, limit = baselineLimit): Baseline {
  const heaviest = snapshot.statements.toSorted((a, b) => b.totalMs - a.totalMs).slice(0, limit);
  return {
    at: snapshot.at,
    epoch: snapshot.epoch,
    evictions: snapshot.evictions,
    ...(snapshot.activeMs === undefined ? {} : { activeMs: snapshot.activeMs }),
    truncated: snapshot.statements.length > limit,
    statements: new Map(
      heaviest.map((each) => [
        each.key,
        [each.calls, each.totalMs, each.meanMs, each.stddevMs ?? unsaid, each.rows, each.tempBlocksWritten],
      ]),
    ),
  };
}

export function computeWindow(baseline: Baseline | undefined, snapshot: Snapshot): Window {
  if (!baseline || snapshot.otherServer || baseline.epoch !== snapshot.epoch) {
    const stats = snapshot.statements.filter(({ calls }) => calls > 0).map((counters) => whole(counters, false));
    const began = !baseline ? 'first_look' : snapshot.otherServer ? 'other_server' : 'reset';
    return { sinceStatisticsBegan: true, began, ms: 0, stats };
  }
  const stats = snapshot.statements.map((counters) => difference(counters, baseline)).filter((each) => each !== undefined);
  const active = snapshot.activeMs !== undefined && baseline.activeMs !== undefined ? snapshot.activeMs - baseline.activeMs : undefined;
  const counted = stats.reduce((sum, { totalMs, toplevel }) => sum + (toplevel ? totalMs : 0), 0);
  return {
    sinceStatisticsBegan: false,
    ms: snapshot.at - baseline.at,
    stats,
    ...(active && active > 0 ? { attributed: counted / active } : {}),
  };
}

function difference(counters: StatementCounters, baseline: Baseline): QueryStats | undefined {
  const before = baseline.statements.get(counters.key);
  if (!before) {
    const born = counters.since !== undefined && counters.since >= baseline.at;
    const isNew = born || (!baseline.truncated && counters.since === undefined);
    return counters.calls > 0 && isNew ? whole(counters, true) : undefined;
  }
  const [calls, totalMs, , , rows, temp] = before;
  // Fewer than before: the entry was thrown out and came back.
  if (counters.calls < calls || counters.totalMs < totalMs - 0.001) return counters.calls > 0 ? whole(counters, false) : undefined;
  const n = counters.calls - calls;
  if (n === 0) return undefined;
  const total = counters.totalMs - totalMs;
  const stddevMs = intervalStddev(before, counters);
  return {
    ...identity(counters),
    calls: n,
    totalMs: total,
    meanMs: total / n,
    ...(stddevMs === undefined ? {} : { stddevMs }),
    rows: counters.rows - rows,
    tempBlocksWritten: counters.tempBlocksWritten - temp,
    isNew: false,
  };
}

const identity = ({ key, nativeId, database, user, toplevel }: StatementCounters) => ({ key, nativeId, database, user, toplevel });

const whole = (counters: StatementCounters, isNew: boolean): QueryStats => ({
  ...identity(counters),
  calls: counters.calls,
  totalMs: counters.totalMs,
  meanMs: counters.meanMs,
  ...(counters.calls >= 2 && counters.stddevMs !== undefined ? { stddevMs: counters.stddevMs } : {}),
  rows: counters.rows,
  tempBlocksWritten: counters.tempBlocksWritten,
  isNew,
});

/**
 * The standard deviation of the interval from two lifetime figures (population): with n = n₂ − n₁, μ = (total₂ − total₁)/n,
 * M = n₂s₂² − n₁s₁² − (n₁n/n₂)(μ − mean₁)², it is √(M/n). Undefined where one call says nothing, or where the digits cancel.
 */
export function intervalStddev(
  [n1, total1, mean1, s1]: BaselineEntry,
  { calls: n2, totalMs: total2, stddevMs: s2 }: Pick<StatementCounters, 'calls' | 'totalMs' | 'stddevMs'>,
): number | undefined {
  const n = n2 - n1;
  if (n < 2 || s2 === undefined || s1 === unsaid) return undefined;
  const mean = (total2 - total1) / n;
  const squares = n2 * s2 ** 2 - n1 * s1 ** 2 - ((n1 * n) / n2) * (mean - mean1) ** 2;
  const noise = 4 * Number.EPSILON * Math.sqrt(n1 + 1) * n2 * s2 ** 2;
  return squares < 0 || squares < noise ? undefined : Math.sqrt(squares / n);
}
