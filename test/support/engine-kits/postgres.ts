import { expect } from 'vitest';
import { readPostgresJson } from '../../../src/dialects/postgres/plan-json.ts';
import type { Edition, EngineKit, EngineServer, KnownStatement } from '../engine-contract.ts';
import { expectNothingLeft, until } from '../leaks.ts';
import { type PostgresVersion, postgresVersions, startPostgres } from '../postgres-server.ts';
import { prepareServer } from '../target.ts';

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

const byId = 'SELECT total FROM orders WHERE id = $1';

/** Texts as applications send them, with the access path that their real values get. */
const statements: KnownStatement[] = [
  { sql: 'SELECT * FROM orders WHERE id = 5', ops: ['IndexScan'] },
  { sql: 'SELECT * FROM orders WHERE id = 5.0', ops: ['SeqScan'] },
  { sql: byId, values: [7], ops: ['IndexScan'] },
  { sql: 'SELECT total FROM orders WHERE id = $1 LIMIT 3', values: [7], ops: ['Limit'] },
  {
    sql: "SELECT id FROM orders WHERE at > now() - interval '1 hour' ORDER BY at LIMIT 10",
    ops: ['Limit'],
  },
  { sql: 'SELECT id FROM orders WHERE id IN (1, 2, 3)', ops: ['IndexOnlyScan'] },
  { sql: "SELECT id FROM orders WHERE lower(email) = 'c1@x.org'", ops: ['SeqScan'] },
  { sql: 'SELECT extract(hour FROM at), count(*) FROM orders GROUP BY 1', ops: ['Aggregate'] },
  { sql: "SELECT id FROM orders WHERE at > '2020-01-01'::date + 3", ops: ['SeqScan'] },
  { sql: 'SELECT * FROM generate_series(1, 10) g', ops: ['FunctionScan'] },
  { sql: 'SELECT c.name, o.total FROM orders o JOIN customers c ON c.id = o.n WHERE o.id = 9' },
  {
    sql: 'WITH recent AS (SELECT * FROM orders WHERE n = 4) SELECT count(*) FROM recent',
    ops: ['Aggregate'],
  },
  { sql: 'VALUES (1, 2), (3, 4)', ops: ['ValuesScan'] },
  { sql: 'SELECT id FROM orders UNION ALL SELECT id FROM customers', ops: ['Append'] },
];
const runs = 5;

async function start(version: PostgresVersion): Promise<EngineServer> {
  const server = await startPostgres({ version });
  await server.sql(schema);
  await prepareServer(server);
  const analysed =
    "SELECT 1 FROM pg_stat_user_tables WHERE relname = 'orders' AND last_analyze IS NOT NULL";
  // The statistics collector of 14 is a process of its own, and a moment late.
  await until(async () => (await server.sql(analysed)).length > 0, 30_000, 'it is analysed');
  const client = await server.client();
  await client.query('SELECT pg_stat_statements_reset()');
  for (const { sql, values } of statements)
    for (let i = 0; i < runs; i += 1) await client.query(sql, values?.slice());
  await client.query('UPDATE orders SET n = 3 WHERE id = 4');
  await client.query('BEGIN; COMMIT');
  await client.end();
  return {
    port: server.port,
    async expectedOps({ sql, ops }) {
      if (ops) return ops;
      const [row] = await server.sql(`EXPLAIN (FORMAT JSON) ${sql}`);
      return [readPostgresJson(JSON.stringify(row?.['QUERY PLAN'])).root.op];
    },
    nativeIds: async () => {
      const rows = await server.sql('SELECT queryid::text AS id FROM pg_stat_statements');
      return new Set(rows.map((row) => row['id']));
    },
    ownEntries: () =>
      server.sql(
        'SELECT query FROM pg_stat_statements s JOIN pg_roles r ON r.oid = s.userid ' +
          "WHERE r.rolname = 'dbintel'",
      ),
    expectNothingLeft: () => expectNothingLeft(server),
    stop: () => server.stop(),
  };
}

const edition = (version: PostgresVersion): Edition => ({
  name: version,
  version: `${version}.`,
  via: 'direct',
  statements,
  checks: { 'own statistics': { verdict: 'ok' } },
  rehearsed: [
    { name: 'health', verdict: 'ok', observed: 'primary' },
    { name: 'locks', verdict: 'ok', observed: 'free' },
    {
      name: 'catalogs',
      verdict: 'ok',
      observed: expect.stringMatching(
        /^\d+ of the \d+ heaviest statements can be planned(, \w+ ×\d+)*$/,
      ),
    },
  ],
  counted: { text: byId, calls: runs, deviation: true },
  refused: {
    'UPDATE orders SET n = $1 WHERE id = $2': 'insufficient_privilege',
    BEGIN: 'not_explainable_statement',
    COMMIT: 'not_explainable_statement',
  },
  tables: {
    of: 'SELECT * FROM orders WHERE id = 5',
    leastRows: 20_000,
    facts: [
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
    ],
  },
  start: () => start(version),
});

export const postgresKit: EngineKit = {
  engine: 'postgres',
  editions: postgresVersions.map(edition),
  form: (text) =>
    text
      .replace(/extract\(\S+/, 'extract(#')
      .replace(/\$\d+|\?|'[^']*'|\b\d+(\.\d+)?\b/g, '#')
      .replace(/\(\s*#[ ,#]*\)/g, '(#)')
      .replace(/\s+/g, ' '),
  opsOf: ({ root }) => [root.op],
  fingerprint: { algorithm: expect.stringMatching(/^pg_query-\d+$/), nativeId: /^-?\d+$/ },
  literals: /x\.org|2020-01-01/,
  remembersRefused: true,
};
