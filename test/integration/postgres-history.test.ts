import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { createPrometheusMetrics } from '../../src/exporters/prometheus/prometheus-metrics.ts';
import { historyBackendNames } from '../../src/history/backends.ts';
import { writeBody } from '../../src/history/bodies.ts';
import { createBufferedHistory } from '../../src/history/buffered-history.ts';
import { openDatabase } from '../../src/history/postgres/database.ts';
import { migrations, schemaLock } from '../../src/history/postgres/migrations.ts';
import { openPostgresHistory } from '../../src/history/postgres/postgres-history.ts';
import type { BatchQuery } from '../../src/model/batch.ts';
import { adviceContract } from '../support/advice-contract.ts';
import { contextOf, explained, makeBatch } from '../support/batch.ts';
import { historyFixtures } from '../support/history-backends.ts';
import { historyContract } from '../support/history-contract.ts';
import { historyMigrations } from '../support/history-migrations.ts';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { stopContract } from '../support/stop-contract.ts';
import { verdictContract } from '../support/verdict-contract.ts';

/**
 * History in PostgreSQL: what every history promises, and what only a shared one must: replicas at
 * once, months, and being away.
 */
let server: PostgresServer;
let count = 0;
const hour = 3_600_000;
const day = 24 * hour;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

async function freshUrl(): Promise<string> {
  count += 1;
  await server.sql(`CREATE DATABASE history_${count}`);
  return `postgres://postgres@127.0.0.1:${server.port}/history_${count}`;
}
const planOf = ({ result }: BatchQuery) => {
  if (result.kind !== 'explained') throw new Error('it has no plan');
  return { plan: result.plan };
};
const tables = async (url: string, like: string) =>
  (
    await server.sql(
      `SELECT relname FROM pg_class WHERE relname LIKE '${like}' AND relkind = 'r' ORDER BY 1`,
      url.slice(url.lastIndexOf('/') + 1),
    )
  ).map(({ relname }) => relname);

for (const name of historyBackendNames.filter((each) => historyFixtures[each].real)) {
  historyContract(name);
  verdictContract(name);
  stopContract(name);
  adviceContract(name);
  historyMigrations(name);
}

