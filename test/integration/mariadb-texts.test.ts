import { afterAll, beforeAll, expect, it } from 'vitest';
import { refused } from '../../src/model/refusal.ts';
import { type MysqlServer, startMysql } from '../support/mysql-server.ts';
import { asApp, forgetStatements, makeShop } from '../support/mysql-shop.ts';
import { cyclesOf, makeTarget, prepareMysql } from '../support/target.ts';

/** Where no history is kept, real texts come from the slow-log table. */
let server: MysqlServer;
beforeAll(async () => {
  server = await startMysql({
    product: 'mariadb-11.4',
    settings: [
      '--slow-query-log=ON',
      '--log-output=TABLE',
      '--long-query-time=0',
      '--max-allowed-packet=64M',
      '--performance-schema-consumer-events-statements-history=OFF',
      '--performance-schema-consumer-events-statements-history-long=OFF',
    ],
  });
  await makeShop(server);
  await prepareMysql(server, ['shop']);
});
afterAll(() => server?.stop());

const sql = "SELECT id FROM orders WHERE email = 'x' AND total > 5";
async function resultAfter(others: readonly string[]) {
  await forgetStatements(server);
  await asApp(server, async (client) => {
    for (let i = 0; i < 5; i += 1) await client.query(sql);
    for (const other of others) await client.query(other);
  });
  const target = makeTarget({
    engine: 'mariadb',
    port: server.port,
    spec: { databases: { include: ['shop'] } },
  });
  const { batch } = await cyclesOf(target).run();
  expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
  return batch.queries.find(({ text }) => text?.includes('email'))?.result;
}

it('a log that the account may not read is no source, and no failure of the cycle', async () => {
  expect(await resultAfter([])).toEqual(
    refused('no_sample', 'not seen in the process list; the slow log may not be read'),
  );
});

it('texts of any length in it are no failure of the cycle, and stop nothing', async () => {
  await server.sql('GRANT SELECT ON mysql.slow_log TO dbintel;');
  expect(await resultAfter([])).toHaveProperty('plan');
  const long = `DO length('${'x'.repeat(5_000_000)}')`;
  const many = Array.from({ length: 30 }, () => `DO length('${'x'.repeat(500_000)}')`);
  expect(await resultAfter([long, ...many])).toHaveProperty('plan');
});
