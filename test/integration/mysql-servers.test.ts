import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refused } from '../../src/model/refusal.ts';
import { type MysqlServer, startMysql } from '../support/mysql-server.ts';
import { asApp, forgetStatements, makeShop } from '../support/mysql-shop.ts';
import { startProxy } from '../support/proxy.ts';
import { cyclesOf, makeTarget, openSession, prepareMysql } from '../support/target.ts';

/** By what two servers are told apart; what follows of it is a hazard of support/hazards. */
describe.each(['mysql-9', 'mariadb-11.4'] as const)('%s', (product) => {
  let servers: [MysqlServer, MysqlServer];
  beforeAll(async () => {
    servers = [await startMysql({ product }), await startMysql({ product })];
    for (const server of servers) await prepareMysql(server, []);
  });
  afterAll(async () => {
    for (const server of servers) await server.stop();
  });

  it('two ways to one server are one, two servers are two', async () => {
    const idOf = async (port: number, host = '127.0.0.1') => {
      await using session = await openSession(
        makeTarget({ engine: servers[0].engine, port, host }),
      );
      return session.server.id;
    };
    const proxy = await startProxy(servers[0]);
    const [direct, around, other] = [
      await idOf(servers[0].port),
      await idOf(proxy.port, 'localhost'),
      await idOf(servers[1].port),
    ];
    expect(around).toBe(direct);
    expect(other).not.toBe(direct);
    await proxy.close();
  });
});

/** Where a reader of the FROM alone would not see that `away` is named, or takes it for a WITH. */
const overlooked = [
  'WITH away AS (SELECT d AS q1 FROM away) SELECT q1 FROM away',
  'SELECT id AS q2 FROM customers, away, (WITH away AS (SELECT 1) SELECT * FROM away) q',
  'SELECT id AS q3 FROM customers WHERE id IN (TABLE away)',
  'SELECT id AS q4 FROM customers UNION TABLE away',
  'SELECT d AS q5 FROM { OJ away LEFT JOIN customers ON d = id }',
  'SELECT id AS q6 FROM customers AS c USE INDEX (PRIMARY), away',
  'SELECT d AS q7 FROM (SELECT 1 AS id) AS c (id), away',
  'SELECT d AS q8 FROM customers AS value, away',
  'SELECT hidden AS q9 FROM behind6',
  'INSERT INTO sink TABLE away',
];

/** Planning runs the one row, and the catalog opens each table to know its size. */
const bySize = [
  'SELECT s AS z1 FROM (SELECT SUM(DATA_LENGTH) AS s FROM information_schema.TABLES) AS d',
  'SELECT id AS z2 FROM customers WHERE id < (SELECT MAX(TABLE_ROWS) ' +
    'FROM `INFORMATION_SCHEMA`.TABLES)',
  'SELECT size AS z3 FROM sizes',
];
const ofCatalog = 'SELECT ENGINE AS listed FROM information_schema.TABLES WHERE ENGINE = ?';

it('a table that another server has: not opened, neither by what is asked of it nor by a plan', async () => {
  const server = await startMysql({ product: 'mysql-9', settings: ['--federated'] });
  const proxy = await startProxy(server);
  try {
    await makeShop(server);
    await prepareMysql(server, ['shop']);
    await server.sql("CREATE USER far IDENTIFIED BY 'far';\nGRANT ALL ON shop.* TO far;");
    const there = `mysql://far:far@127.0.0.1:${proxy.port}/shop/digits`;
    await server.sql(
      `CREATE TABLE away (d int PRIMARY KEY) ENGINE = FEDERATED CONNECTION = '${there}';
CREATE TABLE sink (d int);
CREATE VIEW behind AS SELECT d AS hidden FROM away;
CREATE VIEW sizes AS SELECT SUM(DATA_LENGTH) AS size FROM information_schema.TABLES;
SET GLOBAL information_schema_stats_expiry = 0;`,
      'shop',
    );
    for (let level = 2; level <= 20; level += 1)
      await server.sql(
        `CREATE VIEW behind${level} AS SELECT hidden FROM behind${level === 2 ? '' : level - 1};`,
        'shop',
      );
    await server.sql('GRANT INSERT ON shop.* TO dbintel;');
    await forgetStatements(server);
    await asApp(server, async (client) => {
      for (let i = 0; i < 5; i += 1) await client.query('SELECT d AS far FROM away');
      for (let i = 0; i < 5; i += 1) await client.query('SELECT hidden FROM behind');
      for (let i = 0; i < 5; i += 1) for (const sql of overlooked) await client.query(sql);
      for (let i = 0; i < 5; i += 1) for (const sql of bySize) await client.query(sql);
      for (let i = 0; i < 5; i += 1) await client.query(ofCatalog.replace('?', "'CSV'"));
      for (let i = 0; i < 5; i += 1) await client.query('SELECT hidden AS deep FROM behind20');
      for (let i = 0; i < 5; i += 1) await client.query('SELECT name FROM customers WHERE id = 7');
    });
    await server.sql('FLUSH TABLES');
    Object.assign(proxy, { mode: 'silent', connections: 0 });
    const spec = {
      databases: { include: ['shop'] },
      collection: { maxQueriesPerCycle: 100 },
    };
    const { batch } = await cyclesOf(
      makeTarget({ engine: 'mysql', port: server.port, spec }),
    ).run();
    expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
    const resultOf = (part: string) =>
      batch.queries.find(({ text }) => text?.includes(part))?.result;
    const remote = refused('remote_estimate', 'shop.away is of FEDERATED');
    expect(resultOf('far')).toEqual(remote);
    expect(resultOf('hidden FROM behind')).toEqual(remote);
    for (const sql of overlooked)
      expect(resultOf(/\bq\d+\b|INSERT INTO sink/.exec(sql)?.[0] ?? '?'), sql).toMatchObject(
        remote,
      );
    for (const sql of bySize)
      expect(resultOf(/\bz\d\b/.exec(sql)?.[0] ?? '?'), sql).toMatchObject({
        code: 'not_explainable_statement',
        detail: expect.stringContaining('TABLES, which opens tables that it does not name'),
      });
    expect(resultOf(ofCatalog)).toHaveProperty('plan');
    expect(resultOf('deep')).toMatchObject({ code: 'not_explainable_statement' });
    expect(resultOf('customers WHERE id = ?')).toHaveProperty('plan');
    expect(proxy.connections).toBe(0);
  } finally {
    await proxy.close();
    await server.stop();
  }
});
