import type { Connection } from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { indexName } from '../../src/advice/identity.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { openIndexWork } from '../../src/engines/open-index-work.ts';
import type { Change } from '../../src/model/proposal.ts';
import {
  asItBegins,
  builderPassword,
  byCustomer,
  commandsOf,
  type ExecutorWorld,
  endedWhen,
  executorWorld,
  killedAfter,
  type WorldOptions,
} from '../support/executor-world.ts';
import { until } from '../support/leaks.ts';
import { prepareMysqlBuilder, seesStatements } from '../support/mysql-builder.ts';
import { type MysqlServer, startMysql } from '../support/mysql-server.ts';
import { forgetStatements, untilCounted } from '../support/mysql-shop.ts';
import { startProxy } from '../support/proxy.ts';
import { makeTarget } from '../support/target.ts';

/** The approval loop on MySQL and MariaDB: what is hidden, built, dropped, and what is left. */
describe.each(['mysql-9', 'mariadb-11.4'] as const)('%s', (product) => {
  let server: MysqlServer;
  const worlds: ExecutorWorld[] = [];
  const clients: Connection[] = [];
  const world = (change?: Change, more: WorldOptions = {}) => {
    const made = executorWorld(server, change, { engine: server.engine, ...more });
    worlds.push(made);
    return made;
  };
  const client = async () => {
    const made = await server.client('shop');
    clients.push(made);
    return made;
  };
  beforeAll(async () => {
    server = await startMysql({ product });
    await prepareMysqlBuilder(server, 40_000);
  }, 180_000);
  afterAll(async () => {
    await server.stop();
  });
  afterEach(async () => {
    for (const each of worlds.splice(0)) each.close();
    for (const each of clients.splice(0)) await each.end();
    for (const { name } of await indexes())
      await server.sql(`ALTER TABLE shop.orders DROP INDEX \`${name}\``);
  });
  /** Looks over a connection of its own: DDL waits for others for two seconds, no longer. */
  const onlooker = async () => {
    const beside = await client();
    const ours = async (what: string): Promise<unknown[]> => {
      const [rows] = await beside.query(`SELECT ID AS id FROM information_schema.PROCESSLIST
        WHERE USER = 'builder' AND ${what}`);
      return (rows as { id: unknown }[]).map(({ id }) => id);
    };
    const altering = async () => (await ours("INFO LIKE 'ALTER TABLE%'")).length === 1;
    return {
      altering,
      untilAltering: () => until(altering, 20_000, 'it is being built'),
      /** A connection still counts as busy for a moment after its answer is read. */
      async cutWatcher() {
        let watchers: unknown[] = [];
        const both = async () => {
          if (!(await altering())) return false;
          watchers = await ours("COMMAND = 'Sleep'");
          return watchers.length === 1;
        };
        await until(both, 20_000, 'one works and one watches');
        await beside.query(`KILL ${watchers[0]}`);
      },
    };
  };
  const indexes = async (): Promise<{ name: string; mark: string; hidden: boolean }[]> => {
    const hidden = server.engine === 'mysql' ? "IS_VISIBLE = 'NO'" : "IGNORED = 'YES'";
    const rows = await server.sql(`SELECT INDEX_NAME AS name, INDEX_COMMENT AS mark,
      ${hidden} AS hidden FROM information_schema.STATISTICS
      WHERE TABLE_SCHEMA = 'shop' AND TABLE_NAME = 'orders' AND INDEX_NAME <> 'PRIMARY'
        AND SEQ_IN_INDEX = 1`);
    return rows.map(({ name, mark, hidden: is }) => ({
      name: String(name),
      mark: String(mark),
      hidden: Number(is) === 1,
    }));
  };
  const openWork = (w: ExecutorWorld, username = 'builder') =>
    openIndexWork(server.engine, {
      target: makeTarget({ port: server.port, engine: server.engine }),
      credentials: { username, password: builderPassword },
      database: 'shop',
      change: w.proposal.change as never,
      mark: 'dbintel:test',
      uid: w.id,
      clock: systemClock,
      signal: new AbortController().signal,
    });

  it('builds what was approved with its mark, and takes it back where it hurts', async () => {
    const w = world();
    expect(await w.pass()).toBe('Proposed');
    await w.approve();
    expect(await w.settle()).toBe('Observing');
    const [made] = await indexes();
    expect(made).toMatchObject({ name: w.name, hidden: false });
    expect(made?.mark).toContain(`dbintel:${w.id}:`);
    w.verdict.now = { kind: 'regression', reason: 'regression' };
    expect(await w.settle()).toBe('RolledBack');
    expect(await indexes()).toEqual([]);
  });

  it('builds none beside another that does the same', async () => {
    const w = world();
    await w.approve();
    await w.pass();
    await server.sql('CREATE UNIQUE INDEX by_hand ON shop.orders (customer, id)');
    await server.sql('CREATE INDEX first_letters ON shop.orders (note(8))');
    expect(await w.pass()).toBe('Observing');
    await w.revoke();
    expect(await w.settle()).toBe('RolledBack');
    const other = world();
    await server.sql('CREATE INDEX twin ON shop.orders (customer)');
    await other.approve();
    expect(await other.settle()).toBe('Deferred');
    expect((await other.current()).state.reason).toBe('served_by_now');
  });

  it('builds nothing beyond the budget, what it has built before included', async () => {
    await server.sql(
      "CREATE INDEX dbi_before ON shop.orders (note, total) COMMENT 'dbintel:other:hash'",
    );
    await server.sql('ANALYZE TABLE shop.orders');
    const w = world(undefined, { spec: { advice: { budget: '1Mi' } } });
    await w.approve();
    expect(await w.settle()).toBe('Deferred');
    const { state } = await w.current();
    expect(state.reason).toBe('index_budget_spent');
    expect(state.detail).toMatch(/^this index 8 KiB, built already [1-9](\.\d)? MiB, of 1 MiB$/);
    expect((await indexes()).map(({ name }) => name)).toEqual(['dbi_before']);
  });

  it('counts what it has built in every database, as large as it is now', async () => {
    await server.sql(`CREATE DATABASE archive;
      CREATE TABLE archive.notes (id bigint PRIMARY KEY, note varchar(80),
        KEY dbi_note (note) COMMENT 'dbintel:other:hash');
      GRANT SELECT, INDEX, ALTER ON archive.* TO 'builder'@'%'`);
    const w = world();
    const built = async () => {
      await using work = await openWork(w);
      return await work.built();
    };
    expect(await built()).toBeLessThan(100_000);
    await server.sql('INSERT INTO archive.notes SELECT id, note FROM shop.orders');
    // The server counts anew some seconds after so much has changed.
    await until(async () => (await built()) > 500_000, 60_000, 'the index is seen as it is');
    await server.sql('DROP DATABASE archive');
  });

  const old = {
    kind: 'drop-index' as const,
    name: 'old',
    index: { ...byCustomer, keys: [{ column: 'total', descending: true as const }] },
    because: { kind: 'unused' as const, since: 0, servers: [], unknownServers: false },
  };
  const makeOld = () => server.sql('CREATE INDEX old ON shop.orders (total DESC)');

  it('hides before it drops, and drops once nobody has missed it', async () => {
    await makeOld();
    const w = world(old);
    await w.approve();
    expect(await w.settle()).toBe('Hidden');
    expect(await indexes()).toMatchObject([{ name: 'old', hidden: true }]);
    w.verdict.now = { kind: 'unproven', reason: 'unproven' };
    expect(await w.pass()).toBe('Kept');
    expect(await indexes()).toEqual([]);
  });

  it('hides and shows without a copy, where the server makes one of all that says nothing', async () => {
    await makeOld();
    const copies = server.engine === 'mysql' ? 'old_alter_table' : 'alter_algorithm';
    const table = server.engine === 'mysql' ? 'INNODB_TABLES' : 'INNODB_SYS_TABLES';
    const id = async () =>
      (
        await server.sql(
          `SELECT TABLE_ID AS id FROM information_schema.${table} WHERE NAME = 'shop/orders'`,
        )
      )[0]?.['id'];
    const before = await id();
    await server.sql(`SET GLOBAL ${copies} = ${server.engine === 'mysql' ? 'ON' : "'COPY'"}`);
    try {
      const w = world(old);
      await w.approve();
      expect(await w.settle()).toBe('Hidden');
      await w.revoke();
      expect(await w.settle()).toBe('RolledBack');
      expect(await id()).toBe(before);
    } finally {
      await server.sql(`SET GLOBAL ${copies} = DEFAULT`);
    }
  });

  it('neither hides nor drops where the approval is taken back as it begins', async () => {
    await makeOld();
    const w = world(old);
    const said = commandsOf(w);
    await w.approve();
    await w.pass();
    const mend = asItBegins(w, () => w.revoke());
    expect(await w.pass()).toBe('Withdrawn');
    expect(said).toEqual([]);
    mend();
    await w.approve();
    expect(await w.settle()).toBe('Hidden');
    w.verdict.now = { kind: 'unproven', reason: 'unproven' };
    asItBegins(w, () => w.revoke());
    expect(await w.settle()).toBe('RolledBack');
    expect(said).toEqual(['hide', 'show']);
    expect(await indexes()).toMatchObject([{ name: 'old', hidden: false }]);
  });

  it('shows again what is missed, at once', async () => {
    await makeOld();
    const w = world(old);
    await w.approve();
    await w.settle();
    w.verdict.now = { kind: 'regression', reason: 'regression' };
    expect(await w.settle()).toBe('RolledBack');
    expect(await indexes()).toMatchObject([{ name: 'old', hidden: false }]);
  });

  it('shows again what is not approved any more', async () => {
    await makeOld();
    const w = world(old);
    await w.approve();
    await w.settle();
    await w.revoke();
    expect(await w.settle()).toBe('RolledBack');
    expect(await indexes()).toMatchObject([{ name: 'old', hidden: false }]);
  });

  it('shows again what is not approved any more in a blackout, too', async () => {
    await makeOld();
    const w = world(old);
    await w.approve();
    await w.settle();
    w.gate.now = { kind: 'closed', reason: 'blackout', stop: false };
    w.ports.judge = () => Promise.reject(new Error('no history'));
    await w.revoke();
    expect(await w.pass()).toBe('RolledBack');
    expect(await indexes()).toMatchObject([{ name: 'old', hidden: false }]);
  });

  it('goes as redundant only beside the one that stands in for it', async () => {
    await makeOld();
    await server.sql('CREATE INDEX wide ON shop.orders (total DESC, customer)');
    const w = world({ ...old, because: { kind: 'redundant', covered: 'wide' } });
    await w.approve();
    expect(await w.settle()).toBe('Hidden');
    await server.sql('DROP INDEX wide ON shop.orders');
    w.wait(3_600_000);
    expect(await w.settle()).toBe('RolledBack');
    expect((await w.current()).state.reason).toBe('cover_gone');
    expect(await indexes()).toMatchObject([{ name: 'old', hidden: false }]);
    await server.sql('CREATE INDEX other ON shop.orders (customer, total)');
    for (const covered of ['gone', 'other']) {
      const again = world({ ...old, because: { kind: 'redundant', covered } });
      await again.approve();
      expect(await again.settle()).toBe('Deferred');
    }
    await server.sql('DROP INDEX other ON shop.orders');
    expect(await indexes()).toMatchObject([{ name: 'old', hidden: false }]);
  });

  it('neither hides nor keeps hidden what a statement names in a hint, which fails by that', async () => {
    const app = await client();
    for (const [name, hint] of [
      ['hinted', 'FORCE INDEX (hinted)'],
      ['late', 'USE KEY FOR JOIN (PRIMARY, `late`)'],
    ] as const) {
      await server.sql(`CREATE INDEX ${name} ON shop.orders (total DESC)`);
      const ask = () =>
        app
          .query(`SELECT id FROM orders ${hint} WHERE total = 3`)
          .finally(() => untilCounted(server, app));
      const w = world({ ...old, name });
      await w.approve();
      if (name === 'late') {
        expect(await w.settle()).toBe('Hidden');
        await expect(ask()).rejects.toThrow("Key 'late' doesn't exist");
      } else await ask();
      expect(await w.settle()).toBe(name === 'late' ? 'RolledBack' : 'Deferred');
      expect((await w.current()).state.reason).toBe('index_hinted');
      await ask();
    }
  });
  it('hides nothing that is read where statements are too long to show their hints', async () => {
    await makeOld();
    const app = await client();
    const columns = Array.from({ length: 60 }, (_, i) => `customer AS a_rather_long_name_${i}`);
    const ask = () => app.query(`SELECT ${columns} FROM orders FORCE INDEX (old) WHERE total = 3`);
    await ask();
    await untilCounted(server, app);
    const w = world(old);
    await w.approve();
    expect(await w.settle()).toBe('Deferred');
    expect((await w.current()).state.reason).toBe('hints_cut');
    await ask();
    await forgetStatements(server);
    w.wait(3_600_000);
    expect(await w.settle()).toBe('Hidden');
  });
  it('hides nothing where it may not see which hints run', async () => {
    await makeOld();
    await server.sql(seesStatements.replace('GRANT', 'REVOKE').replace(' TO ', ' FROM '));
    const w = world(old);
    // The brake asks for what has been revoked here, too.
    w.ports.brake = async () => ({ kind: 'open' });
    await w.approve();
    expect(await w.settle()).toBe('Deferred');
    expect((await w.current()).state.reason).toBe('hints_unseen');
    await server.sql(seesStatements);
    w.wait(3_600_000);
    expect(await w.settle()).toBe('Hidden');
  });
  it.each([
    ["UPDATE performance_schema.setup_consumers SET ENABLED = 'NO'", "NAME = 'statements_digest'"],
    [
      "UPDATE performance_schema.setup_instruments SET ENABLED = 'NO'",
      "NAME LIKE 'statement/sql/s%'",
    ],
    ["UPDATE performance_schema.setup_actors SET ENABLED = 'NO'", "USER = '%'"],
  ])('hides nothing where the server does not count what runs: %s WHERE %s', async (off, which) => {
    await makeOld();
    await server.sql(`${off} WHERE ${which}`);
    const w = world(old);
    await w.approve();
    expect(await w.settle()).toBe('Deferred');
    expect((await w.current()).state.reason).toBe('hints_unseen');
    await server.sql(`${off.replace("'NO'", "'YES'")} WHERE ${which}`);
    w.wait(3_600_000);
    expect(await w.settle()).toBe('Hidden');
  });
  it('hides nothing that a view names in a hint, though nobody has read it since the start', async () => {
    await server.sql('CREATE INDEX viewed ON shop.orders (total DESC)');
    await server.sql(
      'CREATE VIEW shop.hinting AS SELECT id FROM shop.orders FORCE INDEX (Viewed) WHERE total = 3',
    );
    await forgetStatements(server);
    const w = world({ ...old, name: 'viewed' });
    await w.approve();
    expect(await w.settle()).toBe('Deferred');
    expect((await w.current()).state.reason).toBe('index_hinted');
    await server.sql('SELECT id FROM shop.hinting');
    await server.sql('DROP VIEW shop.hinting');
  });

  it.each([
    ['PROCEDURE', 'shop.monthly() SELECT COUNT(*) FROM shop.orders FORCE  INDEX (Monthly)'],
    ['EVENT', 'shop.monthly ON SCHEDULE EVERY 1 MONTH STARTS NOW() + INTERVAL 1 MONTH DO %'],
    ['TRIGGER', 'shop.monthly BEFORE DELETE ON shop.orders FOR EACH ROW %'],
  ])('hides nothing that a %s names in a hint, which has not run yet', async (kind, said) => {
    const set = 'SET @n = (SELECT COUNT(*) FROM shop.orders USE\nINDEX (monthly))';
    await server.sql('CREATE INDEX monthly ON shop.orders (total DESC)');
    await server.sql(`CREATE ${kind} ${said.replace('%', set)}`);
    await forgetStatements(server);
    await server.sql(`GRANT ${seesStored[server.engine]} TO 'builder'@'%';
GRANT EVENT, TRIGGER ON shop.* TO 'builder'@'%'`);
    const w = world({ ...old, name: 'monthly' });
    await w.approve();
    expect(await w.settle()).toBe('Deferred');
    expect((await w.current()).state.reason).toBe('index_hinted');
    await server.sql(`DROP ${kind} shop.monthly;
REVOKE ${seesStored[server.engine]} FROM 'builder'@'%';
REVOKE EVENT, TRIGGER ON shop.* FROM 'builder'@'%'`);
  });
  const seesStored = { mysql: 'SHOW_ROUTINE ON *.*', mariadb: 'SELECT ON mysql.proc' };

  it('says that it may be hidden still where its table was renamed', async () => {
    await makeOld();
    const w = world(old);
    await w.approve();
    expect(await w.settle()).toBe('Hidden');
    await server.sql('RENAME TABLE shop.orders TO shop.orders_before');
    await server.sql('CREATE TABLE shop.orders (id bigint PRIMARY KEY, total int)');
    expect(await w.settle()).toBe('Gone');
    expect((await w.current()).state).toMatchObject({
      reason: 'changed_by_hand',
      detail: 'where its table or itself was renamed, it is still hidden there',
    });
    await server.sql('DROP TABLE shop.orders');
    await server.sql('RENAME TABLE shop.orders_before TO shop.orders');
  });

  it('lets be what somebody has shown again', async () => {
    await makeOld();
    const w = world(old);
    await w.approve();
    await w.settle();
    const shows = server.engine === 'mysql' ? 'VISIBLE' : 'NOT IGNORED';
    await server.sql(`ALTER TABLE shop.orders ALTER INDEX old ${shows}`);
    expect(await w.settle()).toBe('Gone');
    expect(await indexes()).toMatchObject([{ name: 'old', hidden: false }]);
  });

  it('makes again what is missed after it was dropped', async () => {
    await makeOld();
    const w = world(old);
    await w.approve();
    await w.settle();
    w.verdict.now = { kind: 'unproven', reason: 'unproven' };
    w.ports.judge = async ({ state }) =>
      state.phase === 'Hidden'
        ? { kind: 'unproven', reason: 'unproven' }
        : { kind: 'regression', reason: 'regression' };
    expect(await w.settle()).toBe('RolledBack');
    expect(await indexes()).toMatchObject([{ name: 'old', hidden: false }]);
  });

  it.each([1, 0])(
    'takes back one for which the server dropped the index of a foreign key (checks %i)',
    async (checks) => {
      await server.sql(`SET GLOBAL foreign_key_checks = ${checks}`);
      await server.sql(`CREATE TABLE shop.customers (id int PRIMARY KEY);
      CREATE TABLE shop.visits (id int PRIMARY KEY, customer int, at int,
        CONSTRAINT by_whom FOREIGN KEY (customer) REFERENCES shop.customers (id))`);
      const keys = [{ column: 'customer' }, { column: 'at' }];
      const index = { ...byCustomer, table: 'visits', keys };
      const w = world({ kind: 'create-index', name: 'dbi_visits', index });
      const names = async () => {
        const rows = await server.sql(`SELECT DISTINCT INDEX_NAME AS name
        FROM information_schema.STATISTICS WHERE TABLE_NAME = 'visits' ORDER BY 1`);
        return rows.map(({ name }) => name);
      };
      expect(await names()).toEqual(['by_whom', 'PRIMARY']);
      await w.approve();
      expect(await w.settle()).toBe('Observing');
      expect(await names()).toEqual(['dbi_visits', 'PRIMARY']);
      await w.revoke();
      expect(await w.settle()).toBe('RolledBack');
      expect(await names()).toEqual(['by_whom', 'PRIMARY']);
      await server.sql(`DROP TABLE shop.visits, shop.customers;
      SET GLOBAL foreign_key_checks = 1`);
    },
  );

  it('does not drop one that has another definition by now', async () => {
    await server.sql('CREATE INDEX old ON shop.orders (total)');
    const w = world(old);
    await w.approve();
    expect(await w.settle()).toBe('Failed');
    expect(await indexes()).toMatchObject([{ name: 'old', hidden: false }]);
  });

  it('leaves alone what somebody made under its name', async () => {
    const w = world();
    await server.sql(`CREATE INDEX \`${w.name}\` ON shop.orders (customer)`);
    await w.approve();
    expect(await w.settle()).toBe('Failed');
    expect((await w.current()).state.reason).toBe('name_taken');
    expect((await indexes()).map(({ name }) => name)).toEqual([w.name]);
  });

  it('gives up within seconds where a transaction holds the table, and readers go on', async () => {
    const w = world();
    await w.approve();
    await w.pass();
    const writer = await client();
    const reader = await client();
    const { untilAltering } = await onlooker();
    await writer.query('BEGIN');
    await writer.query('UPDATE orders SET total = 1 WHERE id = 1');
    const building = w.pass();
    await untilAltering();
    const began = performance.now();
    await reader.query('SELECT COUNT(*) FROM orders WHERE id = 7');
    expect(performance.now() - began).toBeLessThan(4_000);
    expect(await building).toBe('Approved');
    expect((await w.current()).state.reason).toBe('lock_timeout');
    expect(await indexes()).toEqual([]);
    await writer.query('ROLLBACK');
    expect(await w.settle()).toBe('Observing');
  });

  it('does not begin where a transaction has been open for long', async () => {
    const w = world();
    const reader = await client();
    await reader.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
    await reader.query('SELECT COUNT(*) FROM orders WHERE id = 7');
    await using work = await openWork(w);
    expect(await work.preflight()).toBeUndefined();
    await systemClock.sleep(1_100);
    expect(await work.preflight(1)).toBe('old_snapshot');
    await reader.query('ROLLBACK');
    // The server tells of them from a copy, which is made anew once nobody has read it for 0.1 s.
    await systemClock.sleep(300);
    expect(await work.preflight(1)).toBeUndefined();
  });

  it('knows how old a transaction is, whatever the zone of the server', async () => {
    const reader = await server.client('shop');
    try {
      for (const zone of ['+13:00', '-12:00']) {
        await server.sql(`SET GLOBAL time_zone = '${zone}'`);
        await using work = await openWork(world());
        await systemClock.sleep(300);
        expect(await work.preflight(), zone).toBeUndefined();
        await reader.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
        await reader.query('SELECT COUNT(*) FROM orders');
        await systemClock.sleep(2_100);
        expect(await work.preflight(1_000), zone).toBe('old_snapshot');
        await reader.query('ROLLBACK');
      }
    } finally {
      await reader.end();
      await server.sql("SET GLOBAL time_zone = 'SYSTEM'");
    }
  });

  it('says that it may not see transactions, or does not have the right', async () => {
    await server.sql(`CREATE USER 'blind'@'%' IDENTIFIED BY '${builderPassword}';
GRANT SELECT ON shop.* TO 'blind'@'%'`);
    await using work = await openWork(world(), 'blind');
    expect(await work.lock()).toBe(true);
    expect(await work.preflight()).toBe('transactions_unseen');
    expect(await work.build()).toEqual({ reason: 'role_lacks_ownership', final: true });
    await server.sql("DROP USER 'blind'@'%'");
  });

  it('of two executors, one acts', async () => {
    const w = world();
    await w.approve();
    await w.pass();
    await using first = await openWork(w);
    await using second = await openWork(w);
    expect([await first.lock(), await second.lock()]).toEqual([true, false]);
    expect(await second.look()).toEqual({ kind: 'busy' });
    expect(await w.pass()).toBe('Deferred');
  });

  it('what only drops works beside one that builds, but not on its table', async () => {
    const index = { ...byCustomer, table: 'other', keys: [{ column: 'a' }] };
    const w = world({ kind: 'create-index', name: indexName(index), index });
    await server.sql('CREATE TABLE shop.other (id int PRIMARY KEY, a int)');
    await w.approve();
    expect(await w.settle()).toBe('Observing');
    await using builds = await openWork(world());
    expect(await builds.lock()).toBe(true);
    await using same = await openWork(world({ ...old, name: 'same' }));
    expect(await same.lock({ onlyDrops: true })).toBe(false);
    await w.revoke();
    expect(await w.settle()).toBe('RolledBack');
    await server.sql('DROP TABLE shop.other');
  });

  it('what cannot be made beside the work of others is refused, and never by a copy', async () => {
    await server.sql('CREATE TABLE shop.letters (id int PRIMARY KEY, a int) ENGINE = MyISAM');
    const index = { ...byCustomer, table: 'letters', keys: [{ column: 'a' }] };
    const w = world({ kind: 'create-index', name: indexName(index), index });
    await w.approve();
    expect(await w.settle()).toBe('Failed');
    expect((await w.current()).state.reason).toBe('online_refused');
    await server.sql('DROP TABLE shop.letters');
  });

  it('cuts no key that is too long, where the server would without a word', async () => {
    await server.sql(`SET SESSION sql_mode = '';
CREATE TABLE shop.letters (id int PRIMARY KEY, text varchar(2000) CHARACTER SET utf8mb4,
  at datetime NOT NULL DEFAULT '0000-00-00');
SET GLOBAL sql_mode = '';`);
    const index = { ...byCustomer, table: 'letters' };
    const on = (column: string): Change => ({
      kind: 'create-index',
      name: `dbi_${column}`,
      index: { ...index, keys: [{ column }] },
    });
    for (const [column, end] of [
      ['text', 'Failed'],
      ['at', 'Observing'],
    ] as const) {
      const w = world(on(column));
      await w.approve();
      expect(await w.settle()).toBe(end);
      if (column === 'text')
        expect((await w.current()).state).toMatchObject({ reason: 'key_too_long', attempt: 1 });
    }
    await server.sql(`SET GLOBAL sql_mode = DEFAULT;
DROP TABLE shop.letters;`);
  });

  it('a stop ends what runs', async () => {
    const w = world();
    await w.approve();
    await w.pass();
    const writer = await client();
    await writer.query('BEGIN');
    await writer.query('UPDATE orders SET total = 1 WHERE id = 1');
    const { untilAltering } = await onlooker();
    await using work = await openWork(w);
    await using other = await openWork(w);
    await work.lock();
    const building = work.build();
    await untilAltering();
    await other.cancel();
    expect(await building).toEqual({ reason: 'cancelled', final: false });
    await writer.query('ROLLBACK');
  });

  it('a stop ends what runs where its watcher was cut off from the server', async () => {
    const w = world();
    const writer = await client();
    await writer.query('BEGIN');
    await writer.query('UPDATE orders SET total = 1 WHERE id = 1');
    const { cutWatcher } = await onlooker();
    await using work = await openWork(w);
    await work.lock();
    const building = work.build();
    expect(await work.look()).toEqual({ kind: 'absent' });
    await cutWatcher();
    await until(
      () =>
        work.cancel().then(
          () => true,
          () => false,
        ),
      1_500,
      'it is ended',
    );
    expect(await building).toEqual({ reason: 'cancelled', final: false });
    await writer.query('ROLLBACK');
  });

  it('cut off in its last try it has not failed while the server works on', async () => {
    const proxy = await startProxy(server);
    const w = executorWorld(proxy, undefined, { engine: server.engine });
    worlds.push(w);
    await w.approve();
    await w.pass();
    const approved = await w.current();
    await w.ports.store.write(approved, { ...approved.state, attempt: 2 });
    const writer = await client();
    await writer.query('BEGIN');
    await writer.query('UPDATE orders SET total = 1 WHERE id = 1');
    const { untilAltering } = await onlooker();
    const worker = proxy.connections;
    const building = w.pass();
    await untilAltering();
    proxy.cut(worker);
    expect(await building).toBe('Applying');
    await writer.query('ROLLBACK');
    await until(async () => (await w.settle()) === 'Observing', 20_000, 'it is in force');
    expect(await indexes()).toMatchObject([{ name: w.name, hidden: false }]);
    await proxy.close();
  });

  it.each([
    ['table', 'DROP TABLE shop.passing'],
    ['column', 'ALTER TABLE shop.passing DROP COLUMN a'],
  ])('gives up to bring back an index of a %s that is gone', async (what, remove) => {
    await server.sql(`DROP TABLE IF EXISTS shop.passing;
      CREATE TABLE shop.passing (id int PRIMARY KEY, a int, KEY old (a))`);
    const index = { ...byCustomer, table: 'passing', keys: [{ column: 'a' }] };
    const w = world({ ...old, index });
    await w.approve();
    expect(await w.settle()).toBe('Hidden');
    await server.sql(remove);
    await w.revoke();
    const found = await w.current();
    await w.ports.store.write(found, { ...found.state, phase: 'RollingBack' });
    expect(await w.settle()).toBe('Gone');
    expect((await w.current()).state.reason).toBe(`${what}_missing`);
  });

  it('a stop ends what runs after its password was changed, once that can be read', async () => {
    const w = world();
    await w.approve();
    await w.pass();
    const writer = await client();
    await writer.query('BEGIN');
    await writer.query('UPDATE orders SET total = 1 WHERE id = 1');
    const { cutWatcher } = await onlooker();
    const work = await w.ports.open(await w.current(), new AbortController().signal);
    await work.lock();
    await server.sql("ALTER USER 'builder'@'%' IDENTIFIED BY 'pw-new'");
    w.password.now = 'pw-new';
    const building = work.build();
    await cutWatcher();
    const cancelled = () =>
      work.cancel().then(
        () => true,
        () => false,
      );
    await until(cancelled, 1_500, 'it is ended');
    expect(await building).toEqual({ reason: 'cancelled', final: false });
    await work[Symbol.asyncDispose]();
    await server.sql(`ALTER USER 'builder'@'%' IDENTIFIED BY '${builderPassword}'`);
    await writer.query('ROLLBACK');
  });

  it('told to end, an executor ends what it builds, and the next one goes on', async () => {
    const w = world();
    await w.approve();
    const writer = await client();
    await writer.query('BEGIN');
    await writer.query('UPDATE orders SET total = 1 WHERE id = 1');
    const { altering, untilAltering } = await onlooker();
    const took_ms = await endedWhen(server, w, untilAltering);
    expect(took_ms).toBeLessThan(20_000);
    expect(await altering()).toBe(false);
    await writer.query('ROLLBACK');
    expect(await indexes()).toEqual([]);
    const { state } = await w.current();
    expect(state).toMatchObject({ phase: 'Deferred', reason: 'program_ending', attempt: 0 });
    expect(await w.settle()).toBe('Observing');
  });

  it('an executor is killed at any moment: the next one comes to the same end', async () => {
    for (const after_ms of [0, 60, 150, 400]) {
      const w = world();
      await w.approve();
      await killedAfter(server, w, after_ms);
      // Who is not here any more has let go of its locks, too.
      const sessions = () =>
        server.sql("SELECT 1 FROM information_schema.PROCESSLIST WHERE USER = 'builder'");
      await until(async () => (await sessions()).length === 0, 30_000, 'the server has ended it');
      expect(await w.settle()).toBe('Observing');
      expect((await indexes()).map(({ name }) => name)).toEqual([w.name]);
      await server.sql(`ALTER TABLE shop.orders DROP INDEX \`${w.name}\``);
    }
  }, 120_000);
});
