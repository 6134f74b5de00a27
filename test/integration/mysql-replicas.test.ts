import { expect, it } from 'vitest';
import { until } from '../support/leaks.ts';
import { type MysqlVersion, startMysql } from '../support/mysql-server.ts';
import { makeTarget, openSession, prepareMysql } from '../support/target.ts';

/** A server says which databases it has and how many servers replicate it, to the role we print. */
const begin: Record<'mysql' | 'mariadb', (port: number) => string> = {
  mysql: (port) =>
    `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = ${port}, ` +
    "SOURCE_USER = 'copy', SOURCE_PASSWORD = 'pw', GET_SOURCE_PUBLIC_KEY = 1;\nSTART REPLICA;",
  mariadb: (port) =>
    `CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${port}, MASTER_USER = 'copy', ` +
    "MASTER_PASSWORD = 'pw', MASTER_SSL_VERIFY_SERVER_CERT = 0;\nSTART SLAVE;",
};

it.each<MysqlVersion>(['mysql-9', 'mariadb-11.4'])('%s', async (product) => {
  const logged = (id: number) => [`--server-id=${id}`, '--log-bin=log'];
  const [primary, replica] = await Promise.all([
    startMysql({ product, settings: logged(1) }),
    startMysql({ product, settings: logged(2) }),
  ]);
  try {
    await primary.sql('CREATE DATABASE shop');
    await prepareMysql(primary, ['shop']);
    await primary.sql("CREATE USER 'copy'@'%' IDENTIFIED BY 'pw'");
    await primary.sql("GRANT REPLICATION SLAVE ON *.* TO 'copy'@'%'");
    const target = makeTarget({ engine: primary.engine, port: primary.port });
    const asked = async () => {
      await using session = await openSession(target);
      return await session.surroundings?.();
    };
    expect(await asked()).toMatchObject({ replicas: 0 });
    expect((await asked())?.databases).toContain('shop');
    await replica.sql(begin[primary.engine](primary.port));
    await until(async () => (await asked())?.replicas === 1, 60_000, 'the replica is seen');
  } finally {
    await Promise.all([primary.stop(), replica.stop()]);
  }
});

/** The second of two, by whose name they are listed, does what it is told an hour later. */
const delayed: Record<'mysql' | 'mariadb', (port: number) => string> = {
  mysql: (port) =>
    ['a', 'b']
      .map(
        (name) =>
          `CHANGE REPLICATION SOURCE TO SOURCE_HOST = '127.0.0.1', SOURCE_PORT = ${port}, ` +
          "SOURCE_USER = 'copy', SOURCE_PASSWORD = 'pw', GET_SOURCE_PUBLIC_KEY = 1, " +
          `SOURCE_DELAY = ${name === 'a' ? 0 : 3_600} FOR CHANNEL '${name}';\n` +
          `START REPLICA FOR CHANNEL '${name}';`,
      )
      .join('\n'),
  mariadb: (port) =>
    `CHANGE MASTER 'b' TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${port}, ` +
    "MASTER_USER = 'copy', MASTER_PASSWORD = 'pw', MASTER_SSL_VERIFY_SERVER_CERT = 0, " +
    "MASTER_DELAY = 3600;\nSTART SLAVE 'b';",
};

it.each<MysqlVersion>(['mysql-9', 'mariadb-11.4'])(
  '%s: a replica of several sources is as far behind as behind the furthest',
  async (product) => {
    const logged = (id: number) => [`--server-id=${id}`, '--log-bin=log'];
    const [primary, replica] = await Promise.all([
      startMysql({ product, settings: logged(1) }),
      startMysql({ product, settings: logged(2) }),
    ]);
    try {
      await primary.sql("CREATE USER 'copy'@'%' IDENTIFIED BY 'pw'");
      await primary.sql("GRANT REPLICATION SLAVE ON *.* TO 'copy'@'%'");
      await prepareMysql(replica, []);
      const right = primary.engine === 'mysql' ? 'REPLICATION CLIENT' : 'REPLICA MONITOR';
      await replica.sql(`GRANT ${right} ON *.* TO dbintel;`);
      await replica.sql(delayed[primary.engine](primary.port));
      await primary.sql('CREATE DATABASE written;');
      const target = makeTarget({ engine: replica.engine, port: replica.port });
      const behind_ms = async () => {
        await using session = await openSession(target);
        return (await session.health()).replicationLag_ms ?? 0;
      };
      await until(async () => (await behind_ms()) >= 2_000, 60_000, 'it is known to be behind');
    } finally {
      await Promise.all([primary.stop(), replica.stop()]);
    }
  },
);

it('a server without performance_schema does not say that nobody replicates it', async () => {
  const server = await startMysql({ product: 'mysql-9', settings: ['--performance-schema=OFF'] });
  try {
    await server.sql("CREATE USER 'dbintel'@'%' IDENTIFIED BY 'pw'");
    await server.sql("GRANT SELECT ON performance_schema.* TO 'dbintel'@'%'");
    const target = makeTarget({ engine: 'mysql', port: server.port });
    await using session = await openSession(target, { password: 'pw' });
    expect(await session.surroundings?.()).not.toHaveProperty('replicas');
    await expect(session.sandbox?.()).rejects.toMatchObject({ code: 'sandbox_refused' });
  } finally {
    await server.stop();
  }
});
