import { Socket } from 'node:net';
import pg from 'pg';
import type { Logger } from '../../base/logger.ts';
import { compressJson, expandJson } from '../../base/node/compress.ts';
import { workOf } from '../../base/node/faults.ts';
import { type CycleReport, isExplained, type PlanBatch } from '../../model/batch.ts';
import type { Plan } from '../../model/plan.ts';
import {
  type KnownQuery,
  type PlanHistory,
  type PlanSummary,
  planLimit,
  type QuerySummary,
  type StoredFinding,
} from '../plan-history.ts';
import { migrate } from './migrations.ts';
import { dropBefore, makeMonth, monthOf } from './partitions.ts';
import { batchRows, sql } from './statements.ts';

/**
 * History that all replicas share, in the schema `dbintel` of a PostgreSQL database of its own. One
 * transaction a batch, a handful of statements whatever its size: rows go as one JSON document each
 * kind. Every statement has a limit; whoever must not wait for it wraps it (`buffered-history.ts`).
 */
const hour_ms = 3_600_000;
const poolSize = 4;
const statementTimeout_ms = 10_000;
const connectTimeout_ms = 5_000;

/**
 * What the driver throws while it reads is the failure of this connection, and not of the target
 * whose batch it was made for.
 */
function guardedSocket(): Socket {
  const socket = new Socket();
  const connect = socket.connect.bind(socket) as (...at: unknown[]) => Socket;
  const fault = () =>
    void socket.destroy(new Error('the answer of the history’s server makes no sense'));
  // Whatever comes on a connection, through TLS too, comes in the context in which it was begun.
  socket.connect = (...at: unknown[]) => workOf({ target: 'history', fault }, () => connect(...at));
  return socket;
}

export function openPostgresHistory(url: string, logger: Logger): PlanHistory {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    application_name: 'dbintel-history',
    connectionTimeoutMillis: connectTimeout_ms,
    statement_timeout: statementTimeout_ms,
    query_timeout: statementTimeout_ms + 2_000,
    keepAlive: true,
    stream: guardedSocket,
  });
  pool.on('error', (error) => logger.warn({ error }, 'a connection to the history was lost'));
  let migrated: Promise<void> | undefined;
  const months = new Set<string>();

  async function connect(): Promise<pg.PoolClient> {
    const client = await pool.connect();
    try {
      migrated ??= migrate(client);
      await migrated;
      return client;
    } catch (error) {
      migrated = undefined;
      client.release(true);
      throw error;
    }
  }

  async function transaction<T>(
    work: (client: pg.PoolClient) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const client = await connect();
    let broken = true;
    try {
      await client.query('BEGIN');
      const done = await work(client);
      await client.query(done === undefined ? 'ROLLBACK' : 'COMMIT');
      broken = false;
      return done;
    } finally {
      client.release(broken); // what failed may be in any state
    }
  }

  async function rows(text: string, values: unknown[]): Promise<pg.QueryResultRow[]> {
    const client = await connect();
    let broken = true;
    try {
      const result = await client.query(text, values);
      broken = false;
      return result.rows;
    } finally {
      client.release(broken);
    }
  }

  async function record(batch: PlanBatch): Promise<boolean> {
    const { uid, namespace, name, engine, epoch } = batch.target;
    const at = batch.cycle.startedAt;
    const month = monthOf(Math.floor(at / hour_ms));
    const made = await transaction(async (client) => {
      const owner = await client.query(sql.upsertTarget, [uid, namespace, name, engine, epoch]);
      if (owner.rowCount === 0) return undefined;
      if (!months.has(month.name)) await makeMonth(client, month);
      const { queries, plans, findings, explained } = batchRows(batch);
      if (queries.length) await client.query(sql.upsertQueries, [uid, at, JSON.stringify(queries)]);
      if (queries.length)
        await client.query(sql.upsertUsage, [
          uid,
          Math.floor(at / hour_ms),
          JSON.stringify(queries),
        ]);
      if (plans.length) {
        const known = await client.query(sql.touchPlans, [uid, at, JSON.stringify(plans)]);
        const fresh = new Set(known.rows.map(({ fingerprint, hash }) => `${fingerprint} ${hash}`));
        for (const query of batch.queries.filter(isExplained))
          await insertPlan(client, uid, query.fingerprint.value, query.result.plan, at, fresh);
        await client.query(sql.upsertSightings, [
          uid,
          Math.floor(at / hour_ms),
          JSON.stringify(plans),
        ]);
      }
      if (findings.length)
        await client.query(sql.upsertFindings, [uid, at, JSON.stringify(findings)]);
      if (explained.length)
        await client.query(sql.resolveFindings, [
          uid,
          at,
          JSON.stringify(explained),
          JSON.stringify(findings),
        ]);
      await client.query(sql.upsertCycle, [
        uid,
        Math.floor(at / hour_ms),
        at,
        batch.cycle.number,
        JSON.stringify(batch.cycle),
      ]);
      return true;
    });
    if (made) months.add(month.name);
    return made === true;
  }

  async function insertPlan(
    client: pg.PoolClient,
    uid: string,
    fingerprint: string,
    plan: Plan,
    at: number,
    known: Set<string>,
  ): Promise<void> {
    const key = `${fingerprint} ${plan.hash.shape}`;
    if (known.has(key)) return;
    known.add(key);
    const { hash, totals, parameters, dominantOp } = plan;
    await client.query(sql.insertPlan, [
      uid,
      fingerprint,
      hash.shape,
      at,
      totals.estCost,
      parameters,
      dominantOp,
      Buffer.from(compressJson(plan)),
    ]);
  }

  return {
    record,
    async plan({ target, fingerprint, hash }) {
      const [row] = await rows(
        'SELECT * FROM dbintel.plan WHERE target = $1 AND fingerprint = $2 AND hash = $3',
        [target, fingerprint, hash],
      );
      return row && { ...toPlanSummary(row), plan: toPlan(row) };
    },
    plans: async ({ target, fingerprint, limit }) =>
      (await rows(sql.plans, [target, fingerprint ?? null, limit])).map(toPlanSummary),
    queries: async ({ target, since, limit }) =>
      (await rows(sql.queries, [target, Math.floor(since / hour_ms), limit])).map(toQuerySummary),
    recall: async (target, fingerprints) =>
      (await rows(sql.recall, [target, fingerprints])).map(toKnownQuery),
    async previousPlan({ target, fingerprint, hash, parameters }) {
      const [row] = await rows(sql.previousPlan, [target, fingerprint, hash, parameters]);
      return row && toPlan(row);
    },
    findings: async ({ target, includeResolved = false, limit }) =>
      (
        await rows(
          sql.findings(target !== undefined, includeResolved),
          target === undefined ? [limit] : [limit, target],
        )
      ).map(toFinding),
    observations: async ({ target, since, limit }) =>
      (
        await rows(
          'SELECT report FROM dbintel.cycle WHERE target = $1 AND at >= $2 ORDER BY at DESC, number DESC LIMIT $3',
          [target, since, limit],
        )
      ).map(({ report }) => report as CycleReport),
    async counts(target) {
      const [row] = await rows(sql.counts, [target]);
      return { plans: Number(row?.['plans']), openFindings: Number(row?.['findings']) };
    },
    async retain({ now, plans_ms, hours_ms, cycles_ms }) {
      const removed = await transaction(async (client) => {
        let count = 0;
        for (const table of ['plan', 'query', 'finding'])
          count +=
            (
              await client.query(`DELETE FROM dbintel.${table} WHERE last_seen < $1`, [
                now - plans_ms,
              ])
            ).rowCount ?? 0;
        for (const [table, keep_ms] of [
          ['sighting', hours_ms],
          ['usage', hours_ms],
          ['cycle', cycles_ms],
        ] as const) {
          const before = Math.floor((now - keep_ms) / hour_ms);
          count += await dropBefore(client, table, before);
          count +=
            (await client.query(`DELETE FROM dbintel.${table} WHERE hour < $1`, [before]))
              .rowCount ?? 0;
        }
        return count;
      });
      months.clear(); // a month that was dropped is made again if something of it comes
      return removed ?? 0;
    },
    close: () => pool.end(),
  };
}

