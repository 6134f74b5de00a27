import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MysqlServer, startMysql } from '../support/mysql-server.ts';
import { startProxy } from '../support/proxy.ts';
import { makeTarget, openSession, prepareMysql } from '../support/target.ts';

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