describe('the schema', () => {
  it('is made once by replicas that start together', async () => {
    const url = await freshUrl();
    const replicas = Array.from({ length: 4 }, () => openPostgresHistory(url, silentLogger));
    expect(
      await Promise.all(
        replicas.map((each, i) =>
          each.record(makeBatch({ at: i + 1, number: i + 1, queries: [explained('f1')] })),
        ),
      ),
    ).toEqual([true, true, true, true]);
    expect(await replicas[0]?.counts('uid')).toMatchObject({ plans: 1, openFindings: 1 });
    expect((await replicas[1]?.queries({ target: 'uid', since: 0, limit: 1 }))?.[0]?.calls).toBe(8);
    await Promise.all(replicas.map((each) => each.close()));
  });
  it('has a partition a month, made when it is needed and dropped when it is too old', async () => {
    const url = await freshUrl();
    const history = openPostgresHistory(url, silentLogger);
    const now = Date.UTC(2026, 10, 25);
    for (const [i, at] of [now - 70 * day, now - 35 * day, now].entries())
      await history.record(
        makeBatch({ at, number: i, queries: [explained(`f${i}`, { table: `t${i}` })] }),
      );
    expect(await tables(url, 'usage_%')).toEqual([
      'usage_2026_09',
      'usage_2026_10',
      'usage_2026_11',
    ]);
    await history.retain({ now, plans_ms: 90 * day, hours_ms: 30 * day, cycles_ms: 7 * day });
    expect(await tables(url, 'usage_%')).toEqual(['usage_2026_10', 'usage_2026_11']);
    expect(await tables(url, 'cycle_%')).toEqual(['cycle_2026_11']);
    expect((await history.plans({ target: 'uid', limit: 10 })).length).toBe(3);
    expect(
      await history.record(
        makeBatch({ at: now - 70 * day, number: 9, queries: [explained('late')] }),
      ),
    ).toBe(true);
    await history.close();
  });
  it('what is too old goes by pieces: who writes does not wait, and what went is gone', async () => {
    const url = await freshUrl();
    const database = url.slice(url.lastIndexOf('/') + 1);
    const history = openPostgresHistory(url, silentLogger);
    const now = Date.UTC(2026, 10, 25);
    const before = [now - 70 * day, now - 20 * day];
    for (const [i, at] of before.entries())
      await history.record(makeBatch({ at, number: i, queries: [explained(`f${i}`)] }));
    await server.sql(
      `CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN PERFORM pg_sleep(3); RAISE 'no longer'; END $$;
       CREATE TRIGGER slow BEFORE DELETE ON dbintel.usage_2026_11
         FOR EACH ROW EXECUTE FUNCTION slow()`,
      database,
    );
    const policy = { now, plans_ms: 90 * day, hours_ms: 7 * day, cycles_ms: 7 * day };
    const retained = history.retain(policy).catch((error: Error) => error.message);
    const waits = 'SELECT FROM pg_stat_activity WHERE query LIKE $$DELETE FROM dbintel.usage %$$';
    await until(async () => (await server.sql(waits)).length > 0, 20_000, 'it takes long');
    const began = performance.now();
    expect(await history.record(makeBatch({ at: now, number: 9 }))).toBe(true);
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(await retained).toMatch(/no longer/);
    expect(await tables(url, 'usage_%')).toEqual(['usage_2026_11']);
    await server.sql('DROP TRIGGER slow ON dbintel.usage_2026_11', database);
    expect((await history.retain(policy)).removed).toBeGreaterThan(0);
    const left = await server.sql('SELECT fingerprint FROM dbintel.usage', database);
    expect(left).toEqual([]);
    await history.close();
  });
  it('drops a month once, though two replicas are at it', async () => {
    const url = await freshUrl();
    const replicas = [1, 2].map(() => openPostgresHistory(url, silentLogger));
    const now = Date.UTC(2026, 10, 25);
    await replicas[0]?.record(makeBatch({ at: now - 70 * day, queries: [explained('f1')] }));
    const holder = await server.client(url.slice(url.lastIndexOf('/') + 1));
    await holder.query('BEGIN; LOCK TABLE dbintel.sighting_2026_09 IN ACCESS SHARE MODE');
    const policy = { now, plans_ms: 90 * day, hours_ms: 30 * day, cycles_ms: 7 * day };
    // Whose turn it is not tells what the history takes, and touches nothing of it.
    const told = await replicas[0]?.retain({ ...policy, isOthers: true });
    expect(told).toEqual({ removed: 0, bySize: 0, bytes: expect.any(Number) });
    const retained = Promise.all(replicas.map((each) => each.retain(policy)));
    const waits = "SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted";
    await until(async () => (await server.sql(waits)).length === 2, 20_000, 'both wait');
    await holder.query('COMMIT');
    await holder.end();
    await retained;
    expect(await tables(url, 'sighting_%')).toEqual([]);
    await Promise.all(replicas.map((each) => each.close()));
  });
  it('a month begins while a backup reads, which keeps nobody waiting', async () => {
    const url = await freshUrl();
    const database = url.slice(url.lastIndexOf('/') + 1);
    const history = openPostgresHistory(url, silentLogger);
    const now = Date.UTC(2026, 10, 30, 23, 59);
    await history.record(makeBatch({ at: now, queries: [explained('f1')] }));
    const backup = await server.client(database);
    await backup.query('BEGIN; SELECT FROM dbintel.sighting, dbintel.usage, dbintel.cycle');
    const began = performance.now();
    const next = makeBatch({ at: now + hour, number: 2, queries: [explained('f1')] });
    const [recorded, seen] = await Promise.all([
      history.record(next),
      history.queries({ target: 'uid', since: 0, limit: 9 }),
    ]);
    expect([recorded, seen.length]).toEqual([true, 1]);
    expect(performance.now() - began).toBeLessThan(2_000);
    await backup.query('COMMIT');
    await backup.end();
    expect(await tables(url, 'cycle_%')).toEqual(['cycle_2026_11', 'cycle_2026_12']);
    expect((await history.queries({ target: 'uid', since: 0, limit: 9 }))[0]?.calls).toBe(4);
    await history.close();
  });
  it('is made again where somebody dropped it, or a month of it', async () => {
    const url = await freshUrl();
    const database = url.slice(url.lastIndexOf('/') + 1);
    const history = openPostgresHistory(url, silentLogger);
    const record = (number: number) => history.record(makeBatch({ at: number, number }));
    const comes = (number: number) => () => record(number).catch(() => false);
    expect(await record(1)).toBe(true);
    await server.sql('DROP TABLE dbintel.cycle_1970_01', database);
    await until(comes(2), 20_000, 'the month is there again');
    await server.sql('DROP SCHEMA dbintel CASCADE', database);
    await until(comes(3), 20_000, 'the schema is there again');
    await history.close();
  });
  it('of the release before is brought forward by one of two replicas that start', async () => {
    const url = await freshUrl();
    const released = new URL('../golden/history-v1.postgres.sql', import.meta.url);
    const database = url.slice(url.lastIndexOf('/') + 1);
    await server.sql(readFileSync(released, 'utf8'), database);
    const holder = await server.client(database);
    await holder.query('BEGIN');
    await holder.query('SELECT pg_advisory_xact_lock($1)', [schemaLock]);
    const replicas = [1, 2].map(() => openPostgresHistory(url, silentLogger));
    const counts = Promise.all(replicas.map((each) => each.counts('uid')));
    const waiting = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    await until(async () => (await server.sql(waiting)).length === 2, 20_000, 'both wait');
    await holder.query('COMMIT');
    await holder.end();
    expect(await counts).toMatchObject([1, 2].map(() => ({ plans: 3, openFindings: 2 })));
    expect(await server.sql('SELECT version FROM dbintel.version', database)).toEqual([
      { version: migrations.length },
    ]);
    await Promise.all(replicas.map((each) => each.close()));
  });
  it('is written by the release before, too, until that replica is replaced', async () => {
    const url = await freshUrl();
    const history = openPostgresHistory(url, silentLogger);
    await history.record(
      makeBatch({ at: 1, queries: [explained('f1', { context: contextOf('a') })] }),
    );
    const body = `'\\x${Buffer.from(writeBody(planOf(explained('f2')))).toString('hex')}'`;
    await server.sql(
      `INSERT INTO dbintel.query (target, fingerprint, native_id, database, text, first_seen,
         last_seen, latest_hash, latest_cost, latest_code)
       VALUES ('uid', 'f2', '-2', 'shop', NULL, 2, 2, 'h', 1, NULL);
       INSERT INTO dbintel.usage (target, fingerprint, hour, calls, total_ms, rows, temp_blocks)
       VALUES ('uid', 'f2', 0, 1, 90, 1, 0);
       INSERT INTO dbintel.plan (target, fingerprint, hash, first_seen, last_seen, cost, parameters,
         dominant_op, body)
       VALUES ('uid', 'f2', 'h', 2, 2, 1, 'generic', 'SeqScan', ${body})`,
      url.slice(url.lastIndexOf('/') + 1),
    );
    const { signal } = new AbortController();
    const workload = await Array.fromAsync(history.workload({ target: 'uid', since: 0, signal }));
    expect(
      workload.map(({ fingerprint, user, facts }) => [fingerprint, user, facts?.length]),
    ).toEqual([
      ['f2', undefined, undefined],
      ['f1', 'app', 1],
    ]);
    await history.close();
  });
});

