import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dialects } from '../src/dialects/index.ts';
import { type MysqlVersion, mysqlVersions, startMysql } from '../test/support/mysql-server.ts';
import { shopSql } from '../test/support/mysql-shop.ts';

/**
 * Makes test/golden/{mysql,mariadb}-*.json: plans of real servers in every format that they print,
 * with their hashes. Run it to add plans or a version; a hash that changes for an old plan breaks
 * every history there is.
 */
const statements = [
  'SELECT total FROM orders WHERE id = 7',
  "SELECT id FROM orders WHERE total = 7 AND email = 'x'",
  'SELECT id FROM orders WHERE customer_id = 7',
  'SELECT customer_id FROM orders WHERE customer_id > 990',
  'SELECT * FROM orders WHERE id BETWEEN 5 AND 90',
  "SELECT * FROM orders WHERE lower(email) = 'x'",
  "SELECT * FROM orders WHERE status = 'open' AND total > 100",
  "SELECT * FROM orders WHERE status = 'open' OR id < 50",
  "SELECT * FROM orders WHERE status = 'open' AND customer_id = 7",
  'SELECT * FROM orders ORDER BY total',
  'SELECT * FROM orders ORDER BY id DESC LIMIT 5',
  'SELECT * FROM orders ORDER BY total LIMIT 10 OFFSET 1000',
  'SELECT status, count(*) FROM orders GROUP BY status',
  'SELECT status, count(*) AS c FROM orders GROUP BY status ORDER BY c DESC',
  'SELECT email, max(total) FROM orders GROUP BY email HAVING max(total) > 5',
  'SELECT DISTINCT email FROM orders',
  'SELECT count(*), sum(total) FROM orders WHERE customer_id = 7',
  'SELECT c.name, o.total FROM orders o JOIN customers c ON c.id = o.customer_id ' +
    "WHERE o.status = 'open'",
  'SELECT c.name, o.total FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.id < 5',
  'SELECT c.name, o.total FROM customers c LEFT JOIN orders o ON o.customer_id = c.id ' +
    'WHERE c.id < 5',
  'SELECT o.id FROM orders o JOIN customers c ON c.name = o.email',
  'SELECT o.id FROM orders o LEFT JOIN customers c ON c.name = o.email',
  'SELECT o.id FROM orders o JOIN customers c ON c.id = o.customer_id JOIN digits d ' +
    'ON d.d = c.id WHERE o.total > 5',
  'SELECT * FROM customers WHERE id IN (SELECT customer_id FROM orders WHERE total > 19000)',
  'SELECT * FROM customers WHERE id NOT IN (SELECT customer_id FROM orders WHERE total < 3)',
  'SELECT * FROM customers c WHERE EXISTS (SELECT 1 FROM orders o ' +
    'WHERE o.customer_id = c.id AND o.total > 19000)',
  'SELECT c.id, (SELECT max(total) FROM orders o WHERE o.customer_id = c.id) AS m ' +
    'FROM customers c WHERE c.id < 10',
  'SELECT * FROM customers WHERE id = (SELECT max(customer_id) FROM orders)',
  'SELECT d.s, c.name FROM (SELECT customer_id, sum(total) AS s FROM orders ' +
    'GROUP BY customer_id) d JOIN customers c ON c.id = d.customer_id WHERE d.s > 100',
  'WITH big AS (SELECT * FROM orders WHERE total > 100) SELECT count(*) FROM big a ' +
    'JOIN big b ON a.id = b.id',
  'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT * FROM r',
  'SELECT id FROM orders WHERE id < 3 UNION ALL SELECT id FROM customers',
  'SELECT id FROM orders WHERE id < 3 UNION SELECT id FROM customers ORDER BY 1',
  'SELECT id, row_number() OVER (PARTITION BY status ORDER BY total) FROM orders',
  'SELECT total FROM open_orders WHERE id = 4',
  'SELECT 1',
  'SELECT * FROM orders WHERE id = 5 AND 1 = 0',
  'SELECT max(id) FROM orders',
  "UPDATE orders SET total = 5 WHERE status = 'open'",
  "DELETE FROM orders WHERE status = 'x'",
  "INSERT INTO customers SELECT id, email, 'x' FROM orders WHERE id > 30000",
];
/**
 * What else each product prints: MySQL's second format, MariaDB's ANALYZE; reading statements only.
 */
const forms: Record<
  'mysql' | 'mariadb',
  { name: string; before?: string; explain: string; writes: boolean }[]
> = {
  mysql: [
    {
      name: 'v1',
      before: 'SET explain_json_format_version = 1',
      explain: 'EXPLAIN FORMAT=JSON',
      writes: true,
    },
    {
      name: 'v2',
      before: 'SET explain_json_format_version = 2',
      explain: 'EXPLAIN FORMAT=JSON',
      writes: false,
    },
    {
      name: 'v2-analyze',
      before: 'SET explain_json_format_version = 2',
      explain: 'EXPLAIN ANALYZE FORMAT=JSON',
      writes: false,
    },
  ],
  mariadb: [
    { name: 'explain', explain: 'EXPLAIN FORMAT=JSON', writes: true },
    { name: 'analyze', explain: 'ANALYZE FORMAT=JSON', writes: false },
  ],
};
const folder = join(dirname(dirname(fileURLToPath(import.meta.url))), 'test/golden');

for (const product of (process.argv.length > 2
  ? process.argv.slice(2)
  : mysqlVersions) as MysqlVersion[]) {
  const server = await startMysql({ product });
  await server.sql('CREATE DATABASE shop;');
  await server.sql(shopSql, 'shop');
  const client = await server.client('shop');
  const [[version]] = (await client.query('SELECT VERSION() AS v')) as unknown as [[{ v: string }]];
  const engineVersion = version.v.replace(/-.*$/, '');
  const source = {
    engineVersion,
    namespace: 'shop',
    collectedAt: 0,
    parameters: 'sampled' as const,
    fingerprint: { algorithm: 'golden', value: '0' },
  };
  for (const { name, before, explain, writes } of forms[server.engine]) {
    if (before) await client.query(before);
    const plans: unknown[] = [];
    for (const statement of statements) {
      if (!writes && !/^(SELECT|WITH)/.test(statement)) continue;
      const [[row]] = (await client.query(`${explain} ${statement}`)) as unknown as [
        [Record<string, string>],
      ];
      const json = Object.values(row)[0] as string;
      const { hash } = dialects[server.engine].readPlan(json, source);
      // As text: MariaDB repeats keys, which no JSON value can hold.
      const text = json.replaceAll(/\n\s*/g, ' ');
      plans.push({ statement, json: text, hash: hash.shape, before: hash.before });
    }
    const path = join(folder, `${product}-${name}.json`);
    writeFileSync(path, `[\n${plans.map((each) => JSON.stringify(each)).join(',\n')}\n]\n`);
    console.log(`${plans.length} plans of ${server.engine} ${engineVersion} in ${path}`);
  }
  await client.end();
  await server.stop();
}
