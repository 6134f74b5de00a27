import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEngines } from '../../src/engines/index.ts';
import {
  type MysqlServer,
  type MysqlVersion,
  mysqlVersions,
  startMysql,
} from '../support/mysql-server.ts';
import { asApp, forgetStatements, makeShop } from '../support/mysql-shop.ts';
import { cyclesOf, makeTarget, openSession, prepareMysql } from '../support/target.ts';

/** A schema for each tenant, one application: the same texts run in all of them, and long ones. */
const kept = 65_536;
const settings = [
  `--performance-schema-max-digest-length=${kept}`,
  `--max-digest-length=${kept}`,
  `--performance-schema-max-sql-text-length=${kept}`,
  '--performance-schema-digests-size=400',
];
const tenants = Array.from({ length: 20 }, (_, i) => `tenant${i}`);
const texts = Array.from({ length: 10 }, (_, k) => {
  const terms = Array.from({ length: 900 + k }, (_, i) => `(email = 'x${i}' AND total > ${i})`);
  return `SELECT id FROM orders WHERE ${terms.join(' OR ')}`;
});

describe('a server of many tenants', () => {
  let server: MysqlServer;
  beforeAll(async () => {
    server = await startMysql({ product: 'mysql-9', settings });
    await makeShop(server);
    await prepareMysql(server, ['shop']);
    for (const name of tenants)
      for (const sql of [
        `CREATE DATABASE ${name}`,
        `CREATE TABLE ${name}.orders LIKE shop.orders`,
        `GRANT ALL ON ${name}.* TO app`,
      ])
        await server.sql(sql);
  });
  afterAll(() => server?.stop());

  it('the texts of one tenant are asked for, not those of all', async () => {
    await forgetStatements(server);
    await asApp(server, async (client) => {
      for (const name of [...tenants, 'shop', 'shop', 'shop']) {
        await client.query(`USE ${name}`);
        for (const text of texts) await client.query(text);
      }
    });
    const spec = { databases: { include: ['shop'] }, collection: { minExecutionCount: 1 } };
    const target = makeTarget({ engine: server.engine, port: server.port, spec });
    const { batch } = await cyclesOf(target).run();
    expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
    const results = batch.queries
      .filter(({ text }) => text?.startsWith('SELECT id FROM'))
      .map(({ result }) => result.kind);
    expect(results).toEqual(texts.map(() => 'explained'));
  });
});

