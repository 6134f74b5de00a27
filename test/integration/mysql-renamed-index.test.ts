import { expect, it } from 'vitest';
import type { ReadyStatement } from '../../src/engines/engine.ts';
import { mysqlVersions, startMysql } from '../support/mysql-server.ts';
import { asApp, forgetStatements, makeShop } from '../support/mysql-shop.ts';
import { startProxy } from '../support/proxy.ts';
import { limits, makeTarget, openSession, prepareMysql } from '../support/target.ts';

it.each(mysqlVersions)('%s: an index that is renamed as its plan is checked', async (product) => {
  const server = await startMysql({ product });
  await makeShop(server);
  await prepareMysql(server, ['shop']);
  await forgetStatements(server);
  await asApp(server, (client) => client.query("SELECT id FROM customers WHERE name = 'n5'"));
  let renames = false;
  const proxy = await startProxy(server, undefined, async (sent) => {
    if (!renames || !sent.includes('FROM information_schema.STATISTICS')) return;
    renames = false;
    await server.sql('ALTER TABLE customers RENAME INDEX young TO renamed;', 'shop');
  });
  await using session = await openSession(makeTarget({ engine: server.engine, port: proxy.port }));
  const prepared = await session.prepare((await session.snapshot()).statements);
  const statement = prepared.find(({ text }) => /customers/i.test(text ?? '')) as ReadyStatement;
  await server.sql('CREATE INDEX young ON customers (name);', 'shop');
  renames = true;
  const answer = await session.explain(statement, { ...limits, timeout_ms: 5_000 });
  expect(renames).toBe(false);
  expect(answer).toMatchObject({ kind: 'explained', sent: 2 });
  expect(JSON.stringify(answer)).toContain('"renamed"');
  await session.close();
  await proxy.close();
  await server.stop();
});
