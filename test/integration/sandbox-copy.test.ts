import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../src/engines/engine.ts';
import { createEngines } from '../../src/engines/index.ts';
import type { IndexDef } from '../../src/model/index-def.ts';
import { preorder } from '../../src/model/plan.ts';
import { until } from '../support/leaks.ts';
import { type MysqlServer, startMysql } from '../support/mysql-server.ts';
import { makeShop } from '../support/mysql-shop.ts';
import { collectorPassword, makeTarget, openSession } from '../support/target.ts';

/**
 * A copy that others use, too: what it refuses is left out, what is planned there knows nothing of
 * an index that was not asked about, and no server that others depend on is taken for one.
 */
const grants = `
CREATE USER 'dbintel'@'%' IDENTIFIED BY '${collectorPassword}';
GRANT SELECT, INSERT, CREATE, ALTER, INDEX ON shop.* TO 'dbintel'@'%';
GRANT SELECT ON performance_schema.* TO 'dbintel'@'%';
`;
const byTotal: IndexDef = {
  schema: 'shop',
  table: 'orders',
  method: 'btree',
  keys: [{ column: 'total' }],
};
const byName: IndexDef = { ...byTotal, table: 'customers', keys: [{ column: 'name' }] };
const ofTotal = { text: "SELECT id FROM orders WHERE total = '7'", database: 'shop' };
const ofName = { text: "SELECT id FROM customers WHERE name = 'n7'", database: 'shop' };

describe.each(['mysql-9', 'mariadb-11.4'] as const)('%s', (product) => {
  let copy: MysqlServer;
  let session: Session;
  const open = async () => {
    session = await openSession(makeTarget({ engine: copy.engine, port: copy.port }));
    if (!session.sandbox) throw new Error('no sandbox');
    return session.sandbox();
  };
  /** Reads it, and keeps it from being changed until let go. */
  const hold = async (table: string) => {
    const other = await copy.client('shop');
    await other.query('BEGIN');
    await other.query(`SELECT * FROM ${table} LIMIT 1`);
    return () => other.end();
  };
  const ours = () =>
    copy.sql(`SELECT DISTINCT INDEX_NAME FROM information_schema.STATISTICS
      WHERE INDEX_COMMENT = 'dbintel:sandbox'`);
  const readBy = async (sandbox: Awaited<ReturnType<typeof open>>, of: typeof ofTotal) =>
    preorder((await sandbox.plan(of, 5_000)).root).flatMap(({ index }) => index?.name ?? []);

  beforeAll(async () => {
    copy = await startMysql({ product });
    await makeShop(copy);
    await copy.sql(grants);
  });
  afterEach(() => session.close());
  afterAll(() => copy.stop());

  it('plans nothing of a table while an index stays there that should be hidden', async () => {
    const sandbox = await open();
    await sandbox.make(byTotal, 'dbi_total');
    await sandbox.make(byName, 'dbi_name');
    expect(await readBy(sandbox, ofTotal)).toEqual(['dbi_total']);
    const letGo = await hold('orders');
    await sandbox.hide(byTotal, 'dbi_total');
    await expect(readBy(sandbox, ofTotal)).rejects.toMatchObject({ code: 'unplannable' });
    expect(await readBy(sandbox, ofName)).toEqual(['dbi_name']);
    expect(sandbox.held()).toEqual([{ schema: 'shop', table: 'orders' }]);
    await letGo();
    expect(await readBy(sandbox, ofTotal)).toEqual([]);
    await sandbox.make(byTotal, 'dbi_total');
    expect(await readBy(sandbox, ofTotal)).toEqual(['dbi_total']);
    await sandbox[Symbol.asyncDispose]();
    expect(await ours()).toEqual([]);
  });

  it('says what is left when it ends; the next one removes it, or plans without it', async () => {
    const sandbox = await open();
    await sandbox.make(byTotal, 'dbi_total');
    await sandbox.make(byName, 'dbi_name');
    const letGo = await hold('orders');
    await expect(sandbox[Symbol.asyncDispose]()).rejects.toMatchObject({ code: 'lock_timeout' });
    expect(await ours()).toEqual([{ INDEX_NAME: 'dbi_total' }]);
    await session.close();
    const next = await open();
    await expect(readBy(next, ofTotal)).rejects.toMatchObject({ code: 'unplannable' });
    expect(await readBy(next, ofName)).toEqual([]);
    await letGo();
    expect(await readBy(next, ofTotal)).toEqual([]);
    await next[Symbol.asyncDispose]();
    expect(await ours()).toEqual([]);
  });

  it('is told where the connection that cleans up is killed', async () => {
    const sandbox = await open();
    await sandbox.make(byTotal, 'dbi_total');
    const letGo = await hold('orders');
    const ended = sandbox[Symbol.asyncDispose]().then(
      () => undefined,
      (error: unknown) => error,
    );
    const waiting = async () =>
      (
        await copy.sql(`SELECT ID AS id FROM information_schema.PROCESSLIST
          WHERE USER = 'dbintel' AND INFO LIKE '%DROP INDEX%'`)
      )[0]?.['id'];
    let id: unknown;
    await until(async () => (id = await waiting()) !== undefined, 20_000, 'it cleans up');
    await copy.sql(`KILL ${id}`);
    expect(await ended).toMatchObject({ code: 'connection_failed' });
    await letGo();
    expect(await ours()).toEqual([{ INDEX_NAME: 'dbi_total' }]);
    await session.close();
    const next = await open();
    await next[Symbol.asyncDispose]();
    expect(await ours()).toEqual([]);
  });

  it('leaves out what a table has no more room for, and hides what it made', async () => {
    const sandbox = await open();
    const columns = ['total', 'at', 'email', 'status', 'customer_id'];
    const many = columns.flatMap((a) =>
      columns.filter((b) => b !== a).map((b) => ({ keys: [{ column: a }, { column: b }] })),
    );
    const refused: string[] = [];
    for (const [i, each] of many.entries())
      await sandbox.make({ ...byTotal, ...each }, `dbi_${i}`).catch((error) => {
        refused.push(error.code);
      });
    expect(refused).toEqual(Array.from({ length: many.length - 16 }, () => 'unplannable'));
    await sandbox.hide({ ...byTotal, ...many[0] }, 'dbi_0');
    await sandbox.make({ ...byTotal, ...many[19] }, 'dbi_19');
    expect((await ours()).length).toBe(16);
    expect(sandbox.held()).toEqual([]);
    await sandbox[Symbol.asyncDispose]();
    expect(await ours()).toEqual([]);
  });
});

