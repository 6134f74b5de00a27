import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { indexName } from '../../src/advice/identity.ts';
import { byCustomer, type ExecutorWorld, executorWorld } from '../support/executor-world.ts';
import { galeraMember } from '../support/galera.ts';
import { until } from '../support/leaks.ts';
import { ownGrant, prepareMysqlBuilder, seesStatements } from '../support/mysql-builder.ts';
import { type MysqlServer, startMysql } from '../support/mysql-server.ts';
import { makeTarget, openSession, prepareMysql } from '../support/target.ts';

/** MySQL and MariaDB: on a replica that takes writes, and in a cluster, nothing is built. */
const worlds: ExecutorWorld[] = [];
afterEach(() => {
  for (const each of worlds.splice(0)) each.close();
});
const approved = async (server: MysqlServer, index = byCustomer) => {
  const change = { kind: 'create-index' as const, name: indexName(index), index };
  const w = executorWorld(server, change, { engine: server.engine });
  worlds.push(w);
  await w.approve();
  await w.pass();
  return w;
};
/** What became of one that was approved there, and why. */
const tried = async (server: MysqlServer) => {
  const w = await approved(server);
  return { phase: await w.pass(), reason: (await w.current()).state.reason };
};
const built = (server: MysqlServer) =>
  server.sql(`SELECT INDEX_NAME FROM information_schema.STATISTICS
    WHERE TABLE_SCHEMA = 'shop' AND TABLE_NAME = 'orders' AND INDEX_NAME <> 'PRIMARY'`);

const words = {
  mysql: {
    begin: (port: number) =>
      `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = ${port}, ` +
      "SOURCE_USER = 'copy', SOURCE_PASSWORD = 'pw', GET_SOURCE_PUBLIC_KEY = 1 " +
      "FOR CHANNEL 'main';\nSTART REPLICA;",
    stop: "STOP REPLICA FOR CHANNEL 'main'",
    forget: "RESET REPLICA ALL FOR CHANNEL 'main'",
  },
  mariadb: {
    begin: (port: number) =>
      `CHANGE MASTER 'main' TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${port}, ` +
      "MASTER_USER = 'copy', MASTER_PASSWORD = 'pw', MASTER_SSL_VERIFY_SERVER_CERT = 0;\n" +
      "START SLAVE 'main';",
    stop: "STOP SLAVE 'main'",
    forget: "RESET SLAVE 'main' ALL",
  },
};

describe.each(['mysql-9', 'mariadb-11.4'] as const)('%s', (product) => {
  let source: MysqlServer;
  let replica: MysqlServer;
  beforeAll(async () => {
    const logged = (id: number) => [`--server-id=${id}`, '--log-bin=log'];
    [source, replica] = await Promise.all([
      startMysql({ product, settings: logged(1) }),
      startMysql({ product, settings: logged(2) }),
    ]);
    await source.sql(`CREATE USER 'copy'@'%' IDENTIFIED BY 'pw';
GRANT REPLICATION SLAVE ON *.* TO 'copy'@'%'`);
    await replica.sql(words[replica.engine].begin(source.port));
    await prepareMysqlBuilder(source, 1_000);
    await until(
      async () => {
        const granted = await replica.sql("SHOW GRANTS FOR 'builder'@'%'").catch(() => []);
        const last = replica.engine === 'mysql' ? 'performance_schema' : 'MONITOR';
        return JSON.stringify(granted).includes(last);
      },
      60_000,
      'the replica has what its source has',
    );
  }, 240_000);
  afterAll(async () => {
    await Promise.all([source, replica].map((each) => each.stop()));
  });

  it('on a replica that takes writes nothing is built, be it stopped', async () => {
    const { engine } = replica;
    expect(await tried(replica)).toEqual({ phase: 'Deferred', reason: 'server_is_replica' });
    await replica.sql(words[engine].stop);
    expect(await tried(replica)).toEqual({ phase: 'Deferred', reason: 'server_is_replica' });
    expect(await built(replica)).toEqual([]);
    await replica.sql(words[engine].forget);
    expect((await tried(replica)).phase).toBe('Observing');
    expect(await built(replica)).toHaveLength(1);
  });

  it('on its source it is', async () => {
    expect((await tried(source)).phase).toBe('Observing');
  });

  it('nothing is built where it is not told whether the server is a replica', async () => {
    const grants = [...new Set([ownGrant[source.engine], seesStatements])];
    for (const each of grants)
      await source.sql(each.replace('GRANT', 'REVOKE').replace(' TO ', ' FROM '));
    const w = await approved(source, { ...byCustomer, keys: [{ column: 'total' }] });
    // The brake asks for what has been revoked here, too.
    w.ports.brake = async () => ({ kind: 'open' });
    expect(await w.pass()).toBe('Deferred');
    expect((await w.current()).state.reason).toBe('replication_unseen');
    for (const each of grants) await source.sql(each);
    w.wait(3_600_000);
    expect(await w.pass()).toBe('Observing');
  });
});

it('in a Galera cluster nothing is built, nor tried out', async () => {
  const { settings } = await galeraMember();
  const member = await startMysql({ product: 'mariadb-11.4', settings });
  try {
    await prepareMysqlBuilder(member, 1_000);
    expect(await tried(member)).toEqual({ phase: 'Deferred', reason: 'server_in_cluster' });
    await member.sql('SET GLOBAL wsrep_on = OFF');
    expect(await tried(member)).toEqual({ phase: 'Deferred', reason: 'server_in_cluster' });
    await prepareMysql(member, ['shop']);
    await using session = await openSession(makeTarget({ engine: 'mariadb', port: member.port }));
    await expect(session.sandbox?.()).rejects.toMatchObject({
      code: 'sandbox_refused',
      message: expect.stringMatching('member of a cluster'),
    });
    expect(await built(member)).toEqual([]);
  } finally {
    await member.stop();
  }
});
