import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runAdvice } from '../../src/advisor/run-advice.ts';
import type { MadeAdvice } from '../../src/history/advice.ts';
import { openSqliteHistory } from '../../src/history/sqlite/sqlite-history.ts';
import type { Proposal } from '../../src/model/proposal.ts';
import { createPglitePlanner } from '../../src/planner/pglite/pglite-planner.ts';
import { adviceDepsOf } from '../support/advice-deps.ts';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres, temporaryFolder } from '../support/postgres-server.ts';
import { cyclesOf, makeTarget, prepareServer } from '../support/target.ts';

/**
 * What a run says of the indexes that a real server has already: those that could go, no other,
 * and that each comes back as it was.
 */
const schema = `
CREATE TABLE orders (id int PRIMARY KEY, customer int, total int, note text);
CREATE SCHEMA other;
CREATE TABLE other.log (id int PRIMARY KEY, at int);
INSERT INTO orders SELECT g, g / 10, g % 900, 'n' || g FROM generate_series(1, 20000) g;
INSERT INTO other.log SELECT g, g FROM generate_series(1, 5000) g;
CREATE INDEX customer_alone ON orders (customer);
CREATE INDEX customer_total ON orders (customer, total DESC);
CREATE TABLE addresses (id int PRIMARY KEY, city int, zip int);
INSERT INTO addresses SELECT g, g % 100 / 2, g % 100 FROM generate_series(1, 40000) g;
CREATE INDEX city_zip ON addresses (city, zip);
CREATE TABLE events (id int, who int, at int) PARTITION BY RANGE (at);
CREATE TABLE events_a PARTITION OF events FOR VALUES FROM (0) TO (100) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events_a FOR VALUES FROM (0) TO (50);
CREATE TABLE events_2 PARTITION OF events_a FOR VALUES FROM (50) TO (100);
INSERT INTO events SELECT g, g / 10, g % 100 FROM generate_series(1, 60000) g;
CREATE INDEX log_at ON other.log (at);
CREATE INDEX log_at_again ON other.log (at, id);
ANALYZE;`;

const folder = temporaryFolder('advise-drops');
const history = openSqliteHistory(join(folder, 'history.db'));
const planner = createPglitePlanner({ folder });
const database = 'postgres';
let server: PostgresServer;
let target: ReturnType<typeof makeTarget>;

