import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MysqlServer, mysqlVersions, startMysql } from '../support/mysql-server.ts';
import { asApp, forgetStatements, makeShop } from '../support/mysql-shop.ts';
import { cyclesOf, makeTarget, openSession, prepareMysql } from '../support/target.ts';

/** What a server gives each new session, by settings or by init_connect, is not kept in ours. */
describe.each(mysqlVersions)('%s', (product) => {
  let server: MysqlServer;
  const isMysql = product.startsWith('mysql');

  beforeAll(async () => {
    server = await startMysql({ product });
    await makeShop(server);
    await server.sql('CREATE TABLE `größen` (id int PRIMARY KEY, `maß` varchar(20));', 'shop');
    await server.sql("INSERT INTO `größen` VALUES (1, 'ä1'), (2, 'ä2');", 'shop');
    await prepareMysql(server, ['shop']);
  });
  beforeEach(() => forgetStatements(server));
  afterAll(() => server.stop());

  const run = (sql: string, times = 5) =>
    asApp(server, async (client) => {
      for (let i = 0; i < times; i += 1) await client.query(sql);
    });
  /** `during` runs after each EXPLAIN, while both sessions are open. */
  async function collectUnder(setting: string, during: () => Promise<void> = async () => {}) {
    const [name] = setting.split(' = ');
    const [{ Value: before } = { Value: '' }] = await server.sql(
      `SHOW GLOBAL VARIABLES LIKE '${name}'`,
    );
    await server.sql(`SET GLOBAL ${setting};`);
    const analyse = async () => {
      await during();
      return [];
    };
    const target = makeTarget({
      engine: server.engine,
      port: server.port,
      spec: { databases: { include: ['shop'] } },
    });
    try {
      return (await cyclesOf(target, { analyse }).run()).batch;
    } finally {
      await server.sql(
        `SET GLOBAL ${name} = ${/^\d+$/.test(String(before)) ? before : `'${before}'`};`,
      );
    }
  }
  async function alterAtOnce() {
    const production = await server.client('shop');
    await production.query('SET SESSION autocommit = 1, lock_wait_timeout = 1');
    for (const table of ['customers', 'orders'])
      await production.query(`ALTER TABLE ${table} COMMENT = 'altered'`);
    await production.end();
  }

  it.each([
    "init_connect = 'SET autocommit = 0'",
    'autocommit = 0',
    "init_connect = 'BEGIN; SELECT COUNT(*) FROM shop.customers'",
  ])('with %s no table that was planned stays locked', async (setting) => {
    await run('SELECT name FROM customers WHERE id = 1');
    await run('SELECT total FROM orders WHERE id = 9');
    const { cycle } = await collectUnder(setting, alterAtOnce);
    expect(cycle).toMatchObject({ outcome: { kind: 'collected' }, explained: 2 });
  });
  it('in the hour that a zone has twice the counters are of the hour that it is', async () => {
    const [first, back, second] = ['00:30', '01:00', '01:30'].map(
      (time) => Date.parse(`2026-10-25T${time}:00Z`) / 1_000,
    );
    await server.sql(`INSERT INTO mysql.time_zone (Time_zone_id) VALUES (1);
INSERT INTO mysql.time_zone_name VALUES ('twice', 1);
INSERT INTO mysql.time_zone_transition_type VALUES (1, 0, 7200, 1, 'S'), (1, 1, 3600, 0, 'W');
INSERT INTO mysql.time_zone_transition VALUES (1, 0, 0), (1, ${back}, 1);
SET GLOBAL time_zone = 'twice';`);
    try {
      for (const now of [first, second]) {
        await server.sql(`SET GLOBAL init_connect = 'SET timestamp = ${now}';`);
        await using session = await openSession(
          makeTarget({ engine: server.engine, port: server.port }),
        );
        expect((await session.snapshot()).at).toBe(Number(now) * 1_000);
      }
    } finally {
      await server.sql("SET GLOBAL time_zone = 'SYSTEM', init_connect = '';");
    }
  });
  it('nor with transactions that begin anew', async () => {
    await server.sql('GRANT UPDATE ON shop.* TO dbintel;');
    await run('UPDATE customers SET name = name WHERE id < 900', 20);
    await run('SELECT total FROM orders WHERE id = 9');
    const { cycle } = await collectUnder('completion_type = CHAIN', alterAtOnce);
    await server.sql('REVOKE UPDATE ON shop.* FROM dbintel;');
    expect(cycle).toMatchObject({
      outcome: { kind: 'collected' },
      explained: isMysql ? 2 : 1, // MariaDB's writes are not planned
    });
  });
  it.each([
    'SET NAMES latin1',
    'SET character_set_results = binary',
    'SET character_set_results = utf16',
    'SET character_set_results = ucs2',
    'SET character_set_results = utf32',
  ])('with %s texts are read and sent as they are', async (sql) => {
    await run("SELECT id FROM `größen` WHERE `maß` = 'ä2'");
    const { queries } = await collectUnder(`init_connect = '${sql}'`);
    expect(queries).toMatchObject([
      { text: expect.stringContaining('größen'), result: { kind: 'explained' } },
    ]);
  });
  if (isMysql)
    it.each([
      "group_replication_consistency = 'BEFORE'",
      "init_connect = 'SET group_replication_consistency = BEFORE_AND_AFTER; BEGIN'",
    ])('with %s no read of ours waits for a group', async (setting) => {
      await run('SELECT name FROM customers WHERE id = 7');
      let ours: unknown;
      await collectUnder(setting, async () => {
        ours = await server.sql(`SELECT VARIABLE_VALUE AS value
          FROM performance_schema.variables_by_thread JOIN performance_schema.threads
            USING (THREAD_ID)
          WHERE VARIABLE_NAME = 'group_replication_consistency' AND PROCESSLIST_USER = 'dbintel'`);
      });
      expect(ours).toEqual([{ value: 'EVENTUAL' }, { value: 'EVENTUAL' }]);
    });
  it('with next to no room to sort the counters are read all the same', async () => {
    const columns = Array.from({ length: 100 }, (_, i) => `total + ${i} AS wide_${i}`).join(', ');
    await asApp(server, async (client) => {
      for (let i = 0; i < 60; i += 1)
        await client.query(`SELECT ${columns}, id AS n${i} FROM orders WHERE id = 9`);
    });
    await run('SELECT total FROM orders WHERE id = 9');
    const { cycle } = await collectUnder('sort_buffer_size = 1024');
    expect(cycle.outcome).toEqual({ kind: 'collected' });
  });
});