const products: [MysqlVersion, string][] = [
  ['mysql-9', ''],
  ['mysql-9', 'NO_BACKSLASH_ESCAPES'],
  ['mariadb-11.4', 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'],
];
it.each(products)('%s, %s: a schema may have any name', async (product, mode) => {
  const server = await startMysql({ product, settings: [`--sql-mode=${mode}`] });
  const names = ["o'x", 'back\\slash', 'sla/sh', 'ümläut', 'UPPER', 'per%nt_', 'a b', '日本'];
  try {
    await makeShop(server);
    await prepareMysql(server, ['shop']);
    await server.sql('GRANT SELECT ON *.* TO dbintel');
    await server.sql('GRANT ALL ON *.* TO app');
    for (const name of names) {
      await server.sql(`CREATE DATABASE \`${name}\``);
      await server.sql(`CREATE TABLE \`${name}\`.orders LIKE shop.orders`);
    }
    await forgetStatements(server);
    await asApp(server, async (client) => {
      for (const name of names) {
        await client.query(`USE \`${name}\``);
        await client.query("SELECT id FROM orders WHERE email = 'x' AND total > 5");
      }
    });
    const collection = { minExecutionCount: 1, maxQueriesPerCycle: 20 };
    const spec = { databases: { include: names }, collection };
    const target = makeTarget({ engine: server.engine, port: server.port, spec });
    const { batch } = await cyclesOf(target).run();
    const explained = batch.queries.filter(({ result }) => result.kind === 'explained');
    expect(explained.map(({ stats }) => stats.database).sort()).toEqual([...names].sort());
    // One digest, and a statement in each.
    const digests = new Set(explained.map(({ stats }) => stats.nativeId));
    const statements = new Set(explained.map(({ fingerprint }) => fingerprint.value));
    expect([digests.size, statements.size]).toEqual([1, names.length]);
  } finally {
    await server.stop();
  }
});

it.each(mysqlVersions)(
  '%s that keeps names in lower case: as written, they are found',
  async (product) => {
    const server = await startMysql({ product, settings: ['--lower-case-table-names=1'] });
    try {
      await makeShop(server);
      await prepareMysql(server, ['shop']);
      await server.sql('GRANT UPDATE ON shop.* TO dbintel;');
      await forgetStatements(server);
      const read = 'SELECT C.name FROM SHOP.Orders JOIN Customers C ON C.id = Orders.customer_id';
      await asApp(server, async (client) => {
        for (let i = 0; i < 5; i += 1) await client.query(`${read} WHERE Orders.total = ${i}`);
        for (let i = 0; i < 5; i += 1)
          await client.query('UPDATE Customers SET name = name LIMIT 1');
      });
      const spec = { databases: { include: ['shop'] } };
      const target = makeTarget({ engine: server.engine, port: server.port, spec });
      const result = async (part: string) => {
        const { batch } = await cyclesOf(target).run();
        return batch.queries.find(({ text }) => text?.startsWith(part))?.result;
      };
      expect(await result('SELECT')).toMatchObject({
        plan: { root: { children: expect.arrayContaining([named('orders'), named('customers')]) } },
        context: {
          facts: expect.arrayContaining(['orders', 'customers'].map((name) => has({ name }))),
        },
      });
      if (product !== 'mysql-9') return;
      expect(await result('UPDATE')).toMatchObject({ plan: { root: named('customers') } });
      const owner = await server.client('shop');
      await owner.query('LOCK TABLES orders WRITE');
      expect(await result('SELECT')).toMatchObject({
        code: 'lock_timeout',
        detail: expect.stringContaining('shop.orders'),
      });
      await owner.end();
    } finally {
      await server.stop();
    }
  },
);
const has = (part: object) => expect.objectContaining(part) as unknown;
const named = (name: string) => has({ relation: has({ schema: 'shop', name }) });

it.each(mysqlVersions)(
  '%s: a procedure reads texts as they ran, whoever made it and where',
  async (product) => {
    const server = await startMysql({ product });
    try {
      await makeShop(server);
      await server.sql('CREATE DATABASE old CHARACTER SET latin1;\nGRANT ALL ON old.* TO app;');
      await server.sql(
        `CREATE TABLE words (id int PRIMARY KEY, 漢 varchar(20) CHARACTER SET utf8mb4, KEY k (漢));
INSERT INTO words SELECT id, IF(id < 800, '漢字', id) FROM shop.customers;
ANALYZE TABLE words;`,
        'old',
      );
      await prepareMysql(server, ['old'], 'procedure');
      const sql = createEngines()[server.engine].prerequisitesSql({
        role: 'dbintel',
        schemas: ['old'],
        database: '',
        via: 'procedure',
      });
      await server.sql(`SET NAMES latin1;\n${sql.slice(sql.indexOf('-- 4.'))}`);
      await forgetStatements(server);
      const run = async (client: Connection) => {
        for (let i = 0; i < 5; i += 1) await client.query("SELECT id FROM words WHERE 漢 = '漢字'");
      };
      await asApp(server, run, 'old');
      const spec = { databases: { include: ['old'] }, explain: { via: 'procedure' } };
      const target = makeTarget({ engine: server.engine, port: server.port, spec });
      const { batch } = await cyclesOf(target).run();
      const { result } = batch.queries.find(({ text }) => text?.startsWith('SELECT')) ?? {};
      if (result?.kind !== 'explained') throw new Error(JSON.stringify(result));
      expect(result.plan.root.est?.rows).toBeGreaterThan(700);
    } finally {
      await server.stop();
    }
  },
);

it.each(['mysql-9', 'mariadb-11.4'] as const)(
  '%s: the mode under which a procedure was made matters where it reads texts',
  async (product) => {
    const server = await startMysql({ product });
    try {
      await makeShop(server);
      await prepareMysql(server, ['shop'], 'procedure');
      const target = makeTarget({
        engine: server.engine,
        port: server.port,
        spec: { explain: { via: 'procedure' } },
      });
      const remade = async (name: string, home = 'dbintel') => {
        const [row] = await server.sql(`SHOW CREATE PROCEDURE ${home}.${name}`);
        const root = await server.client(home);
        await root.query("SET SESSION sql_mode = 'ANSI_QUOTES'");
        await root.query(`DROP PROCEDURE ${name}`);
        await root.query(String(row?.['Create Procedure']));
        await root.query(`GRANT EXECUTE ON PROCEDURE ${name} TO dbintel`);
        await root.query(`GRANT EXECUTE ON PROCEDURE ${name} TO dbintel_definer@localhost`);
        await root.end();
        await using session = await openSession(target);
        return (await session.prerequisites()).find((each) => each.name === 'procedures');
      };
      for (const name of ['definer_rights', 'definer_views', 'kill_explain'])
        expect(await remade(name)).toMatchObject({ verdict: 'ok' });
      expect(await remade('safe_explain', 'shop')).toMatchObject({
        verdict: 'failed',
        observed: expect.stringContaining('shop.safe_explain was made under ANSI_QUOTES'),
      });
    } finally {
      await server.stop();
    }
  },
);
