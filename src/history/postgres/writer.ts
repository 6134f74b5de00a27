import type pg from 'pg';
import type { PlanBatch } from '../../model/batch.ts';
import { mostPastStops } from '../../model/stop.ts';
import { batchRows, type PlanRow } from '../batch-rows.ts';
import { contextIsOld, writeBody } from '../bodies.ts';
import { maybe, number, text } from '../columns.ts';
import type { HistoryWriter, RetentionPolicy } from '../history-writer.ts';
import { hourOf } from '../rows.ts';
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
      const removed = await db.transaction((client) => retain(client, policy));
      months.clear(); // a month that was dropped is made again if something of it comes
      return removed ?? 0;
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
  if (queries.length) await client.query(sql.upsertQueries, [uid, at, JSON.stringify(queries)]);
  if (usage.length) await client.query(sql.upsertUsage, [uid, hourOf(at), JSON.stringify(usage)]);
  if (plans.length) await recordPlans(writing, plans);
  const found = JSON.stringify(findings);
  if (findings.length) await client.query(sql.upsertFindings, [uid, at, found]);
  if (explained.length)
    await client.query(sql.resolveFindings, [uid, at, JSON.stringify(explained), found]);
  if (unplanned.length)
    await client.query(sql.resolveUnplanned, [uid, at, JSON.stringify(unplanned), found]);
  const report = JSON.stringify(cycle);
  await client.query(sql.upsertCycle, [uid, hourOf(at), at, cycle.number, report]);
}

async function recordPlans({ client, uid, at }: Writing, plans: readonly PlanRow[]): Promise<void> {
  const keys = plans.map(({ fingerprint, hash, cost }) => ({ fingerprint, hash, cost }));
  const seen = await client.query(sql.touchPlans, [uid, at, JSON.stringify(keys)]);
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
  await client.query(sql.upsertSightings, [uid, hourOf(at), JSON.stringify(keys)]);
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

async function retain(
  client: pg.PoolClient,
  { now, plans_ms, hours_ms, cycles_ms }: RetentionPolicy,
): Promise<number> {
  let removed = 0;
  const remove = async (statement: string, before: number) => {
    removed += (await client.query(statement, [before])).rowCount ?? 0;
  };
  for (const table of ['plan', 'query', 'finding'] as const)
    await remove(sql.removeBefore(table), Math.floor(now - plans_ms));
  for (const table of ['sighting', 'usage'] as const) {
    removed += await dropBefore(client, table, hourOf(now - hours_ms));
    await remove(sql.removeHoursBefore(table), hourOf(now - hours_ms));
  }
  removed += await dropBefore(client, 'cycle', hourOf(now - cycles_ms));
  await remove(sql.removeCyclesBefore, Math.floor(now - cycles_ms));
  await remove(removeForgotten, Math.floor(now - plans_ms));
  await remove(removeStopsBefore, Math.floor(now - plans_ms));
  await remove(removeStopsBeyond, mostPastStops);
  await client.query(expireProposals, [Math.floor(now)]);
  for (const statement of [...adviceRemovals, ...lookRemovals])
    await remove(statement, Math.floor(now - plans_ms));
  return removed;
}
