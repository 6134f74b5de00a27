import type pg from 'pg';
import type { PlanBatch } from '../../model/batch.ts';
import { mostPastStops } from '../../model/stop.ts';
import { batchRows, type PlanRow } from '../batch-rows.ts';
import { contextIsOld, writeBody } from '../bodies.ts';
import { maybe, number, text } from '../columns.ts';
import type { HistoryWriter, Retained, RetentionPolicy } from '../history-writer.ts';
import { hourOf } from '../rows.ts';
import { storableJson } from '../storable.ts';
import { adviceRemovals, adviceWriter, expireProposals } from './advice.ts';
import type { Database } from './database.ts';
import { indexWriter, lookRemovals } from './index-looks.ts';
import { dropBefore, makeMonth, monthOf } from './partitions.ts';
import * as sql from './statements.ts';
import { keepStop, removeStopsBefore, removeStopsBeyond } from './stops.ts';
import { judge, removeForgotten } from './verdicts.ts';

/** One transaction, and the place that its rows belong to. */
interface Writing {
  client: pg.PoolClient;
  uid: string;
  at: number;
}

export function createWriter(db: Database): HistoryWriter {
  /** Months whose partitions are there. */
  const months = new Set<string>();
  return {
    async record(batch) {
      const month = monthOf(hourOf(batch.cycle.startedAt));
      const made = await db
        .transaction(async (client) => {
          if (!(await owns(client, batch.target))) return undefined;
          if (!months.has(month.name)) await makeMonth(client, month);
          await recordBatch(client, batch);
          return true;
        })
        .catch((error: unknown) => {
          months.clear(); // somebody may have dropped one
          throw error;
        });
      if (made) months.add(month.name);
      return made === true;
    },
    judge: (target, changes) => judge(db, target, changes),
    keepStop: (stop) => keepStop(db, stop),
    ...adviceWriter(db),
    ...indexWriter(db),
    async retain(policy) {
      // A month that was dropped is made again if something of it comes.
      return retain(db, policy).finally(() => months.clear());
    },
    close: () => db.close(),
  };
}

async function owns(client: pg.PoolClient, target: PlanBatch['target']): Promise<boolean> {
  const { uid, namespace, name, engine, epoch } = target;
  const owner = await client.query(sql.upsertTarget, [uid, namespace, name, engine, epoch]);
  return owner.rowCount !== 0;
}

async function recordBatch(client: pg.PoolClient, batch: PlanBatch): Promise<void> {
  const { target, cycle } = batch;
  const writing = { client, uid: target.uid, at: cycle.startedAt };
  const { uid, at } = writing;
  const known = await client.query(sql.knownCycle, [uid, hourOf(at), at, cycle.number]);
  if (known.rowCount) return;
  const { queries, usage, plans, findings, explained, unplanned } = batchRows(batch);
  if (queries.length) await client.query(sql.upsertQueries, [uid, at, storableJson(queries)]);
  if (usage.length) await client.query(sql.upsertUsage, [uid, hourOf(at), storableJson(usage)]);
  if (plans.length) await recordPlans(writing, plans);
  const found = storableJson(findings);
  if (findings.length) await client.query(sql.upsertFindings, [uid, at, found]);
  if (explained.length)
    await client.query(sql.resolveFindings, [uid, at, storableJson(explained), found]);
  if (unplanned.length)
    await client.query(sql.resolveUnplanned, [uid, at, storableJson(unplanned), found]);
  const report = storableJson(cycle);
  await client.query(sql.upsertCycle, [uid, hourOf(at), at, cycle.number, report]);
}

