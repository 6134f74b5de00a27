import { abortReason } from '../../base/deadline.ts';
import { nextTurn } from '../../base/node/turn.ts';
import { maybe, number, text } from '../columns.ts';
import { cycleRange, hoursOf } from '../conditions.ts';
import type { HistoryQuestions } from '../history-questions.ts';
import {
  hourOf,
  toCounts,
  toCycle,
  toFinding,
  toFindingCount,
  toKnownQuery,
  toPlan,
  toPlanSummary,
  toQuery,
  toQuerySummary,
  toSeries,
  toStoredPlan,
  toTarget,
  toWeight,
} from '../rows.ts';
import { heavierFirst, streamWorkload, type Weighed, type WorkloadSource } from '../workload.ts';
import { adviceQuestions } from './advice.ts';
import type { Database } from './database.ts';
import { indexQuestions } from './index-looks.ts';
import { searchQuestions } from './search.ts';
import * as sql from './statements.ts';
import { stopQuestions } from './stops.ts';
import { verdictQuestions } from './verdicts.ts';

export const createQuestions = (db: Database): HistoryQuestions => ({
  targets: async (name) => db.prepare(sql.targets).all(name).map(toTarget),
  async plan({ target, fingerprint, hash }) {
    const row = db.prepare(sql.plan).get(target, fingerprint, hash);
    return row && toStoredPlan(row);
  },
  async plans({ target, fingerprint, limit }) {
    const rows =
      fingerprint === undefined
        ? db.prepare(sql.plansOfTarget).all(target, limit)
        : db.prepare(sql.plansOfQuery).all(target, fingerprint, limit);
    return rows.map(toPlanSummary);
  },
  queries: async ({ target, limit, offset = 0, order = 'impact', ...range }) =>
    db
      .prepare(sql.queries(order))
      .all(target, ...hoursOf(range), limit, offset)
      .map(toQuerySummary),
  async query({ target, fingerprint, since }) {
    const row = db.prepare(sql.query).get(target, ...hoursOf({ since }), fingerprint);
    return row && toQuery(row);
  },
  recall: async (target, fingerprints) =>
    db.prepare(sql.recall).all(target, JSON.stringify(fingerprints)).map(toKnownQuery),
  async previousPlan({ target, fingerprint, hash, before = hash, parameters }) {
    const row = db.prepare(sql.previousPlan).get(target, fingerprint, hash, before, parameters);
    return row && toPlan(row);
  },
  async findings({ limit, offset = 0, ...filter }) {
    const { sql: statement, values } = sql.findings(filter);
    return db
      .prepare(statement)
      .all(...values, limit, offset)
      .map(toFinding);
  },
  async findingCounts(filter) {
    const { sql: statement, values } = sql.findingCounts(filter);
    return db
      .prepare(statement)
      .all(...values)
      .map(toFindingCount);
  },
  ...verdictQuestions(db),
  ...stopQuestions(db),
  ...adviceQuestions(db),
  ...indexQuestions(db),
  ...searchQuestions(db),
  cycles: async ({ target, limit, ...range }) =>
    db
      .prepare(sql.cycles)
      .all(target, ...cycleRange(range), limit)
      .map(toCycle),
  async epoch(target) {
    const row = db.prepare(sql.epoch).get(target);
    return row && number(row, 'epoch');
  },
  counts: async (target) => toCounts(db.prepare(sql.counts).get(target) ?? {}),
  async series({ target, fingerprint, since, until }) {
    const range = [target, fingerprint, hourOf(since), hourOf(until)] as const;
    return toSeries(
      db.prepare(sql.usageByHour).all(...range),
      db.prepare(sql.sightingsByHour).all(...range),
    );
  },
  workload: (question) => streamWorkload(question, workloadSource(db)),
});

const workloadSource = (db: Database): WorkloadSource => ({
  weigh: (target, fromHour, limit, signal) => weigh(db, { target, fromHour, limit, signal }),
  describe: async (target, fingerprints) =>
    db.prepare(sql.describe).all(target, JSON.stringify(fingerprints)),
});

interface Weighing {
  target: string;
  fromHour: number;
  limit: number;
  signal: AbortSignal;
}

/** Hour by hour, each in a turn of its own: a month of 10,000 statements is millions of rows. */
async function weigh(db: Database, { target, fromHour, limit, signal }: Weighing) {
  const hours = db.prepare(sql.knownHours).get(target, fromHour) ?? {};
  const first = maybe(hours, 'first', number);
  const last = maybe(hours, 'last', number);
  if (first === undefined || last === undefined) return [];
  const sums = new Map<string, Weighed>();
  for (let hour = first; hour <= last; hour += 1) {
    for (const row of db.prepare(sql.usageOfHour).iterate(target, hour)) {
      const fingerprint = text(row, 'fingerprint');
      const weight = toWeight(row);
      const sum = sums.get(fingerprint);
      if (!sum) sums.set(fingerprint, { fingerprint, ...weight });
      else {
        sum.calls += weight.calls;
        sum.totalMs += weight.totalMs;
        sum.rows += weight.rows;
        sum.tempBlocks += weight.tempBlocks;
      }
    }
    await nextTurn();
    if (signal.aborted) throw abortReason(signal);
  }
  return [...sums.values()].sort(heavierFirst).slice(0, limit);
}
