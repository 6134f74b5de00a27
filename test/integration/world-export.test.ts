import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/base/node/clock.ts';
import type { WorldExport, WorldWanted } from '../../src/model/world.ts';
import { createPglitePlanner } from '../../src/planner/pglite/pglite-planner.ts';
import { type PostgresServer, startPostgres, temporaryFolder } from '../support/postgres-server.ts';
import { makeTarget, openSession, prepareServer } from '../support/target.ts';

/**
 * What may leave production for a planner: planted values stand in rows and in every statistic that
 * holds any, and are looked for in all that comes out.
 */
const planted = 'Geheimwert';
const numbers = ['424242', '4242.42', '1942-04-24'];
const schema = `
CREATE TABLE person (id int PRIMARY KEY, name text, born date, paid numeric, tags text[],
  notes jsonb, words tsvector, code int, span int4range);
INSERT INTO person SELECT g, '${planted} ' || g % 7, date '1942-04-24', 4242.42,
  ARRAY['${planted}' || g % 3], jsonb_build_object('${planted}', g % 5),
  to_tsvector('simple', '${planted}' || g % 9), 424242, int4range(424242, 424242 + g)
FROM generate_series(1, 2000) g;
CREATE INDEX person_name ON person (lower(name));
CREATE STATISTICS person_both (ndistinct, dependencies, mcv) ON name, code FROM person;
CREATE TABLE day (at date, took interval) PARTITION BY RANGE (at);
CREATE TABLE day_one PARTITION OF day FOR VALUES FROM ('2024-02-01') TO ('2024-02-03');
INSERT INTO day SELECT '2024-02-01', g * interval '-1 day -2 hours' FROM generate_series(1, 9) g;
CREATE INDEX day_later ON day_one (took) WHERE at > '2024-02-01';
CREATE TABLE open_order (id int, state text);
CREATE INDEX open_order_state ON open_order (id) WHERE state = 'offen';
CREATE TABLE hidden (id int, name text);
INSERT INTO hidden SELECT g, '${planted}' FROM generate_series(1, 100) g;
CREATE TABLE guarded (id int, name text);
INSERT INTO guarded SELECT g, '${planted}' FROM generate_series(1, 100) g;
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON guarded USING (id > 50);
CREATE TABLE columns (id int, seen text, unseen text);
INSERT INTO columns SELECT g, 'a', '${planted}' FROM generate_series(1, 100) g;
CREATE ROLE app LOGIN; ALTER ROLE app SET work_mem = '64kB'; ALTER ROLE app SET search_path = other;
ANALYZE;`;
const relations = ['person', 'open_order', 'hidden', 'guarded', 'columns', 'nothing'].map(
  (name) => ({ schema: 'public', name }),
);

let server: PostgresServer;
const folder = temporaryFolder('canary');
beforeAll(async () => {
  server = await startPostgres({ version: '18' });
  await server.sql(schema);
  await prepareServer(server);
  await server.sql('REVOKE ALL ON hidden, columns FROM dbintel');
  await server.sql('GRANT SELECT (id, seen) ON columns TO dbintel');
});
afterAll(() => server.stop());

async function exported(over: Partial<WorldWanted> = {}): Promise<WorldExport> {
  await using session = await openSession(makeTarget({ port: server.port }));
  const wanted = { database: 'postgres', relations, roles: ['app'], values: 'none' as const };
  return (await session.exportWorld?.({ ...wanted, ...over })) ?? expect.fail('no export');
}
const expectNone = (text: string) => {
  for (const value of [planted, ...numbers]) expect(text).not.toContain(value);
};

it('has no value of a column, but what definitions say', async () => {
  const world = await exported();
  const { takenAt: _, ...rest } = world;
  expectNone(JSON.stringify(rest));
  expect(world.has).toBe('no-values');
  expect(world.indexes.find(({ name }) => name === 'open_order_state')?.definition).toContain(
    'offen',
  );
  expect(world.roles).toEqual({ app: { searchPath: ['other'], settings: { work_mem: '64kB' } } });
});

it('has dates that mean the same elsewhere, however the database prints them', async () => {
  const days = { relations: [{ schema: 'public', name: 'day' }], values: 'statistics' as const };
  const { takenAt: _, settings: __, ...plain } = await exported(days);
  await server.sql(
    "ALTER DATABASE postgres SET DateStyle = 'SQL, DMY'; " +
      'ALTER DATABASE postgres SET IntervalStyle = sql_standard',
  );
  const { takenAt: ___, settings, ...printed } = await exported(days);
  await server.sql('ALTER DATABASE postgres RESET ALL');
  expect(settings['DateStyle']).toBe('SQL, DMY');
  expect(printed).toEqual(plain);
  expect(JSON.stringify(plain)).toContain("FROM ('2024-02-01')");
});

it('says what it could not have', async () => {
  const { withheld } = await exported();
  expect(withheld).toEqual(
    expect.arrayContaining([
      { object: 'public.nothing', reason: 'not_found' },
      { object: 'public.hidden', reason: 'statistics_missing', count: 2 },
      { object: 'public.columns', reason: 'statistics_missing', count: 1 },
      { object: 'public.guarded', reason: 'row_security' },
      { object: 'public.guarded', reason: 'statistics_missing', count: 2 },
      { object: 'public.person_both', reason: 'statistics_missing' },
    ]),
  );
});

