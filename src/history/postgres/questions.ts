import { number, text } from '../columns.ts';
import { asciiLower, cycleRange, hoursOf } from '../conditions.ts';
import { type HistoryQuestions, mostSearched } from '../history-questions.ts';
import {
  hourOf,
  toCounts,
  toCycle,
  toFinding,
  toFindingCount,
  toFoundQuery,
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
import { streamWorkload, type WorkloadSource } from '../workload.ts';
import { adviceQuestions } from './advice.ts';
import type { Database } from './database.ts';
import { indexQuestions } from './index-looks.ts';
import * as sql from './statements.ts';
import { stopQuestions } from './stops.ts';
import { verdictQuestions } from './verdicts.ts';

export const createQuestions = (db: Database): HistoryQuestions => ({
  targets: async (name) => (await db.rows(sql.targets, [name])).map(toTarget),
  async plan({ target, fingerprint, hash }) {
    const [row] = await db.rows(sql.plan, [target, fingerprint, hash]);
    return row && toStoredPlan(row);
  },
  plans: async ({ target, fingerprint, limit }) =>
    (await db.rows(sql.plans, [target, fingerprint ?? null, limit])).map(toPlanSummary),
  async queries({ target, limit, offset = 0, order = 'impact', ...range }) {
    const values = [target, ...hoursOf(range), limit, offset];
    return (await db.rows(sql.queries(order), values)).map(toQuerySummary);
  },
  async query({ target, fingerprint, since }) {
    const [row] = await db.rows(sql.query, [target, ...hoursOf({ since }), fingerprint]);
    return row && toQuery(row);
  },
  async searchQueries({ text: wanted, targets = null, limit }) {
    const bounds = [targets, mostSearched, limit];
    const [found, [counted = {}]] = await Promise.all([
      db.rows(sql.searchQueries, [asciiLower(wanted), wanted, ...bounds]),
      db.rows(sql.countSearched, [targets, mostSearched + 1]),
    ]);
    return { items: found.map(toFoundQuery), whole: number(counted, 'count') <= mostSearched };
  },
  recall: async (target, fingerprints) =>
    (await db.rows(sql.recall, [target, fingerprints])).map(toKnownQuery),
  async previousPlan({ target, fingerprint, hash, before = hash, parameters }) {
    const id = [target, fingerprint, hash, before, parameters];
    const [row] = await db.rows(sql.previousPlan, id);
    return row && toPlan(row);
  },
  async findings({ limit, offset = 0, ...filter }) {
    const { sql: statement, values } = sql.findings(filter);
    return (await db.rows(statement, [...values, limit, offset])).map(toFinding);
  },
  async findingCounts(filter) {
    const { sql: statement, values } = sql.findingCounts(filter);
    return (await db.rows(statement, values)).map(toFindingCount);
  },
  ...verdictQuestions(db),
  ...stopQuestions(db),
  ...adviceQuestions(db),
  ...indexQuestions(db),
  cycles: async ({ target, limit, ...range }) =>
    (await db.rows(sql.cycles, [target, ...cycleRange(range), limit])).map(toCycle),
  async epoch(target) {
    const [row] = await db.rows(sql.epoch, [target]);
    return row && number(row, 'epoch');
  },
  async counts(target) {
    const [row = {}] = await db.rows(sql.counts, [target]);
    return toCounts(row);
  },
  async series({ target, fingerprint, since, until }) {
    const range = [target, fingerprint, hourOf(since), hourOf(until)];
    const [usage, sightings] = await Promise.all([
      db.rows(sql.usageByHour, range),
      db.rows(sql.sightingsByHour, range),
    ]);
    return toSeries(usage, sightings);
  },
  workload: (question) => streamWorkload(question, workloadSource(db)),
});

const workloadSource = (db: Database): WorkloadSource => ({
  weigh: async (target, fromHour, limit) =>
    (await db.rows(sql.weigh, [target, fromHour, limit])).map((row) => ({
      fingerprint: text(row, 'fingerprint'),
      ...toWeight(row),
    })),
  describe: (target, fingerprints) => db.rows(sql.describe, [target, fingerprints]),
});
