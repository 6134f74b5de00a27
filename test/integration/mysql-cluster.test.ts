import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { galeraMember } from '../support/galera.ts';
import { until } from '../support/leaks.ts';
import { type MysqlServer, startMysql } from '../support/mysql-server.ts';
import { asApp, makeShop } from '../support/mysql-shop.ts';
import { cyclesOf, makeTarget, prepareMysql } from '../support/target.ts';

/** Two members of one cluster, both with the same data. */
const product = 'mariadb-11.4';
let [first, second, made]: (MysqlServer | undefined)[] = [];
beforeAll(async () => {
  made = await startMysql({ product });
  await makeShop(made);
  await prepareMysql(made, ['shop']);
  await made.halt();
  const dataFrom = join(made.folder, 'data');
  const { settings, address } = await galeraMember();
  first = await startMysql({ product, dataFrom, settings });
  second = await startMysql({
    product,
    dataFrom,
    settings: (await galeraMember(address)).settings,
  });
  await until(async () => (await status('cluster_size')) === '2', 30_000, 'two members');
});
afterAll(async () => {
  for (const each of [second, first, made]) await each?.stop();
});

const member = () => first as MysqlServer;
const status = async (name: string) =>
  (await member().sql(`SHOW GLOBAL STATUS LIKE 'wsrep_${name}'`))[0]?.['Value'];
const target = () =>
  makeTarget({
    engine: 'mariadb',
    port: member().port,
    spec: { databases: { include: ['shop'] }, collection: { minExecutionCount: 1 } },
  });

it('our reads do not wait for other members, where all sessions are set to', async () => {
  await member().sql('SET GLOBAL wsrep_sync_wait = 15');
  await asApp(member(), (app) => app.query("SELECT id FROM orders WHERE email = 'c1@x.org'"));
  const before = Number(await status('causal_reads'));
  const { batch } = await cyclesOf(target()).run();
  const waited = Number(await status('causal_reads')) - before;
  expect(batch.cycle).toMatchObject({ outcome: { kind: 'collected' }, explained: 1 });
  // The first question of each connection, and ours for this number.
  expect(waited).toBeLessThanOrEqual(4);
  await member().sql('SET GLOBAL wsrep_sync_wait = 0');
});

it('a member that has lost the others serves nobody: said so', async () => {
  second?.kill();
  await until(async () => (await status('ready')) === 'OFF', 60_000, 'it is alone');
  const { batch } = await cyclesOf(target()).run();
  expect(batch.cycle.outcome).toMatchObject({
    kind: 'failed',
    error: 'connection_failed',
    detail: expect.stringContaining('member of a cluster that does not serve'),
  });
});
