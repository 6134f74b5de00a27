import type { PlanBatch } from '../../model/batch.ts';
import {
  batchRows,
  type FindingRow,
  type PlanRow,
  type QueryRow,
  type UsageRow,
} from '../batch-rows.ts';
import { contextIsOld, writeBody } from '../bodies.ts';
import { maybe, number, text } from '../columns.ts';
import type { HistoryWriter } from '../history-writer.ts';
import { hourOf } from '../rows.ts';
import { adviceWriter } from './advice.ts';
import type { Database } from './database.ts';
import { indexWriter } from './index-looks.ts';
import { retain } from './retention.ts';
import * as sql from './statements.ts';
import { keepStop } from './stops.ts';
import { judge } from './verdicts.ts';

/** Whose rows, and when. */
interface Place {
  uid: string;
  at: number;
}

export const createWriter = (db: Database): HistoryWriter => ({
  record: async (batch) => db.transaction(() => recordBatch(db, batch)),
  judge: async (target, changes) => judge(db, target, changes),
  keepStop: async (stop) => keepStop(db, stop),
  ...adviceWriter(db),
  ...indexWriter(db),
  retain: async (policy) => retain(db, policy),
  close: async () => db.close(),
});

function recordBatch(db: Database, batch: PlanBatch): boolean {
  const { uid, namespace, name, engine, epoch } = batch.target;
  const owner = db.prepare(sql.upsertTarget).run(uid, namespace, name, engine, epoch);
  if (owner.changes === 0) return false;
  const place = { uid, at: batch.cycle.startedAt };
  if (db.prepare(sql.knownCycle).get(uid, place.at, batch.cycle.number)) return true;
  const { queries, usage, plans, findings, explained, unplanned } = batchRows(batch);
  const open = new Set(
    db
      .prepare(sql.openFindings)
      .all(uid)
      .map((row) => text(row, 'fingerprint')),
  );
  for (const query of queries) recordQuery(db, place, query);
  for (const use of usage) recordUsage(db, place, use);
  for (const plan of plans) recordPlan(db, place, plan);
  for (const finding of findings) recordFinding(db, place, finding);
  const found = Map.groupBy(findings, ({ fingerprint }) => fingerprint);
  const resolve = (resolveFindings: string) => (fingerprint: string) => {
    const rules = (found.get(fingerprint) ?? []).map(({ rule }) => rule);
    db.prepare(resolveFindings).run(place.at, uid, fingerprint, JSON.stringify(rules));
  };
  explained.filter((each) => open.has(each)).forEach(resolve(sql.resolveFindings));
  unplanned.filter((each) => open.has(each)).forEach(resolve(sql.resolveUnplanned));
  db.prepare(sql.upsertCycle).run(uid, place.at, batch.cycle.number, JSON.stringify(batch.cycle));
  return true;
}

function recordQuery(db: Database, { uid, at }: Place, row: QueryRow): void {
  db.prepare(sql.upsertQuery).run(
    uid,
    row.fingerprint,
    row.native_id,
    row.database,
    row.user_name,
    row.text,
    at,
    at,
    row.hash,
    row.cost,
    row.code,
  );
}

function recordUsage(db: Database, { uid, at }: Place, row: UsageRow): void {
  db.prepare(sql.upsertUsage).run(
    uid,
    row.fingerprint,
    hourOf(at),
    row.calls,
    row.total_ms,
    row.rows,
    row.temp_blocks,
  );
}

function recordPlan(db: Database, { uid, at }: Place, row: PlanRow): void {
  const { fingerprint, hash, cost, plan, context } = row;
  const seen = db.prepare(sql.touchPlan).get(at, cost, uid, fingerprint, hash);
  if (!seen) keepPlan(db, { uid, at }, row);
  else if (context && contextIsOld(maybe(seen, 'context_at', number), at))
    db.prepare(sql.updateBody).run(writeBody(row), at, uid, fingerprint, hash, plan.parameters);
  db.prepare(sql.upsertSighting).run(uid, fingerprint, hash, hourOf(at), cost, cost);
}

/** One that is new under its hash: known by its former one, or not at all. */
function keepPlan(db: Database, { uid, at }: Place, row: PlanRow): void {
  const { fingerprint, hash, former_hash, cost, plan, context } = row;
  const kept = [
    cost,
    plan.parameters,
    plan.dominantOp,
    writeBody(row),
    context ? at : null,
  ] as const;
  const known = [uid, fingerprint, former_hash] as const;
  if (former_hash && db.prepare(sql.continuePlan).run(hash, at, ...kept, ...known).changes) return;
  db.prepare(sql.insertPlan).run(uid, fingerprint, hash, at, at, ...kept);
}

function recordFinding(db: Database, { uid, at }: Place, row: FindingRow): void {
  db.prepare(sql.upsertFinding).run(
    uid,
    row.fingerprint,
    row.rule,
    row.hash,
    row.severity,
    row.message,
    row.fix,
    JSON.stringify(row.nodes),
    row.time_share,
    row.category,
    row.saves,
    row.confidence,
    row.also ? JSON.stringify(row.also) : null,
    at,
    at,
  );
}
