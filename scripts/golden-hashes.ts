import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dialects } from '../src/dialects/index.ts';
import { startPostgres } from '../test/support/postgres-server.ts';

/**
 * Makes test/golden/hashes.json: real plans of a real PostgreSQL with their hashes. Run it only to
 * add plans, or for `ph3`: a hash that changes for an old plan breaks every history there is, and
 * what `ph1` gave must stay as long as plans are carried on by it.
 */
const statements = [
  'SELECT * FROM a WHERE id = 5',
  'SELECT * FROM a WHERE n = 5',
  'SELECT id FROM a WHERE id BETWEEN 5 AND 90',
  "SELECT * FROM a WHERE lower(t) = 'x'",
  'SELECT * FROM a ORDER BY n',
  'SELECT * FROM a ORDER BY id DESC LIMIT 5',
  'SELECT n, count(*) FROM a GROUP BY n',
  'SELECT n, count(*) FROM a GROUP BY n HAVING count(*) > 5',
  'SELECT DISTINCT n FROM a',
  'SELECT * FROM a JOIN b ON a.id = b.a_id',
  'SELECT * FROM a LEFT JOIN b ON a.id = b.a_id WHERE a.n = 3',
  'SELECT * FROM a JOIN b ON a.id = b.a_id JOIN c ON c.id = b.c_id',
  'SELECT * FROM a WHERE id IN (SELECT a_id FROM b WHERE n > 5)',
  'SELECT * FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.a_id = a.id)',
  'SELECT * FROM a WHERE id = (SELECT max(a_id) FROM b)',
  'WITH x AS MATERIALIZED (SELECT * FROM a WHERE n < 5) SELECT * FROM x JOIN b ON b.a_id = x.id',
  'SELECT id FROM a UNION ALL SELECT id FROM b',
  'SELECT id FROM a UNION SELECT id FROM b',
  'SELECT id FROM a INTERSECT SELECT id FROM b',
  'SELECT id FROM a EXCEPT SELECT id FROM b',
  'SELECT id, row_number() OVER (PARTITION BY n ORDER BY id) FROM a',
  'SELECT * FROM p WHERE k = 7',
  'SELECT * FROM p WHERE v = 7',
  'SELECT count(*) FROM p',
  'SELECT * FROM p JOIN a ON a.id = p.v',
  'SELECT * FROM generate_series(1, 10) g JOIN a ON a.id = g',
  'SELECT * FROM (VALUES (1), (2)) v(x) JOIN a ON a.id = v.x',
  'INSERT INTO c SELECT id, n FROM a WHERE n = 4',
  'UPDATE a SET n = n + 1 WHERE id = 3',
  'DELETE FROM b USING a WHERE a.id = b.a_id AND a.n = 2',
  'SELECT * FROM a e JOIN a m ON e.n = m.id',
  'SELECT * FROM a WHERE n = 1 OR id = 2',
  'SELECT * FROM a WHERE n = ANY (ARRAY[1, 2, 3])',
  'SELECT sum(n) FROM a WHERE id > 100 AND n < 50',
  'SELECT * FROM a FOR UPDATE',
  'SELECT * FROM a ORDER BY n, t LIMIT 10 OFFSET 100',
  'SELECT (SELECT count(*) FROM b WHERE b.a_id = a.id) FROM a WHERE a.n = 9',
  'WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r WHERE i < 9) SELECT * FROM r',
  'SELECT * FROM a, LATERAL (SELECT * FROM b WHERE b.a_id = a.id ORDER BY id DESC LIMIT 1) l',
  'SELECT a.n, b.n, count(*) FROM a JOIN b ON a.id = b.a_id GROUP BY GROUPING SETS ((a.n), (b.n))',
  'SELECT * FROM a TABLESAMPLE SYSTEM (10)',
  "SELECT * FROM a WHERE ctid = '(0,1)'",
];
/** Every pair of conditions on a join, so that access paths and join methods meet in many ways. */
const outer = ['a.n = 3', 'a.id < 50', "a.t LIKE 't1%'"];
const inner = ['b.n = 2', 'b.id > 7000', 'b.c_id IN (1, 2)', 'b.n > 2 AND b.c_id = 7', 'b.id = 12'];
const joined = outer.flatMap((left) =>
  inner.map(
    (right) => `SELECT a.id, b.id FROM a JOIN b ON a.id = b.a_id WHERE ${left} AND ${right}`,
  ),
);
const grouped = outer.map(
  (condition) =>
    `SELECT b.c_id, max(a.n) FROM a JOIN b ON a.id = b.a_id WHERE ${condition} ` +
    'GROUP BY b.c_id ORDER BY 2 DESC LIMIT 3',
);
const settings = [
  '',
  'enable_seqscan = off',
  'enable_hashjoin = off',
  'enable_mergejoin = off; SET enable_hashjoin = off',
  'enable_nestloop = off',
  'enable_hashagg = off',
  'enable_indexscan = off',
  'enable_bitmapscan = off; SET enable_seqscan = off',
  'enable_sort = off',
  'max_parallel_workers_per_gather = 2; SET parallel_setup_cost = 0; ' +
    'SET min_parallel_table_scan_size = 0; SET parallel_tuple_cost = 0',
];

const server = await startPostgres();
await server.sql(`CREATE TABLE a (id int PRIMARY KEY, n int, t text); CREATE TABLE b (id int
PRIMARY KEY, a_id int, c_id int, n int); CREATE TABLE c (id int PRIMARY KEY, n int); CREATE TABLE
p (k int, v int) PARTITION BY RANGE (k);
  CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10); CREATE TABLE p2 PARTITION OF p FOR
  VALUES FROM (10) TO (20); CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (20) TO (30); CREATE
  INDEX ON a (n); CREATE INDEX ON b (a_id); CREATE INDEX ON p (v);
  INSERT INTO a SELECT g, g % 97, 't' || g FROM generate_series(1, 5000) g; INSERT INTO b SELECT
  g, g % 5000, g % 300, g % 10 FROM generate_series(1, 8000) g; INSERT INTO c SELECT g, g FROM
  generate_series(1, 300) g; INSERT INTO p SELECT g % 30, g FROM generate_series(1, 3000) g;
  ANALYZE`);
const client = await server.client();
const source = {
  engineVersion: '18',
  namespace: 'd',
  collectedAt: 0,
  parameters: 'generic' as const,
  fingerprint: { algorithm: 'golden', value: '0' },
};
const golden = new Map<string, { statement: string; plan: unknown; hash: unknown }>();
for (const setting of settings) {
  await client.query(`RESET ALL${setting ? `; SET ${setting}` : ''}`);
  for (const statement of [...statements, ...joined, ...grouped]) {
    const { rows } = await client.query(`EXPLAIN (FORMAT JSON, VERBOSE) ${statement}`);
    const json = JSON.stringify(rows[0]['QUERY PLAN'], (key, value) =>
      key === 'Output' ? undefined : value,
    );
    const { hash } = dialects.postgres.readPlan(json, source);
    const key = `${statement} ${hash.full}`;
    if (!golden.has(key)) golden.set(key, { statement, plan: JSON.parse(json), hash });
  }
}
await client.end();
await server.stop();
const path = join(dirname(dirname(fileURLToPath(import.meta.url))), 'test/golden/hashes.json');
writeFileSync(
  path,
  `[\n${[...golden.values()].map((each) => JSON.stringify(each)).join(',\n')}\n]\n`,
);
console.log(`${golden.size} plans in ${path}`);
