import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCycle } from '../../src/collection/cycle.ts';
import { cycleSettings } from '../../src/collection/settings.ts';
import { freshState } from '../../src/collection/target-state.ts';
import { expectNothingLeftOn } from '../support/leaks.ts';
import { type MysqlServer, startMysql } from '../support/mysql-server.ts';
import { asApp, makeShop } from '../support/mysql-shop.ts';
import { startProxy } from '../support/proxy.ts';
import { cycleDepsFor, makeTarget, openSession, prepareMysql } from '../support/target.ts';

/** One address, several servers: a reader endpoint before two replicas. */
describe.each(['mysql-9', 'mariadb-11.4'] as const)('%s', (product) => {
  let servers: [MysqlServer, MysqlServer];
  beforeAll(async () => {
    servers = [await startMysql({ product }), await startMysql({ product })];
    for (const server of servers) {
      await makeShop(server);
      await prepareMysql(server, ['shop']);
    }
  });
  afterAll(async () => {
    for (const server of servers) await server.stop();
  });

  it('a worker on another server than the lock: refused, nothing is sent there', async () => {
    let turn = 0;
    const proxy = await startProxy({
      get port() {
        return servers[turn++ % 2]?.port ?? 0;
      },
    });
    await asApp(servers[0], async (client) => {
      for (let i = 0; i < 6; i += 1) await client.query('SELECT name FROM customers WHERE id = 3');
    });
    await servers[1].sql("SET GLOBAL log_output = 'TABLE', GLOBAL general_log = ON;");
    const target = makeTarget({ engine: servers[0].engine, port: proxy.port });
    const settings = cycleSettings(target.spec);
    const state = freshState(Date.now(), settings.explains, settings.databaseTime);
    const { batch } = await runCycle(state, cycleDepsFor(target), new AbortController().signal);
    expect(batch.cycle.outcome).toMatchObject({ kind: 'failed', error: 'several_servers' });
    expect(batch.queries).toEqual([]);
    await proxy.close();
    for (const server of servers) await expectNothingLeftOn(server);
    await servers[1].sql('SET GLOBAL general_log = OFF;');
    const asked = await servers[1].sql(
      'SELECT CONVERT(argument USING utf8mb4) AS text FROM mysql.general_log ' +
        "WHERE argument LIKE '%/* dbintel */%'",
    );
    expect(asked).toMatchObject([{ text: expect.stringContaining('CONNECTION_ID()') }]);
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
