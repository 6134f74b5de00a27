import { expect, it } from 'vitest';
import { mysqlVersions, startMysql } from '../support/mysql-server.ts';
import { asApp, forgetStatements, makeShop } from '../support/mysql-shop.ts';
import { cyclesOf, makeTarget, prepareMysql } from '../support/target.ts';

it.each(mysqlVersions)(
  '%s: statements that begin alike beyond max_digest_length are one; none of them has its plan',
  async (product) => {
    const server = await startMysql({ product, settings: ['--max-digest-length=60'] });
    await makeShop(server);
    await prepareMysql(server, ['shop']);
    await forgetStatements(server);
    const list = 'SELECT id, customer_id, email, status, total, at FROM orders WHERE';
    await asApp(server, async (client) => {
      for (const end of ['id = 9', 'total < 5 ORDER BY email', "email = 'c7@x.org'"])
        for (let i = 0; i < 5; i += 1) await client.query(`${list} ${end}`);
      const write = 'UPDATE orders SET customer_id = 3, email = email, status = status, at = at';
      for (let i = 0; i < 5; i += 1) await client.query(`${write} WHERE id = 7`);
    });
    const target = makeTarget({
      engine: server.engine,
      port: server.port,
      spec: { databases: { include: ['shop'] } },
    });
    const { batch } = await cyclesOf(target).run();
    await server.stop();
    const refusal = {
      kind: 'refused',
      code: 'truncated_text',
      detail: expect.stringContaining('max_digest_length'),
    };
    const calls = batch.queries.map(({ stats }) => stats.calls);
    expect(calls.toSorted()).toEqual([15, 5]);
    for (const { result } of batch.queries) expect(result).toEqual(refusal);
  },
);

it.each(mysqlVersions)('%s: what lacks its last words only has no plan either', async (product) => {
  const server = await startMysql({ product, settings: ['--max-digest-length=60'] });
  await makeShop(server);
  await prepareMysql(server, ['shop']);
  await forgetStatements(server);
  await asApp(server, async (client) => {
    for (let length = 18; length < 30; length += 1)
      for (const end of ['total > 5', 'id = 5 FOR UPDATE', 'id IN (5, 6)'])
        for (let i = 0; i < 5; i += 1)
          await client.query(`SELECT id AS ${'x'.repeat(length)} FROM orders WHERE ${end}`);
  });
  const spec = { databases: { include: ['shop'] }, collection: { maxQueriesPerCycle: 50 } };
  const safety = { explains: { perSecond: 100, burst: 100 } };
  const target = makeTarget({
    engine: server.engine,
    port: server.port,
    spec: { ...spec, safety },
  });
  const { batch } = await cyclesOf(target).run();
  await server.stop();
  const planned = batch.queries.filter(({ result }) => result.kind === 'explained');
  expect(planned.length).toBeGreaterThan(2);
  expect(planned.length).toBeLessThan(batch.queries.length);
  for (const { text } of planned) expect(text).toMatch(/(?:> \?|FOR UPDATE|IN \(\.\.\.\))\s*$/);
});
