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
