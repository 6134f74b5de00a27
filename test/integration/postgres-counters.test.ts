import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCycle } from '../../src/collection/cycle.ts';
import { cycleSettings } from '../../src/collection/settings.ts';
import { decodeState, encodeState, freshState } from '../../src/collection/target-state.ts';
import { expectNothingLeft } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { cycleDepsFor, cyclesOf, makeTarget, noAbort, prepareServer } from '../support/target.ts';

/** What is compared between two looks at the statistics, and what a coverage speaks of. */
let server: PostgresServer;
const safety = { explains: { perSecond: 100, burst: 1_000 }, databaseTimeBudget: '100%' };

beforeAll(async () => {
  server = await startPostgres({ version: '16' }); // does not say since when a statement is counted
  await prepareServer(server);
  await server.sql(
    'CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 2000); ' +
      'GRANT SELECT ON t TO dbintel',
  );
});
afterAll(async () => {
  await expectNothingLeft(server);
  await server.stop();
});

/** Cycles of one target whose state goes through bytes in between, as it does in life. */
function savedCycles(options: Parameters<typeof makeTarget>[0]) {
  const cycles = cyclesOf(makeTarget(options));
  return async () => {
    const { batch, state } = await cycles.run();
    cycles.state = decodeState(encodeState(state)) ?? expect.fail('no state');
    expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
    return batch;
  };
}

it('a statement that is new among 1,500 heavier ones is compared in every interval', async () => {
  const client = await server.client();
  const values = (count: number) => Array.from({ length: count }, () => '(1)').join();
  for (let i = 0; i < 1_500; i += 1)
    await client.query(
      `SELECT count(*) ${', 1'.repeat(i % 100)} FROM t, (VALUES ` +
        `${values(1 + Math.floor(i / 100))}) v`,
    );
  const cycle = savedCycles({
    port: server.port,
    spec: { collection: { maxQueriesPerCycle: 5, minExecutionCount: 1 }, safety },
  });
  await cycle();
  for (let interval = 0; interval < 3; interval += 1) {
    for (let i = 0; i < 8; i += 1) await client.query('SELECT id FROM t WHERE id = 7');
    const { cycle: report } = await cycle();
    expect(report.top[0]?.timeShare).toBeGreaterThan(0.99);
    expect(report.coverage).toMatchObject({ explained: 1, uncompared: 0, unknown: 0 });
  }
  await client.end();
});

it('coverage is of the databases that the target includes; the others’ time is told beside it', async () => {
  await server.sql('CREATE DATABASE own');
  await server.sql('CREATE TABLE o (id int PRIMARY KEY); GRANT SELECT ON o TO dbintel', 'own');
  const [own, other] = [await server.client('own'), await server.client()];
  const cycle = savedCycles({
    port: server.port,
    spec: { databases: { include: ['own'] }, collection: { minExecutionCount: 1 }, safety },
  });
  const work = async () => {
    for (let i = 0; i < 5; i += 1) await own.query('SELECT id FROM o WHERE id = 7');
    for (let i = 0; i < 5; i += 1)
      await other.query('SELECT count(*) FROM t a, t b WHERE a.id < 200');
  };
  await work();
  await cycle();
  await work();
  const { cycle: report, queries } = await cycle();
  expect(report.coverage).toMatchObject({ explained: 1, accountedFor: 1 });
  expect(report.coverage?.elsewhere).toBeGreaterThan(0.5);
  expect(report.top.length).toBeGreaterThan(0);
  expect(report.top.every(({ text, plan }) => plan !== undefined && !text.includes('count'))).toBe(
    true,
  );
  expect(queries.every(({ stats }) => stats.database === 'own')).toBe(true);
  await own.end();
  await other.end();
});

it('what is saved up of the database time is bounded, however long nothing was sent', async () => {
  const client = await server.client();
  for (let i = 0; i < 60; i += 1)
    await client.query(`SELECT id ${', id'.repeat(i)} FROM t WHERE id = 7`);
  await client.end();
  const spec = {
    collection: { maxQueriesPerCycle: 100, minExecutionCount: 1 },
    safety: {
      explains: { perSecond: 1_000, burst: 10_000 },
      databaseTimeBudget: '0.1%',
      databaseTimeBurst: '50ms',
    },
  };
  const target = makeTarget({ port: server.port, uid: 'uid-burst', spec });
  const settings = cycleSettings(target.spec);
  const old = freshState(Date.now() - 86_400_000, settings.explains, settings.databaseTime);
  const { batch, state } = await runCycle(old, cycleDepsFor(target), noAbort());
  expect(batch.cycle.unexplained.budget_spent).toBeGreaterThan(0);
  expect(state.databaseTime.tokens).toBeLessThanOrEqual(0);
});
