import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/node/clock.ts';
import type { Change } from '../../src/model/proposal.ts';
import { byCustomer, executorWorld, prepareBuilder } from '../support/executor-world.ts';
import { until } from '../support/leaks.ts';
import { prepareMysqlBuilder } from '../support/mysql-builder.ts';
import { type MysqlServer, startMysql } from '../support/mysql-server.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { prepareSloths, setPace } from '../support/sloths.ts';

/**
 * A build of hours keeps nobody waiting who reads or writes. But whoever wants the table for
 * themselves waits for it, and everybody else behind them.
 */
const mostWait_ms = 8_000;

async function took(work: Promise<unknown>): Promise<number> {
  const began = systemClock.monotonic();
  await work;
  return systemClock.monotonic() - began;
}

describe.each(['18', '14'] as const)('PostgreSQL %s', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
    await prepareBuilder(server, 1_000);
    await prepareSloths(server);
  }, 120_000);
  afterAll(() => server.stop());

  const slow: Change = {
    kind: 'create-index',
    name: 'dbi_slow',
    index: { ...byCustomer, table: 'sloths', keys: [{ column: 'pace' }] },
  };
  const building = async () => {
    const rows = await server.sql(`SELECT pid FROM pg_stat_progress_create_index`);
    return rows.length > 0;
  };

  it('a migration ends a build, and who reads waits no longer for it', async () => {
    const w = executorWorld(server, slow);
    await setPace(server, 2);
    await w.approve();
    await w.pass();
    const pass = w.pass();
    await until(building, 20_000, 'it is being built');
    const [migration, reader] = [await server.client(), await server.client()];
    const migrated = took(migration.query('ALTER TABLE shop.sloths ADD name text'));
    await systemClock.sleep(100);
    expect(await took(reader.query('SELECT count(*) FROM shop.sloths'))).toBeLessThan(mostWait_ms);
    expect(await migrated).toBeLessThan(mostWait_ms);
    expect(await pass).toBe('Approved');
    expect((await w.current()).state).toMatchObject({ reason: 'others_waited', attempt: 1 });
    expect(await server.sql(`SELECT FROM pg_class WHERE relname = 'dbi_slow'`)).toEqual([]);
    await setPace(server, 0);
    w.wait(3_600_000);
    expect(await w.settle()).toBe('Observing');
    for (const each of [migration, reader]) await each.end();
    w.close();
  }, 120_000);

  it.each([
    ['column', 'ALTER TABLE shop.sloths RENAME pace TO speed', 'Failed column_missing'],
    ['table', 'ALTER TABLE shop.sloths RENAME TO slowest', 'Deferred table_missing'],
  ])(
    'who renames the %s ends a build, and nothing invalid is left',
    async (_, sql, end) => {
      await server.sql('DROP INDEX IF EXISTS shop.dbi_slow');
      const w = executorWorld(server, slow);
      await setPace(server, 2);
      await w.approve();
      await w.pass();
      const pass = w.pass();
      await until(building, 20_000, 'it is being built');
      await server.sql(sql);
      await pass;
      w.wait(3_600_000);
      await w.pass();
      const { phase, reason } = (await w.current()).state;
      expect(`${phase} ${reason}`).toBe(end);
      expect(await server.sql(`SELECT FROM pg_class WHERE relname = 'dbi_slow'`)).toEqual([]);
      await server.sql(`DROP TABLE IF EXISTS shop.slowest, shop.sloths`);
      await server.sql(`CREATE TABLE shop.sloths (id int PRIMARY KEY, pace shop.pace);
      ALTER TABLE shop.sloths OWNER TO builder;
      INSERT INTO shop.sloths SELECT n, (n * 7919 % 3001)::shop.pace
        FROM generate_series(1, 3000) n`);
      w.close();
    },
    120_000,
  );

  it('who moves the table to another schema ends a build, and nothing invalid is left there', async () => {
    await server.sql('CREATE SCHEMA moved AUTHORIZATION builder');
    const w = executorWorld(server, slow);
    await setPace(server, 2);
    await w.approve();
    await w.pass();
    const pass = w.pass();
    await until(building, 20_000, 'it is being built');
    await server.sql('ALTER TABLE shop.sloths SET SCHEMA moved');
    await pass;
    expect(await w.settle()).toBe('Deferred');
    expect((await w.current()).state.reason).toBe('table_missing');
    const left = await server.sql("SELECT relname FROM pg_class WHERE relname = 'dbi_slow'");
    expect(left).toEqual([]);
    await server.sql('ALTER TABLE moved.sloths SET SCHEMA shop; DROP SCHEMA moved');
    w.close();
  }, 120_000);

  it('what only wants to do the same ends nothing', async () => {
    await server.sql('DROP INDEX IF EXISTS shop.dbi_slow');
    const w = executorWorld(server, slow);
    await setPace(server, 2);
    await w.approve();
    await w.pass();
    const pass = w.pass();
    await until(building, 20_000, 'it is being built');
    const vacuum = await server.client();
    const vacuumed = vacuum.query('VACUUM shop.sloths');
    await systemClock.sleep(5_000);
    expect(await building()).toBe(true);
    w.gate.now = { kind: 'closed', reason: 'emergency_stop', stop: true };
    await pass;
    await vacuumed;
    await vacuum.end();
    w.close();
  }, 120_000);
});