const toPlanSummary = (row: pg.QueryResultRow): PlanSummary => ({
  target: row['target'] as string,
  fingerprint: row['fingerprint'] as string,
  hash: row['hash'] as string,
  firstSeen: Number(row['first_seen']),
  lastSeen: Number(row['last_seen']),
  cost: row['cost'] as number,
  parameters: row['parameters'] as PlanSummary['parameters'],
  dominantOp: row['dominant_op'] as string,
});

const latestOf = (row: pg.QueryResultRow) => ({
  ...(row['text'] === null ? {} : { text: row['text'] as string }),
  ...(row['latest_hash'] === null ? {} : { latestHash: row['latest_hash'] as string }),
  ...(row['latest_cost'] === null ? {} : { latestCost: row['latest_cost'] as number }),
  ...(row['latest_code'] === null ? {} : { latestCode: row['latest_code'] as string }),
});

const toQuerySummary = (row: pg.QueryResultRow): QuerySummary => ({
  target: row['target'] as string,
  fingerprint: row['fingerprint'] as string,
  nativeId: row['native_id'] as string,
  database: row['database'] as string,
  firstSeen: Number(row['first_seen']),
  lastSeen: Number(row['last_seen']),
  calls: Number(row['calls']),
  totalMs: Number(row['total_ms']),
  ...latestOf(row),
  findings: row['findings'] as string[],
});

const toPlan = (row: pg.QueryResultRow) => expandJson(row['body'] as Uint8Array, planLimit) as Plan;

const toKnownQuery = (row: pg.QueryResultRow): KnownQuery => ({
  fingerprint: row['fingerprint'] as string,
  ...latestOf(row),
  findings: row['findings'] as KnownQuery['findings'],
});

const toFinding = (row: pg.QueryResultRow): StoredFinding => ({
  target: row['target'] as string,
  namespace: row['namespace'] as string,
  name: row['name'] as string,
  fingerprint: row['fingerprint'] as string,
  hash: row['hash'] as string,
  rule: row['rule'] as string,
  severity: row['severity'] as StoredFinding['severity'],
  message: row['message'] as string,
  fix: row['fix'] as string,
  nodes: row['nodes'] as number[],
  timeShare: row['time_share'] as number,
  firstSeen: Number(row['first_seen']),
  lastSeen: Number(row['last_seen']),
  ...(row['resolved_at'] === null ? {} : { resolvedAt: Number(row['resolved_at']) }),
});
