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
CREATE VIEW behind AS SELECT d AS hidden FROM away;`,
      'shop',
    );
    await forgetStatements(server);
    await asApp(server, async (client) => {
      for (let i = 0; i < 5; i += 1) await client.query('SELECT d AS far FROM away');
      for (let i = 0; i < 5; i += 1) await client.query('SELECT hidden FROM behind');
      for (let i = 0; i < 5; i += 1) await client.query('SELECT name FROM customers WHERE id = 7');
    });
    await server.sql('FLUSH TABLES');
    Object.assign(proxy, { mode: 'silent', connections: 0 });
    const spec = { databases: { include: ['shop'] } };
    const { batch } = await cyclesOf(
      makeTarget({ engine: 'mysql', port: server.port, spec }),
    ).run();
    expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
    const resultOf = (part: string) =>
      batch.queries.find(({ text }) => text?.includes(part))?.result;
    const remote = refused('remote_estimate', 'shop.away is of FEDERATED');
    expect(resultOf('far')).toEqual(remote);
    expect(resultOf('hidden')).toEqual(remote);
    expect(resultOf('customers')).toHaveProperty('plan');
    expect(proxy.connections).toBe(0);
  } finally {
    await proxy.close();
    await server.stop();
  }
});
