import { afterAll, beforeAll, expect, it } from 'vitest';
import { closuresOf } from '../../src/engines/postgres/closures.ts';
import type { Statement } from '../../src/engines/postgres/connection.ts';
import { createPostgresEngine } from '../../src/engines/postgres/engine.ts';
import { reachOf } from '../../src/engines/postgres/reach.ts';
import { rootsOf } from '../../src/engines/postgres/trust.ts';
import { expectNothingLeft, until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { startProxy } from '../support/proxy.ts';
import { cyclesOf, dueAgain, makeTarget, openSession, prepareServer } from '../support/target.ts';

/** One address, several servers: a reader endpoint before two standbys. */
let primary: PostgresServer;
let standbys: [PostgresServer, PostgresServer];
const replication =
  'host all postgres 127.0.0.1/32 trust\nhost replication postgres 127.0.0.1/32 trust\n' +
  'host all all 127.0.0.1/32 scram-sha-256\n';

beforeAll(async () => {
  primary = await startPostgres({ hba: replication });
  await prepareServer(primary);
  await primary.sql('CREATE TABLE t (id int PRIMARY KEY); GRANT SELECT ON t TO dbintel');
  await primary.sql('REVOKE EXECUTE ON FUNCTION pg_catalog.pg_control_system() FROM PUBLIC');
  await primary.halt();
  standbys = [
    await startPostgres({ standbyOf: primary, hba: replication }),
    await startPostgres({ standbyOf: primary, hba: replication }),
  ];
  await primary.restart();
  await until(
    async () => (await primary.sql('SELECT 1 FROM pg_stat_replication')).length === 2,
    30_000,
    'both stream',
  );
});
afterAll(async () => {
  for (const server of [...standbys, primary]) await server.stop();
});

const work = async (server: PostgresServer) => {
  const client = await server.client();
  for (let i = 0; i < 6; i += 1) await client.query('SELECT id FROM t WHERE id = 3');
  await client.end();
};

it('a worker on another server than the lock: refused, nothing is sent there', async () => {
  let turn = 0;
  const proxy = await startProxy({
    get port() {
      return standbys[turn++ % 2]?.port ?? 0;
    },
  });
  await work(standbys[0]);
  const target = makeTarget({ port: proxy.port });
  const { batch } = await cyclesOf(target).run();
  expect(batch.cycle.outcome).toMatchObject({ kind: 'failed', error: 'several_servers' });
  expect(batch.queries).toEqual([]);
  await proxy.close();
  for (const server of standbys) await expectNothingLeft(server);
});

it('another server than in the last cycle: its counters are not compared with the former’s, and that is said', async () => {
  let current = standbys[0];
  const proxy = await startProxy({
    get port() {
      return current.port;
    },
  });
  const target = makeTarget({ port: proxy.port });
  const cycles = cyclesOf(target);
  const cycle = async () => (await cycles.run()).batch.cycle;
  await work(current);
  expect((await cycle()).window).toMatchObject({ sinceStatisticsBegan: true, began: 'first_look' });
  await work(current);
  expect((await cycle()).window).toMatchObject({ sinceStatisticsBegan: false });
  current = standbys[1];
  await work(current);
  expect((await cycle()).window).toMatchObject({
    sinceStatisticsBegan: true,
    began: 'other_server',
  });
  await work(current);
  expect(await cycle()).toMatchObject({ window: { sinceStatisticsBegan: false } });
  await current.restart();
  await work(current);
  // restarted, the same
  expect(await cycle()).toMatchObject({ window: { sinceStatisticsBegan: false } });
  await proxy.close();
  for (const server of standbys) await expectNothingLeft(server);
});

it.each([
  ['which says what its copies have in common', 'SELECT 1'],
  ['which may not say so', 'REVOKE EXECUTE ON FUNCTION pg_catalog.pg_control_system() FROM PUBLIC'],
])(
  'another server whose numbers mean other tables, %s: nothing of the former is taken for its own',
  async (_, setup) => {
    const made = async (...tables: string[]) => {
      const server = await startPostgres({ version: '14' });
      await prepareServer(server);
      for (const table of tables)
        await server.sql(
          `CREATE TABLE ${table} (id int, a int); GRANT SELECT ON ${table} TO dbintel`,
        );
      await server.sql(setup);
      return server;
    };
    const servers = [await made('orders', 'users'), await made('users', 'orders')] as const;
    const [before, after] = servers;
    const runs = async (server: PostgresServer, table: string) => {
      const client = await server.client();
      for (let i = 0; i < 6; i += 1)
        await client.query(`SELECT a FROM ${table} WHERE id = $1`, [3]);
      await client.end();
    };
    let current: PostgresServer = before;
    const proxy = await startProxy({
      get port() {
        return current.port;
      },
    });
    const engine = createPostgresEngine();
    const cycles = cyclesOf(makeTarget({ port: proxy.port }), { engine });
    const tables = async () => {
      const { batch } = await cycles.run();
      cycles.state = dueAgain(cycles.state);
      return batch.queries.flatMap(({ result }) =>
        result.kind === 'explained' ? (result.plan.root.relation?.name ?? []) : [],
      );
    };
    await runs(before, 'orders');
    expect(await tables()).toEqual(['orders']);
    current = after;
    await runs(after, 'users');
    expect(await tables()).toEqual(['users']);
    await proxy.close();
    for (const server of servers) await server.stop();
  },
);

it('who the server is needs no right; two ways to one server are one, two servers are two', async () => {
  const idOf = async (port: number, host = '127.0.0.1') => {
    await using session = await openSession(makeTarget({ port, host }));
    return session.server.id;
  };
  const proxy = await startProxy(standbys[0]);
  const [direct, around, other] = [
    await idOf(standbys[0].port),
    await idOf(proxy.port, 'localhost'),
    await idOf(standbys[1].port),
  ];
  expect(around).toBe(direct);
  expect(other).not.toBe(direct);
  expect(direct).toMatch(/^\d{16}$/);
  await proxy.close();
});

it('the locks of thousands of partitions are counted in no time where nearly all are of one table', async () => {
  const server = await startPostgres({ version: '14' });
  await server.sql(
    'CREATE TABLE big (tenant int, a int) PARTITION BY LIST (tenant); CREATE INDEX ON big (a)',
  );
  for (let i = 0; i < 4_000; i += 500)
    await server.sql(
      `DO $$ BEGIN FOR i IN ${i + 1}..${i + 500} LOOP EXECUTE format('CREATE TABLE big_%s ` +
        "PARTITION OF big FOR VALUES IN (%s)', i, i); END LOOP; END $$",
    );
  await server.sql('CREATE TABLE t (id int PRIMARY KEY)');
  await server.sql('ANALYZE');
  await prepareServer(server);
  await work(server);
  const pages = await pagesByViews(server);
  const client = await server.client();
  for (let i = 0; i < 6; i += 1) await client.query('SELECT a FROM big WHERE tenant = 7');
  await client.end();
  const { batch } = await cyclesOf(makeTarget({ port: server.port })).run();
  const results = batch.queries.flatMap(({ text, result }) =>
    text?.includes('FROM t ') || text?.includes('FROM big ') ? [result] : [],
  );
  await server.stop();
  expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
  expect(results.map((each) => (each.kind === 'refused' ? each.code : 'plan')).sort()).toEqual([
    'plan',
    'too_many_relations',
  ]);
  for (const [one, many] of pages) expect(many).toBeLessThan(2 * one);
}, 120_000);

/** What is read of catalogs for a table with partitions, and for views on it as well. */
async function pagesByViews(server: PostgresServer): Promise<[number, number][]> {
  await server.sql(`CREATE TYPE mood AS ENUM ('a');
CREATE TABLE small (tenant int, a int DEFAULT 1, m mood DEFAULT 'a') PARTITION BY LIST (tenant);
CREATE INDEX ON small (a);
DO $$ BEGIN FOR i IN 1..100 LOOP
  EXECUTE format('CREATE TABLE small_%s PARTITION OF small FOR VALUES IN (%s)', i, i);
  IF i <= 20 THEN EXECUTE format('CREATE VIEW on_small_%s AS SELECT * FROM small', i); END IF;
END LOOP; END $$; ANALYZE`);
  const client = await server.client();
  await client.query('SET search_path = pg_catalog');
  const { rows } = await client.query(
    "SELECT oid::text FROM pg_class WHERE relname ~ '^(small|on_small_[0-9]+)$' ORDER BY 1",
  );
  const oids: string[] = rows.map(({ oid }) => oid);
  const none = { functions: [], operators: [], schemas: ['public'] };
  const read = async ({ sql, values = [] }: Statement) => {
    const printed = await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${sql}`, [
      ...values,
    ]);
    const [{ Plan: root }] = printed.rows[0]['QUERY PLAN'];
    return root['Shared Hit Blocks'] + root['Shared Read Blocks'];
  };
  const asked = [
    (of: string[]) => closuresOf(of, none, 1_000),
    (of: string[]) =>
      reachOf(
        rootsOf(
          of.map((oid) => ({ oid })),
          [],
        ),
        [],
      ),
  ];
  const pages: [number, number][] = [];
  for (const ask of asked) pages.push([await read(ask(oids.slice(0, 1))), await read(ask(oids))]);
  await client.end();
  return pages;
}