beforeAll(async () => {
  server = await startPostgres({ version: '18' });
  await server.sql(schema);
  await prepareServer(server);
  await server.sql('GRANT USAGE ON SCHEMA other TO dbintel');
  await leaveInvalid('left_behind', 'orders (note)');
  target = makeTarget({
    port: server.port,
    database,
    spec: { collection: { maxQueriesPerCycle: 50, minExecutionCount: 1 } },
  });
  await server.sql('GRANT SELECT, INSERT ON orders, addresses, events, other.log TO dbintel');
  await server.sql('SELECT pg_stat_statements_reset()');
  const cycles = cyclesOf(target);
  await history.record((await cycles.run()).batch);
  const client = await server.client(database);
  for (let i = 1; i <= 20; i += 1) {
    await client.query('SELECT total FROM orders WHERE customer = $1', [i]);
    await client.query('SELECT id FROM addresses WHERE city = $1 AND zip = $2', [i, 2 * i]);
    await client.query('SELECT id FROM events WHERE who = $1', [i]);
    await client.query('INSERT INTO orders SELECT $1 + g FROM generate_series(1, 50) g', [
      100_000 * i,
    ]);
  }
  await client.end();
  await history.record((await cycles.run()).batch);
});
afterAll(async () => {
  await history.close();
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** A build that is ended while it waits for a transaction. */
async function leaveInvalid(name: string, on: string): Promise<void> {
  const [writer, builder] = await Promise.all([server.client(database), server.client(database)]);
  await writer.query('BEGIN');
  await writer.query('UPDATE orders SET note = note WHERE id = 1');
  const build = builder.query(`CREATE INDEX CONCURRENTLY ${name} ON ${on}`);
  const ended = expect(build).rejects.toThrow('canceling statement');
  const end = () =>
    server.sql(`SELECT pg_cancel_backend(pid) FROM pg_stat_progress_create_index
      WHERE index_relid = to_regclass('${name}') AND lockers_total > 0`);
  await until(async () => (await end()).length > 0, 20_000, 'it waits');
  await ended;
  await writer.query('COMMIT');
  await Promise.all([writer.end(), builder.end()]);
}

const depsOf = () => adviceDepsOf(target, history, { planner: async () => planner });
const run = (schemas: string[]): Promise<MadeAdvice> => {
  const { uid, name, namespace } = target;
  const wish = {
    budgetBytes: 1_073_741_824,
    schemas,
    values: 'none' as const,
    every_ms: 86_400_000,
  };
  return runAdvice({ ...wish, target: { uid, name, namespace }, engine: 'postgres' }, depsOf());
};
const advise = async (schemas: string[]) => (await run(schemas)).run.proposals;
const said = (proposals: readonly Proposal[]) =>
  proposals.map(({ change }) => [
    'name' in change ? change.name : '',
    'because' in change ? change.because.kind : change.kind,
  ]);

it('proposes what could go and what the planner should know, within schemas that are asked for', async () => {
  expect(said(await advise(['public'])).toSorted()).toEqual([
    ['customer_alone', 'redundant'],
    // Of the root, whose partitions have partitions, there is none: see below.
    [expect.stringMatching(/^dbi_events_a_/), 'create-index'],
    [expect.stringMatching(/^dbs_addresses_/), 'create-statistics'],
    ['left_behind', 'invalid'],
  ]);
  expect(said(await advise(['other']))).toEqual([['log_at', 'redundant']]);
  expect(await advise([])).toHaveLength(5);
});
it('says what is freed and saved, and on what that stands', async () => {
  const made = await run(['public']);
  const found = made.run.proposals;
  const redundant = found.find(({ change }) => 'name' in change && change.name.includes('alone'));
  expect(redundant?.reason).toBe('customer_total finds all that it could');
  expect(redundant?.evidence).toMatchObject({ planner: 'catalog', benefitShare: 0 });
  expect(redundant?.evidence.watchedMs).toBeLessThan(3_600_000);
  expect(redundant?.evidence.sizeBytes).toBeLessThan(-100_000);
  expect(redundant?.evidence.writeMsPerDay).toBeLessThan(0);
  await history.recordAdvice(made);
  const kept = await history.proposals({ target: target.uid, limit: 9 });
  expect(said(kept).toSorted()).toEqual(said(found).toSorted());
});
it('tells of a database that does not answer, and ends all the same', async () => {
  const client = await server.client(database);
  await client.query('BEGIN; LOCK TABLE addresses IN ACCESS EXCLUSIVE MODE');
  const { unseen, withheld, statements, proposals } = (await run([])).run;
  await client.query('ROLLBACK');
  await client.end();
  expect(unseen).toContainEqual({ kind: 'plans', database, code: 'lock_timeout' });
  expect(withheld).toEqual([{ code: 'lock_timeout', statements: statements.weighed }]);
  expect(said(proposals)).toContainEqual(['customer_alone', 'redundant']);
});
it('tells of a table that gets none because of its partitions', async () => {
  const { unseen } = (await run([])).run;
  const table = { database, schema: 'public', table: 'events' };
  expect(unseen).toEqual([{ kind: 'table', ...table, reason: 'nested_partitions' }]);
});
it('has a way back that restores each', async () => {
  const list = () =>
    server.sql(
      'SELECT indexname, indexdef FROM pg_indexes ' +
        "WHERE schemaname IN ('public', 'other') ORDER BY 1",
    );
  const before = await list();
  const proposals = (await advise([])).filter(({ change }) => change.kind === 'drop-index');
  for (const { apply } of proposals) for (const step of apply) await server.sql(step);
  expect(await list()).toHaveLength(before.length - proposals.length);
  expect(said(await advise([])).map(([, kind]) => kind)).toEqual([
    'create-index',
    'create-statistics',
  ]);
  for (const { rollback } of proposals) for (const step of rollback) await server.sql(step);
  expect(await list()).toEqual(before);
});
