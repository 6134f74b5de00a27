import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { createPrometheusMetrics } from '../../src/exporters/prometheus/prometheus-metrics.ts';
import { createBufferedHistory } from '../../src/history/buffered-history.ts';
import { migrations } from '../../src/history/postgres/migrations.ts';
import { monthOf } from '../../src/history/postgres/partitions.ts';
import { openPostgresHistory } from '../../src/history/postgres/postgres-history.ts';
import { explained, makeBatch } from '../support/batch.ts';
import { historyContract } from '../support/history-contract.ts';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';

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
const tables = async (url: string, like: string) =>
  (
    await server.sql(
      `SELECT relname FROM pg_class WHERE relname LIKE '${like}' AND relkind = 'r' ORDER BY 1`,
      url.slice(url.lastIndexOf('/') + 1),
    )
  ).map(({ relname }) => relname);

historyContract('postgres', async () => openPostgresHistory(await freshUrl(), silentLogger));

describe('the schema', () => {
  it('is made once by replicas that start together, and a newer one is refused with its reason', async () => {
    const url = await freshUrl();
    const replicas = Array.from({ length: 4 }, () => openPostgresHistory(url, silentLogger));
    expect(
      await Promise.all(
        replicas.map((each, i) =>
          each.record(makeBatch({ at: i + 1, number: i + 1, queries: [explained('f1')] })),
        ),
      ),
    ).toEqual([true, true, true, true]);
    expect(await replicas[0]?.counts('uid')).toEqual({ plans: 1, openFindings: 1 });
    expect((await replicas[1]?.queries({ target: 'uid', since: 0, limit: 1 }))?.[0]?.calls).toBe(8);
    await Promise.all(replicas.map((each) => each.close()));
    await server.sql(
      `UPDATE dbintel.version SET version = ${migrations.length + 1}`,
      url.slice(url.lastIndexOf('/') + 1),
    );
    const older = openPostgresHistory(url, silentLogger);
    await expect(older.counts('uid')).rejects.toThrow('newer version');
    await older.close();
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
  it.each([
    [Date.UTC(2026, 0, 1), '2026_01'],
    [Date.UTC(2026, 11, 31, 23, 59), '2026_12'],
    [Date.UTC(2024, 1, 29), '2024_02'],
    [Date.UTC(1970, 0, 1), '1970_01'],
  ])('knows months as the calendar does: %i', (at, name) => {
    const month = monthOf(Math.floor(at / hour));
    expect(month.name).toBe(name);
    const [year, number] = name.split('_').map(Number) as [number, number];
    expect([month.from, month.to]).toEqual([
      Date.UTC(year, number - 1, 1) / hour,
      Date.UTC(year, number, 1) / hour,
    ]);
  });
});

describe('a history that goes away', () => {
  it('keeps nobody waiting, gets what it missed in order, and loses only what is beyond the limit', async () => {
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
    expect(await history.counts('uid')).toEqual({ plans: 1, openFindings: 1 });
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
    const asked = performance.now();
    expect(await history.counts('uid')).toEqual({ plans: 1, openFindings: 1 });
    expect(await history.recall('uid', ['f1'])).toEqual([]);
    expect(performance.now() - asked).toBeLessThan(100);
    expect(history.waiting).toBe(5);
    expect(await metrics.expose()).toMatch(/dbintel_history_dropped_batches_total 3/);
    await server.restart();
    await until(async () => history.waiting === 0, 15_000, 'all that waited is recorded');
    expect(
      (await inner.cycles({ target: 'uid', since: 0, limit: 20 })).map(({ number }) => number),
    ).toEqual([9, 8, 7, 6, 5, 1]);
    await history.close();
  });
});
