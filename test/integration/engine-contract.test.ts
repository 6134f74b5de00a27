import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPostgresJson } from '../../src/dialects/postgres/plan-json.ts';
import type { Prepared, ReadyStatement, Session } from '../../src/engines/engine.ts';
import { createPostgresEngine } from '../../src/engines/postgres/engine.ts';
import { expectNothingLeft, until } from '../support/leaks.ts';
import {
  type PostgresServer,
  postgresVersions,
  startPostgres,
} from '../support/postgres-server.ts';
import { limits, makeTarget, openSession, prepareServer } from '../support/target.ts';

/** What every engine promises, on every version that is supported. */
const schema = `
CREATE TABLE orders (id bigint PRIMARY KEY, n int NOT NULL, email text NOT NULL, total numeric NOT
  NULL, at timestamptz NOT NULL);
INSERT INTO orders SELECT g, g % 100, 'c' || g || '@x.org', g, now() - g * interval '1 minute'
  FROM generate_series(1, 20000) g;
CREATE INDEX orders_n ON orders (n);
CREATE TABLE customers (id bigint PRIMARY KEY, name text);
INSERT INTO customers SELECT g, 'n' || g FROM generate_series(1, 1000) g;
ANALYZE;
`;

/** Texts as applications send them, with the access path that their real values get. */
const statements: { sql: string; values?: unknown[]; root?: string }[] = [
  { sql: 'SELECT * FROM orders WHERE id = 5', root: 'IndexScan' },
  { sql: 'SELECT * FROM orders WHERE id = 5.0', root: 'SeqScan' },
  { sql: 'SELECT total FROM orders WHERE id = $1', values: [7], root: 'IndexScan' },
  { sql: 'SELECT total FROM orders WHERE id = $1 LIMIT 3', values: [7], root: 'Limit' },
  {
    sql: "SELECT id FROM orders WHERE at > now() - interval '1 hour' ORDER BY at LIMIT 10",
    root: 'Limit',
  },
  { sql: 'SELECT id FROM orders WHERE id IN (1, 2, 3)', root: 'IndexOnlyScan' },
  { sql: "SELECT id FROM orders WHERE lower(email) = 'c1@x.org'", root: 'SeqScan' },
  { sql: 'SELECT extract(hour FROM at), count(*) FROM orders GROUP BY 1', root: 'Aggregate' },
  { sql: "SELECT id FROM orders WHERE at > '2020-01-01'::date + 3", root: 'SeqScan' },
  { sql: 'SELECT * FROM generate_series(1, 10) g', root: 'FunctionScan' },
  { sql: 'SELECT c.name, o.total FROM orders o JOIN customers c ON c.id = o.n WHERE o.id = 9' },
  {
    sql: 'WITH recent AS (SELECT * FROM orders WHERE n = 4) SELECT count(*) FROM recent',
    root: 'Aggregate',
  },
  { sql: 'VALUES (1, 2), (3, 4)', root: 'ValuesScan' },
  { sql: 'SELECT id FROM orders UNION ALL SELECT id FROM customers', root: 'Append' },
];