async function recordPlans({ client, uid, at }: Writing, plans: readonly PlanRow[]): Promise<void> {
  const keys = plans.map(({ fingerprint, hash, cost }) => ({ fingerprint, hash, cost }));
  const seen = await client.query(sql.touchPlans, [uid, at, storableJson(keys)]);
  const contextAt = new Map(
    seen.rows.map((row) => [
      `${text(row, 'fingerprint')} ${text(row, 'hash')}`,
      maybe(row, 'context_at', number),
    ]),
  );
  for (const row of plans) {
    const key = `${row.fingerprint} ${row.hash}`;
    if (!contextAt.has(key)) await keepPlan({ client, uid, at }, row);
    else if (row.context && contextIsOld(contextAt.get(key), at))
      await updateBody({ client, uid, at }, row);
  }
  await client.query(sql.upsertSightings, [uid, hourOf(at), storableJson(keys)]);
}

async function updateBody({ client, uid, at }: Writing, row: PlanRow): Promise<void> {
  const { fingerprint, hash, plan } = row;
  await client.query(sql.updateBody, [uid, fingerprint, hash, plan.parameters, bodyOf(row), at]);
}

/** One that is new under its hash: known by its former one, or not at all. */
async function keepPlan({ client, uid, at }: Writing, row: PlanRow): Promise<void> {
  const { fingerprint, hash, former_hash, cost, plan, context } = row;
  const { parameters, dominantOp } = plan;
  const contextAt = context ? at : null;
  const id = [uid, fingerprint, hash];
  const kept = [...id, at, cost, parameters, dominantOp, bodyOf(row), contextAt];
  const known = former_hash && (await client.query(sql.continuePlan, [...kept, former_hash]));
  if (!known || known.rowCount === 0) await client.query(sql.insertPlan, kept);
}

/** The driver sends a Buffer as bytes, and any other array as text. */
const bodyOf = (row: PlanRow) => Buffer.from(writeBody(row));

/**
 * Each piece is its own transaction: a month that is dropped keeps all who write waiting until its
 * transaction ends, and one piece that takes too long must not bring back all others.
 */
async function retain(db: Database, policy: RetentionPolicy): Promise<Retained> {
  const removed = policy.isOthers ? 0 : await removeAgreed(db, policy);
  const size = await db.rows(sql.size, []);
  const bytes = size[0] && number(size[0], 'bytes');
  return { removed, bySize: 0, ...(bytes === undefined ? {} : { bytes }) };
}

const removeAgreed = async (db: Database, policy: RetentionPolicy): Promise<number> =>
  removeOld(db, { ...policy, now: await agreedTime(db, policy.now) });

/** A replica whose clock is far ahead must not remove what all others keep. */
async function agreedTime(db: Database, now: number): Promise<number> {
  const [row] = await db.rows(sql.serverTime, []);
  return Math.min(now, row ? number(row, 'now') : now);
}

async function removeOld(db: Database, policy: RetentionPolicy): Promise<number> {
  const { now, plans_ms, hours_ms, cycles_ms, signal } = policy;
  const plans = Math.floor(now - plans_ms);
  const cycles = Math.floor(now - cycles_ms);
  const oldest = { plans, hours: hourOf(now - hours_ms), cycles };
  let removed = 0;
  const piece = async (work: (client: pg.PoolClient) => Promise<number>) => {
    if (signal?.aborted) return;
    removed += (await db.transaction(work)) ?? 0;
  };
  const remove = (statement: string, values: unknown[]) =>
    piece(async (client) => (await client.query(statement, values)).rowCount ?? 0);
  await piece((client) => dropBefore(client, 'sighting', oldest.hours));
  await piece((client) => dropBefore(client, 'usage', oldest.hours));
  await piece((client) => dropBefore(client, 'cycle', hourOf(cycles)));
  for (const { uid } of await db.rows(sql.allTargets, []))
    for (const [statement, kept] of sql.removals) await remove(statement, [uid, oldest[kept]]);
  if (signal?.aborted) return removed;
  await db.rows(expireProposals, [Math.floor(now)]);
  for (const statement of [removeForgotten, removeStopsBefore, ...adviceRemovals, ...lookRemovals])
    await remove(statement, [plans]);
  await remove(removeStopsBeyond, [mostPastStops]);
  return removed;
}
