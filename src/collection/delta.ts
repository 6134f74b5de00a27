import type { WindowBegan } from '../model/batch.ts';
import type {
  QueryStats,
  Snapshot,
  StatementCounters,
  StatementWork,
} from '../model/statistics.ts';
import { type Baseline, type BaselineEntry, keyHash, workFields } from './baseline.ts';

/**
 * Two snapshots → what happened in between. What is seen first is a baseline, not a delta, unless
 * it is known to be new: then its whole count belongs to this interval. What cannot be compared is
 * told apart from what stood still.
 */
export interface Window {
  /** No earlier snapshot to compare with: counts go back to the beginning of the statistics. */
  sinceStatisticsBegan: boolean;
  /** Why there is none. */
  began?: WindowBegan;
  ms: number;
  stats: QueryStats[];
  /**
   * Statements that may have run, with the most that they can have taken: the earlier snapshot does
   * not have them, and they are not known to be new.
   */
  uncompared: { database: string; mostMs: number }[];
  /**
   * The server's own count of active time minus what is counted here, where it says: no more than
   * this can be missing.
   */
  missingMs?: number;
  /**
   * Σ of the statements' time / the server's own count of active time. Undefined where the server
   * does not say.
   */
  attributed?: number;
}

export function computeWindow(baseline: Baseline | undefined, snapshot: Snapshot): Window {
  if (!baseline || snapshot.otherServer || baseline.epoch !== snapshot.epoch) {
    const stats = snapshot.statements
      .filter(({ calls }) => calls > 0)
      .map((counters) => whole(counters, false));
    const began = !baseline ? 'first_look' : snapshot.otherServer ? 'other_server' : 'reset';
    return { sinceStatisticsBegan: true, began, ms: 0, stats, uncompared: [] };
  }
  const ms = snapshot.at - baseline.at;
  const stats: QueryStats[] = [];
  const uncompared: Window['uncompared'] = [];
  for (const counters of snapshot.statements) {
    const moved = difference(counters, baseline, snapshot.at);
    if (moved === 'unknown' && counters.toplevel)
      uncompared.push({ database: counters.database, mostMs: counters.totalMs });
    else if (typeof moved === 'object') stats.push(moved);
  }
  const active =
    snapshot.activeMs !== undefined && baseline.activeMs !== undefined
      ? snapshot.activeMs - baseline.activeMs
      : undefined;
  const counted = stats.reduce((sum, { totalMs, toplevel }) => sum + (toplevel ? totalMs : 0), 0);
  return {
    sinceStatisticsBegan: false,
    ms,
    stats,
    uncompared,
    ...(active && active > 0
      ? { attributed: counted / active, missingMs: Math.max(0, active - counted) }
      : {}),
  };
}

function difference(
  counters: StatementCounters,
  baseline: Baseline,
  at: number,
): QueryStats | 'unmoved' | 'unknown' {
  if (counters.calls === 0) return 'unmoved';
  const before = baseline.statements.get(keyHash(counters.key));
  if (!before) {
    const born = counters.since !== undefined && counters.since >= baseline.at;
    return born || (!baseline.truncated && counters.since === undefined)
      ? whole(counters, true)
      : 'unknown';
  }
  if (cameBack(counters, before, baseline.at, at)) return whole(counters, false);
  const n = counters.calls - before.calls;
  if (n === 0) return 'unmoved';
  const total = Math.max(0, counters.totalMs - before.totalMs);
  const stddevMs = intervalStddev(before, counters);
  return {
    ...identity(counters),
    calls: n,
    callsEver: counters.calls,
    totalMs: total,
    meanMs: total / n,
    ...(stddevMs === undefined ? {} : { stddevMs }),
    rows: counters.rows - before.rows,
    tempBlocksWritten: counters.tempBlocksWritten - before.temp,
    ...workBetween(before.work, counters.work),
    isNew: false,
  };
}

/**
 * The entry was thrown out and is there again: counted since the earlier look, or with less of
 * something than it had then. It may well have more calls. What is younger than this very look, at
 * `at`, was counted by a clock that has been set back since.
 */
const cameBack = (
  { since, calls, totalMs, rows, tempBlocksWritten }: StatementCounters,
  before: BaselineEntry,
  lookedAt: number,
  at: number,
): boolean =>
  (since !== undefined && since >= lookedAt && since <= at) ||
  calls < before.calls ||
  totalMs < before.totalMs - 0.001 ||
  rows < before.rows ||
  tempBlocksWritten < before.temp;

/** Of what was counted at both looks. */
function workBetween(
  before: StatementWork | undefined,
  now: StatementWork | undefined,
): Pick<QueryStats, 'work'> {
  const counted = workFields.flatMap((field) => {
    const [from, to] = [before?.[field], now?.[field]];
    return from === undefined || to === undefined ? [] : [[field, Math.max(0, to - from)] as const];
  });
  return counted.length > 0 ? { work: Object.fromEntries(counted) } : {};
}

const identity = ({ key, nativeId, database, user, toplevel }: StatementCounters) => ({
  key,
  nativeId,
  database,
  user,
  toplevel,
});

const whole = (counters: StatementCounters, isNew: boolean): QueryStats => ({
  ...identity(counters),
  calls: counters.calls,
  totalMs: counters.totalMs,
  meanMs: counters.meanMs,
  ...(counters.calls >= 2 && counters.stddevMs !== undefined
    ? { stddevMs: counters.stddevMs }
    : {}),
  rows: counters.rows,
  tempBlocksWritten: counters.tempBlocksWritten,
  ...(counters.work ? { work: counters.work } : {}),
  isNew,
});

/** A deviation is kept with the digits of a 32-bit float. */
const keptPrecision = 2 ** -24;

/**
 * The standard deviation of the interval from two lifetime figures (population): with n = n₂ − n₁,
 * μ = (total₂ − total₁)/n, M = n₂s₂² − n₁s₁² − (n₁n/n₂)(μ − mean₁)², it is √(M/n). Undefined where
 * one call says nothing, or where the digits cancel.
 */
export function intervalStddev(
  {
    calls: n1,
    totalMs: total1,
    stddevMs: s1,
  }: Pick<BaselineEntry, 'calls' | 'totalMs' | 'stddevMs'>,
  {
    calls: n2,
    totalMs: total2,
    stddevMs: s2,
  }: Pick<StatementCounters, 'calls' | 'totalMs' | 'stddevMs'>,
): number | undefined {
  const n = n2 - n1;
  if (n < 2 || s2 === undefined || s1 === undefined) return undefined;
  const [mean1, mean] = [n1 > 0 ? total1 / n1 : 0, (total2 - total1) / n];
  const squares = n2 * s2 ** 2 - n1 * s1 ** 2 - ((n1 * n) / n2) * (mean - mean1) ** 2;
  const noise =
    4 * Number.EPSILON * Math.sqrt(n1 + 1) * n2 * s2 ** 2 + 4 * keptPrecision * n1 * s1 ** 2;
  return squares < 0 || squares < noise ? undefined : Math.sqrt(squares / n);
}
