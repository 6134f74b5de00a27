import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { processListSql } from '../../src/engines/mariadb/workload.ts';
import { refused } from '../../src/model/refusal.ts';
import { until } from '../support/leaks.ts';
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

it('of what runs, the shorter texts are read, as many as have room', async () => {
  const long = `SELECT SLEEP(300) FROM orders WHERE id = 1 AND id IN (${'1,'.repeat(20_000)}2)`;
  const huge = `SELECT SLEEP(300), length('${'x'.repeat(5_000_000)}')`;
  const running = [long, huge].map((text) =>
    asApp(server, (client) => client.query(text)).catch(() => undefined),
  );
  const sleepers = () =>
    server.sql(
      "SELECT ID AS id FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP%'",
    );
  await until(async () => (await sleepers()).length === 2, 20_000, 'both run');
  const texts = (await server.sql(processListSql)).map(({ text }) => text);
  expect(texts).toContain(long);
  expect(texts.join('').length).toBeLessThan(4 * 1_048_576);
  for (const { id } of await sleepers()) await server.sql(`KILL QUERY ${id}`);
  await Promise.all(running);
});

it('texts of any length in it are no failure of the cycle, and stop nothing', async () => {
  await server.sql('GRANT SELECT ON mysql.slow_log TO dbintel;');
  // All of it is read within a second, and the texts before are long, too.
  await server.sql('SET GLOBAL slow_query_log = OFF;\nTRUNCATE mysql.slow_log;');
  await server.sql('SET GLOBAL slow_query_log = ON;');
  expect(await resultAfter([])).toHaveProperty('plan');
  const long = `DO length('${'x'.repeat(5_000_000)}')`;
  const many = Array.from({ length: 30 }, () => `DO length('${'x'.repeat(500_000)}')`);
  expect(await resultAfter([long, ...many])).toHaveProperty('plan');
});

it('one that nobody has emptied for long is no source, and no failure of the cycle', async () => {
  const [when, who] = ['2026-01-01 00:00:00.000000', 'app[app] @ localhost []'];
  const [took, text] = ['00:00:02.000000', `SELECT '${'x'.repeat(120)}'`];
  const row = `"${when}","${who}","${took}","${took}",1,1,"shop",0,0,1,"${text}",1,0\n`;
  await server.sql('GRANT SELECT ON mysql.slow_log TO dbintel;');
  await server.sql('SET GLOBAL slow_query_log = OFF;\nTRUNCATE mysql.slow_log;');
  writeFileSync(join(server.folder, 'data/mysql/slow_log.CSV'), row.repeat(400_000));
  await server.sql('FLUSH TABLES;\nSET GLOBAL slow_query_log = ON;');
  expect(await resultAfter([])).toEqual(
    refused('no_sample', 'not seen in the process list; the slow log is too long to be read'),
  );
});
