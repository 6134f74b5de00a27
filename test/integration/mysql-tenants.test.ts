import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inAnswers } from '../../src/engines/mysql-family/digests.ts';
import { type MysqlServer, startMysql } from '../support/mysql-server.ts';
import { asApp, forgetStatements, makeShop } from '../support/mysql-shop.ts';
import { cyclesOf, makeTarget, prepareMysql } from '../support/target.ts';

/** A schema for each tenant, one application: the same texts run in all of them, and long ones. */
const kept = 65_536;
const settings = [
  `--performance-schema-max-digest-length=${kept}`,
  `--max-digest-length=${kept}`,
  `--performance-schema-max-sql-text-length=${kept}`,
  '--performance-schema-digests-size=400',
];
const tenants = Array.from({ length: 20 }, (_, i) => `tenant${i}`);
const texts = Array.from({ length: 10 }, (_, k) => {
  const terms = Array.from({ length: 900 + k }, (_, i) => `(email = 'x${i}' AND total > ${i})`);
  return `SELECT id FROM orders WHERE ${terms.join(' OR ')}`;
});

describe('a server of many tenants', () => {
  let server: MysqlServer;
  beforeAll(async () => {
    server = await startMysql({ product: 'mysql-9', settings });
    await makeShop(server);
    await prepareMysql(server, ['shop']);
    for (const name of tenants)
      for (const sql of [
        `CREATE DATABASE ${name}`,
        `CREATE TABLE ${name}.orders LIKE shop.orders`,
        `GRANT ALL ON ${name}.* TO app`,
      ])
        await server.sql(sql);
  });
  afterAll(() => server?.stop());

  it('the texts of one tenant are asked for, not those of all', async () => {
    await forgetStatements(server);
    await asApp(server, async (client) => {
      for (const name of [...tenants, 'shop', 'shop', 'shop']) {
        await client.query(`USE ${name}`);
        for (const text of texts) await client.query(text);
      }
    });
    const spec = { databases: { include: ['shop'] }, collection: { minExecutionCount: 1 } };
    const target = makeTarget({ engine: server.engine, port: server.port, spec });
    const { batch } = await cyclesOf(target).run();
    expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
    const results = batch.queries
      .filter(({ text }) => text?.startsWith('SELECT id FROM'))
      .map(({ result }) => result.kind);
    expect(results).toEqual(texts.map(() => 'explained'));
  });
});

it('as many keys are asked for at once as have room in one answer', () => {
  const keys = Array.from({ length: 1_000 }, (_, i) => ({ database: 'shop', digest: `${i}` }));
  const sizes = (sampleLength: number) => inAnswers(keys, { sampleLength }).map((of) => of.length);
  expect(sizes(1_024)).toEqual([1_000]);
  expect(sizes(16_384)).toEqual([...Array(7).fill(128), 104]);
  expect(new Set(sizes(16 * 1_048_576))).toEqual(new Set([1]));
  expect(inAnswers([], { sampleLength: 1_024 })).toEqual([]);
});