const source: Record<'mysql' | 'mariadb', (port: number) => string> = {
  mysql: (port) =>
    `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = ${port}, ` +
    "SOURCE_USER = 'peer', SOURCE_PASSWORD = 'pw', GET_SOURCE_PUBLIC_KEY = 1",
  mariadb: (port) =>
    `CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${port}, MASTER_USER = 'peer', ` +
    "MASTER_PASSWORD = 'pw', MASTER_SSL_VERIFY_SERVER_CERT = 0",
};

describe.each(['mysql-9', 'mariadb-10.11', 'mariadb-11.4'] as const)('%s', (product) => {
  it('refuses a replica, writable or stopped, and takes what was one', async () => {
    const logged = (id: number) => [`--server-id=${id}`, '--log-bin=log'];
    const [primary, replica] = await Promise.all([
      startMysql({ product, settings: logged(1) }),
      startMysql({ product, settings: [...logged(2), '--read-only=OFF'] }),
    ]);
    const opened = async () => {
      const { engine, port } = replica;
      await using session = await openSession(makeTarget({ engine, port }));
      await using _ = await session.sandbox?.();
    };
    const replicated = async () =>
      (await replica.sql("SHOW DATABASES LIKE 'later'").catch(() => [])).length > 0;
    try {
      await primary.sql("CREATE USER 'peer'@'%' IDENTIFIED BY 'pw'");
      await primary.sql("GRANT REPLICATION SLAVE ON *.* TO 'peer'@'%'");
      await replica.sql('CREATE DATABASE shop');
      await replica.sql(grants);
      await opened();
      const { engine } = replica;
      await replica.sql(source[engine](primary.port));
      await replica.sql(engine === 'mysql' ? 'START REPLICA' : 'START SLAVE');
      await primary.sql('CREATE DATABASE later');
      await until(replicated, 20_000, 'it replicates');
      const refused = { code: 'sandbox_refused', message: /replicates from another server/ };
      await expect(opened()).rejects.toThrow(refused.message);
      await replica.sql(engine === 'mysql' ? 'STOP REPLICA' : 'STOP SLAVE');
      await expect(opened()).rejects.toMatchObject({ code: refused.code });
      await replica.sql(engine === 'mysql' ? 'RESET REPLICA ALL' : 'RESET SLAVE ALL');
      await opened();
    } finally {
      await Promise.all([primary.stop(), replica.stop()]);
    }
  });
});

it('is not sure of a MySQL that does not tell who replicates', async () => {
  const server = await startMysql({ settings: ['--performance-schema=OFF'] });
  try {
    await server.sql('CREATE DATABASE shop');
    await server.sql(grants);
    const engine = createEngines().mysql;
    await using session = await openSession(makeTarget({ engine: 'mysql', port: server.port }), {
      engine,
    });
    await expect(session.sandbox?.()).rejects.toMatchObject({ code: 'sandbox_refused' });
  } finally {
    await server.stop();
  }
});
