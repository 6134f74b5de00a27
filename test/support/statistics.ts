import type { Candidate } from '../../src/collection/selection/strategy.ts';
import type { QueryStats, Snapshot, StatementCounters } from '../../src/model/statistics.ts';

/** Counters of statements, as a server would have them, and what is made of them. */
export const counters = (
  key: string,
  over: Partial<StatementCounters> = {},
): StatementCounters => ({
  key,
  nativeId: key,
  database: 'd',
  user: 'u',
  toplevel: true,
  calls: 10,
  totalMs: 100,
  meanMs: 10,
  stddevMs: 1,
  rows: 10,
  tempBlocksWritten: 0,
  ...over,
});
export const snapshot = (
  statements: StatementCounters[],
  over: Partial<Snapshot> = {},
): Snapshot => ({
  at: 1_000,
  epoch: 'e',
  statements,
  ...over,
});

export const candidate = (
  key: string,
  over: Partial<QueryStats> = {},
  more: Partial<Candidate> = {},
): Candidate => ({
  stats: {
    key,
    nativeId: key,
    database: 'd',
    user: 'u',
    toplevel: true,
    calls: 10,
    totalMs: 10,
    meanMs: 1,
    rows: 1,
    tempBlocksWritten: 0,
    isNew: false,
    ...over,
  },
  sketch: undefined,
  explained: undefined,
  ...more,
});