describe.each(['mysql-9', 'mariadb-11.4'] as const)('%s', (product) => {
  let server: MysqlServer;
  beforeAll(async () => {
    server = await startMysql({ product });
    await prepareMysqlBuilder(server, 100_000);
    await server.sql(`CREATE TABLE shop.large (id int PRIMARY KEY AUTO_INCREMENT, a varchar(200));
INSERT INTO shop.large (a) SELECT repeat(rand(), 8) FROM shop.orders;
INSERT INTO shop.large (a) SELECT repeat(rand(), 8) FROM shop.large;
INSERT INTO shop.large (a) SELECT repeat(rand(), 8) FROM shop.large;
INSERT INTO shop.large (a) SELECT repeat(rand(), 8) FROM shop.large;
INSERT INTO shop.large (a) SELECT repeat(rand(), 8) FROM shop.large`);
  }, 180_000);
  afterAll(() => server.stop());
  afterEach(() => server.sql('ALTER TABLE shop.large DROP INDEX dbi_large').catch(() => []));

  const large: Change = {
    kind: 'create-index',
    name: 'dbi_large',
    index: { ...byCustomer, table: 'large', keys: [{ column: 'a' }] },
  };
  const altering = async () => {
    const rows = await server.sql(`SELECT ID FROM information_schema.PROCESSLIST
      WHERE USER = 'builder' AND STATE LIKE 'altering%'`);
    return rows.length > 0;
  };

  it.each([
    ['a backup', 'FLUSH TABLES WITH READ LOCK', "INSERT INTO orders VALUES (0, 0, 0, '')"],
    ['a migration', "ALTER TABLE large COMMENT 'a'", 'SELECT id FROM large LIMIT 1'],
  ])(
    '%s ends a build, and who reads or writes waits no longer for it',
    async (_, sql, behind) => {
      const w = executorWorld(server, large, { engine: server.engine });
      await w.approve();
      await w.pass();
      const pass = w.pass();
      await until(altering, 20_000, 'it is being built');
      const [first, second] = [await server.client('shop'), await server.client('shop')];
      const had = first.query(sql).then(() => first.query('UNLOCK TABLES'));
      await systemClock.sleep(100);
      expect(await took(second.query(behind))).toBeLessThan(mostWait_ms);
      await had;
      expect(await pass).toBe('Approved');
      expect((await w.current()).state).toMatchObject({ reason: 'others_waited', attempt: 1 });
      for (const each of [first, second]) await each.end();
      w.close();
    },
    120_000,
  );

  it('who waits for a table of that name ends a build where it is of that database', async () => {
    await server.sql('CREATE DATABASE other;\nCREATE TABLE other.large (id int)');
    const w = executorWorld(server, large, { engine: server.engine });
    await w.approve();
    await w.pass();
    const [holds, there, here, whole] = [
      await server.client('other'),
      await server.client('other'),
      await server.client('other'),
      await server.client('shop'),
    ];
    await holds.query('LOCK TABLES large READ');
    const waiting = [there.query('TRUNCATE large'), here.query('TRUNCATE other.large')];
    await systemClock.sleep(1_000);
    const seen = { running: false, awaited: false };
    const { open } = w.ports;
    w.ports.open = async (...given) => {
      const work = await open(...given);
      const { build } = work;
      work.build = async () => {
        const building = build();
        await until(altering, 20_000, 'it is being built');
        seen.awaited = await work.isAwaited();
        seen.running = await altering();
        waiting.push(whole.query("ALTER TABLE `shop` . `large` COMMENT 'b'"));
        return building;
      };
      return work;
    };
    expect(await w.pass()).toBe('Approved');
    expect((await w.current()).state.reason).toBe('others_waited');
    expect(seen).toEqual({ running: true, awaited: false });
    await holds.query('UNLOCK TABLES');
    await Promise.all(waiting);
    for (const each of [holds, there, here, whole]) await each.end();
    w.close();
  }, 120_000);
});