describe.each(postgresVersions)('PostgreSQL %s', (version) => {
  let server: PostgresServer;
  let session: Session;
  let prepared: Prepared[];
  const engine = createPostgresEngine();

  beforeAll(async () => {
    server = await startPostgres({ version });
    await server.sql(schema);
    await prepareServer(server);
    // The statistics collector of 14 is a process of its own, and a moment late.
    await until(
      async () =>
        (
          await server.sql(
            "SELECT 1 FROM pg_stat_user_tables WHERE relname = 'orders' " +
              'AND last_analyze IS NOT NULL',
          )
        ).length > 0,
      5_000,
      'statistics of ANALYZE',
    );
    const client = await server.client();
    await client.query('SELECT pg_stat_statements_reset()');
    for (const { sql, values } of statements) await client.query(sql, values);
    await client.query('UPDATE orders SET n = 3 WHERE id = 4');
    await client.query('BEGIN; COMMIT');
    await client.end();
    session = await openSession(makeTarget({ port: server.port }), { engine });
    const { statements: seen } = await session.snapshot();
    prepared = await session.prepare(seen);
  });
  afterAll(async () => {
    await session.close();
    await expectNothingLeft(server);
    await server.stop();
  });

  const find = (sql: string): Prepared => {
    const words = (text: string) =>
      text
        .replace(/extract\(\S+/, 'extract(#')
        .replace(/\$\d+|\?|'[^']*'|\b\d+(\.\d+)?\b/g, '#')
        .replace(/\(\s*#[ ,#]*\)/g, '(#)')
        .replace(/\s+/g, ' ');
    const matches = prepared.filter(({ text }) => text !== undefined && words(text) === words(sql));
    if (matches.length === 0) throw new Error(`not seen: ${sql}`);
    return matches[0] as Prepared;
  };

  const serversOwnRoot = async (sql: string) => {
    const [row] = await server.sql(`EXPLAIN (FORMAT JSON) ${sql}`);
    return readPostgresJson(JSON.stringify(row?.['QUERY PLAN'])).root.op;
  };

  it('tells who it talks to', () => {
    expect(session.server).toMatchObject({ role: 'primary' });
    expect(session.server.version.startsWith(`${version}.`)).toBe(true);
  });

  it('takes the server’s lock, and a second collector does not get it', async () => {
    expect(await session.lock()).toBe(true);
    await using other = await openSession(
      makeTarget({ port: server.port, uid: 'another-target' }),
      { engine },
    );
    expect(await other.lock()).toBe(false);
  });

  it('finds its prerequisites met, with the role that we print', async () => {
    const failed = (await session.prerequisites()).filter(({ verdict }) => verdict === 'failed');
    expect(failed).toEqual([]);
    expect(
      (await session.prerequisites()).find(({ name }) => name === 'own statistics'),
    ).toMatchObject({ verdict: 'ok' });
  });

  it.each(statements.map(({ sql, root }) => [sql, root] as const))(
    'explains: %s',
    async (sql, wanted) => {
      const root = wanted ?? (await serversOwnRoot(sql));
      // Two texts share one redacted form (id = 5 and id = 5.0): all of them are tried, the plan of
      // one must be the one expected.
      const candidates = prepared.filter(
        (each): each is ReadyStatement => each.kind === 'ready' && each.text === find(sql).text,
      );
      const plans = [];
      for (const each of candidates) plans.push(await session.explain(each, limits));
      const explained = plans.flatMap((each) => (each.kind === 'explained' ? [each.plan] : []));
      expect(explained.length).toBe(candidates.length);
      expect(explained.map((plan) => plan.root.op)).toContain(root);
      for (const plan of explained) {
        expect(plan.lossiness).not.toContain('typing_unverified');
        expect(plan.hash.shape).toMatch(/^ph1:[0-9a-f]{32}$/);
        expect(plan.fingerprint.nativeId).toMatch(/^-?\d+$/);
      }
    },
  );

  it('keeps int8 query ids exact', async () => {
    const rows = await server.sql('SELECT queryid::text AS id FROM pg_stat_statements');
    const ids = new Set(rows.map((row) => row['id']));
    expect(prepared.every(({ nativeId }) => ids.has(nativeId))).toBe(true);
  });

  it('says why not, from the closed table', () => {
    expect(find('UPDATE orders SET n = $1 WHERE id = $2')).toMatchObject({
      kind: 'refused',
      refusal: { code: 'insufficient_privilege' },
    });
    const utilities = prepared.filter(({ text }) => text === 'BEGIN' || text === 'COMMIT');
    for (const each of utilities)
      expect(each).toMatchObject({
        kind: 'refused',
        refusal: { code: 'not_explainable_statement' },
      });
  });

  it('describes the tables that a statement uses', () => {
    const { facts } = find('SELECT * FROM orders WHERE id = 5') as ReadyStatement;
    expect(facts).toMatchObject([
      {
        schema: 'public',
        name: 'orders',
        rows: 20_000,
        neverAnalyzed: false,
        indexes: [
          { name: 'orders_n', keys: ['n'] },
          { name: 'orders_pkey', unique: true, keys: ['id'] },
        ],
      },
    ]);
  });

  it('leaves no entry in pg_stat_statements', async () => {
    expect(
      await server.sql(
        'SELECT query FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid ' +
          "WHERE r.rolname = 'dbintel'",
      ),
    ).toEqual([]);
  });

  it('has measured its own time', () => expect(session.databaseMs).toBeGreaterThan(0));
});