describe('a history that goes away', () => {
  it('ends a connection between two statements: what it was used for fails, and nothing else', async () => {
    const db = openDatabase(await freshUrl(), silentLogger);
    const used = db.transaction(async (client) => {
      const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
      const ended = new Promise((resolve) => client.once('end', resolve));
      await server.sql(`SELECT pg_terminate_backend(${rows[0]['pid']})`);
      await ended;
      return (await client.query('SELECT 1')).rows;
    });
    await expect(used).rejects.toThrow();
    expect(await db.rows('SELECT 1 AS n', [])).toEqual([{ n: 1 }]);
    await db.close();
  });
  it('keeps nobody waiting, gets what it missed, loses only what is beyond the limit', async () => {
    const url = await freshUrl();
    const metrics = createPrometheusMetrics();
    const inner = openPostgresHistory(url, silentLogger);
    const history = createBufferedHistory(inner, {
      clock: systemClock,
      logger: silentLogger,
      metrics,
      limit: 5,
    });
    await history.record(makeBatch({ at: 1, number: 1, queries: [explained('f1')] }));
    expect(await history.counts('uid')).toMatchObject({ plans: 1, openFindings: 1 });
    await server.halt();
    const began = performance.now();
    for (let i = 2; i <= 9; i += 1)
      expect(
        await history.record(
          makeBatch({ at: i, number: i, queries: [explained(`f${i}`, { table: `t${i}` })] }),
        ),
      ).toBe(true);
    // the first finds out, the others do not wait
    expect(performance.now() - began).toBeLessThan(7_000);
    // A server that is away would be waited for, five seconds each.
    const asked = performance.now();
    expect(await history.counts('uid')).toMatchObject({ plans: 1, openFindings: 1 });
    expect(await history.recall('uid', ['f1'])).toEqual([]);
    expect(performance.now() - asked).toBeLessThan(1_000);
    expect(history.waiting).toBe(5);
    expect(history.away_ms).toBeGreaterThan(0);
    expect(await metrics.expose()).toMatch(/dbintel_history_dropped_batches_total 3/);
    await server.restart();
    await until(async () => history.waiting === 0, 60_000, 'all that waited is recorded');
    expect(history.away_ms).toBeUndefined();
    expect(
      (await inner.cycles({ target: 'uid', since: 0, limit: 20 })).map(({ number }) => number),
    ).toEqual([9, 8, 7, 6, 5, 1]);
    await history.close();
  });
});