it('keeps those that were asked for in memory: no plan, error or file has one', async () => {
  const world = await exported({ values: 'statistics' });
  expect(world.has).toBe('values');
  expect(JSON.stringify(world)).toContain(planted);
  const planner = createPglitePlanner({ folder });
  const { signal } = new AbortController();
  await using open = await planner.open(world, { signal, clock: systemClock });
  const limit_ms = 20_000;
  for (const where of ['name = $1', 'code = $1', 'paid > $1', 'tags @> $1', 'born < $1']) {
    const text = `SELECT id FROM person WHERE ${where}`;
    expectNone(JSON.stringify(await open.plan({ text, database: 'postgres' }, limit_ms)));
  }
  for (const text of [
    `SELECT id FROM person WHERE code = '${planted}'`,
    `SELECT id FROM person WHERE ${planted} = 1`,
    `SELECT ${planted}(id) FROM person`,
  ]) {
    const error = await open.plan({ text, database: 'postgres' }, limit_ms).then(
      () => expect.fail('a plan'),
      (thrown: Error) => thrown,
    );
    expectNone(`${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`);
  }
  for (const file of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, file));
    expect(bytes.includes(planted)).toBe(false);
    expect(bytes.includes('person_name')).toBe(false);
  }
});

it('has no way into a database that lets nobody in', async () => {
  await server.sql('CREATE DATABASE closed');
  await server.sql('REVOKE CONNECT ON DATABASE closed FROM PUBLIC');
  await expect(exported({ database: 'closed' })).rejects.toMatchObject({
    code: 'insufficient_privilege',
  });
});

it('counts what it took, writes nothing, and holds no lock that a change waits for', async () => {
  await using session = await openSession(makeTarget({ port: server.port }));
  const before = session.databaseMs;
  const blocker = await server.client();
  await blocker.query('BEGIN; LOCK TABLE person IN ACCESS EXCLUSIVE MODE');
  const wanted = { database: 'postgres', relations, roles: [], values: 'none' as const };
  const began = performance.now();
  await expect(session.exportWorld?.(wanted)).rejects.toMatchObject({ code: 'lock_timeout' });
  expect(performance.now() - began).toBeLessThan(5_000);
  await blocker.query('ROLLBACK');
  await blocker.end();
  await session.exportWorld?.(wanted);
  expect(session.databaseMs).toBeGreaterThan(before);
  const [left] = await server.sql(
    'SELECT count(*)::int AS locks FROM pg_locks l JOIN pg_stat_activity a USING (pid) ' +
      "WHERE usename = 'dbintel' AND locktype = 'relation'",
  );
  expect(left).toEqual({ locks: 0 });
});

it('takes extended statistics from columns that it is granted, and no value with them', async () => {
  const columns = 'stxoid, stxdinherit, stxdndistinct, stxddependencies';
  const ours = 'ON pg_catalog.pg_statistic_ext_data';
  const found = async () =>
    (await exported()).extended.find(({ name }) => name === 'person_both')?.distinct?.own;
  expect(await found()).toBeUndefined();
  await server.sql(`GRANT SELECT (${columns}) ${ours} TO dbintel`);
  const granted = await found();
  await server.sql(`REVOKE SELECT (${columns}) ${ours} FROM dbintel`);
  await server.sql('GRANT postgres TO dbintel');
  expect(granted).toBe(await found());
  expect(granted).toMatch(/^[0-9a-f]+$/);
  await server.sql('REVOKE postgres FROM dbintel');
});

it('takes them so from PostgreSQL 14, too', async () => {
  const old = await startPostgres({ version: '14' });
  await old.sql(
    'CREATE TABLE both_ (a int, b int); INSERT INTO both_ SELECT g % 9, g % 9 FROM ' +
      'generate_series(1, 900) g; CREATE STATISTICS two ON a, b FROM both_; ANALYZE both_',
  );
  await prepareServer(old);
  await old.sql(
    'GRANT SELECT (stxoid, stxdndistinct, stxddependencies) ' +
      'ON pg_catalog.pg_statistic_ext_data TO dbintel',
  );
  await using session = await openSession(makeTarget({ port: old.port }));
  const world = await session.exportWorld?.({
    database: 'postgres',
    relations: [{ schema: 'public', name: 'both_' }],
    roles: [],
    values: 'none',
  });
  await session.close();
  await old.stop();
  expect(world?.extended[0]?.distinct?.own).toMatch(/^[0-9a-f]+$/);
});

it('takes extended statistics from the owner’s role, and they count', async () => {
  await server.sql('GRANT postgres TO dbintel');
  const world = await exported();
  const both = world.extended.find(({ name }) => name === 'person_both');
  expect(both?.distinct?.own).toMatch(/^[0-9a-f]+$/);
  expect(both?.dependencies?.own).toMatch(/^[0-9a-f]+$/);
  const planner = createPglitePlanner({ folder });
  const { signal } = new AbortController();
  await using open = await planner.open(world, { signal, clock: systemClock });
  const text = 'SELECT name, code FROM person GROUP BY name, code';
  const { root } = await open.plan({ text, database: 'postgres' }, 20_000);
  expect(root.est.rows).toBe(7);
  await server.sql('REVOKE postgres FROM dbintel');
});
