import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CycleResult, runCycle } from '../../src/collection/cycle.ts';
import { cycleSettings } from '../../src/collection/settings.ts';
import { freshState } from '../../src/collection/target-state.ts';
import { preorder } from '../../src/model/plan.ts';
import { refused } from '../../src/model/refusal.ts';
import { type MysqlServer, mysqlVersions, startMysql } from '../support/mysql-server.ts';
import { forgetStatements, makeShop } from '../support/mysql-shop.ts';
import { cycleDepsFor, makeTarget, prepareMysql } from '../support/target.ts';

/**
 * Values that find no row make a plan that says nothing: it is not kept, and another text is tried.
 */
const statementOf = (id: number) =>
  'SELECT c.name, o.total FROM customers c JOIN orders o ON o.customer_id = c.id ' +
  `WHERE c.id = ${id}`;

describe.each(mysqlVersions)('%s', (product) => {
  let server: MysqlServer;
  let client: Connection;
  beforeAll(async () => {
    server = await startMysql({ product });
    await makeShop(server);
    await prepareMysql(server, ['shop']);
    client = await server.client('shop');
  });
  afterAll(async () => {
    await client?.end();
    await server.stop();
  });
  const cycle = (): Promise<CycleResult> => {
    const target = makeTarget({
      engine: server.engine,
      port: server.port,
      spec: { databases: { include: ['shop'] } },
    });
    const settings = cycleSettings(target.spec);
    return runCycle(
      freshState(Date.now(), settings.explains, settings.databaseTime),
      cycleDepsFor(target),
      new AbortController().signal,
    );
  };
  const resultOf = ({ batch }: CycleResult, part: string) => {
    const found = batch.queries.find(({ text }) => text?.toLowerCase().includes(part));
    if (!found) throw new Error(`not selected: ${part}`);
    return found.result;
  };
  const run = async (sql: string) => {
    for (let i = 0; i < 5; i += 1) await client.query(sql);
    await client.ping(); // a statement is counted after its answer, and before the next
  };

  it('a statement of whose samples none finds a row has a code, no plan and no finding; another sample gives the plan', async () => {
    await forgetStatements(server);
    await run(statementOf(999_999));
    expect(resultOf(await cycle(), 'join')).toEqual(refused('degenerate_plan'));
    await run(statementOf(5));
    const found = resultOf(await cycle(), 'join');
    if (found.kind === 'refused') throw new Error(JSON.stringify(found));
    expect(preorder(found.plan.root).map(({ relation }) => relation?.name)).toEqual(
      expect.arrayContaining(['customers', 'orders']),
    );
  });

  it.each([
    'SELECT total FROM orders WHERE id = 5 AND 1 = 0',
    'SELECT max(id) FROM orders WHERE id = 999999',
    'SELECT id FROM customers WHERE id = 999999 UNION SELECT id FROM orders WHERE id = 999999',
    'SELECT count(*) FROM (SELECT id FROM customers WHERE id = 999999 ORDER BY name) d',
  ])('is no plan: %s', async (sql) => {
    await forgetStatements(server);
    await run(sql);
    expect(resultOf(await cycle(), 'select')).toEqual(refused('degenerate_plan'));
  });

  it.each([
    'SELECT 1 + count(*) FROM customers',
    'SELECT max(id) FROM orders',
    "SELECT id FROM orders WHERE status = 'open' UNION ALL SELECT id FROM customers " +
      'WHERE id = 999999',
    'SELECT name FROM customers WHERE id = 5',
  ])('is a plan: %s', async (sql) => {
    await forgetStatements(server);
    await run(sql);
    const result = resultOf(await cycle(), 'select');
    expect(result).toHaveProperty('plan');
    if (result.kind === 'explained' && sql.includes('UNION'))
      expect(result.plan.lossiness).toContain('degenerate_part');
  });
});
