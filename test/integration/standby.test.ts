import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCycle } from '../../src/collection/cycle.ts';
import { cycleSettings } from '../../src/collection/settings.ts';
import { freshState } from '../../src/collection/target-state.ts';
import { expectNothingLeft, until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { cycleDepsFor, makeTarget, prepareServer } from '../support/target.ts';

/** A streaming standby is a target like any other; its replay lag brakes us, its promotion is noticed. */
let primary: PostgresServer;
let standby: PostgresServer;
const replication =
  'host all postgres 127.0.0.1/32 trust\nhost replication postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n';

beforeAll(async () => {
  primary = await startPostgres({ hba: replication });
  await prepareServer(primary);
  await primary.sql(
    'CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t SELECT g, g FROM generate_series(1, 5000) g; ANALYZE; GRANT SELECT ON t TO dbintel',
  );
  await primary.halt();
  standby = await startPostgres({ standbyOf: primary, hba: replication });
  await primary.restart();
  await until(async () => (await primary.sql('SELECT 1 FROM pg_stat_replication')).length > 0, 15_000, 'the standby streams');
});
afterAll(async () => {
  await standby.stop();
  await primary.stop();
});

it('is collected, braked by its lag, and noticed when promoted', async () => {
  const client = await standby.client();
  for (let i = 0; i < 6; i += 1) await client.query('SELECT a FROM t WHERE id = 3');
  await client.end();
  const target = makeTarget({ port: standby.port });
  const settings = cycleSettings(target.spec);
  const state = freshState(Date.now(), settings.explains, settings.databaseTime);
  const cycle = async () => (await runCycle(state, cycleDepsFor(target), new AbortController().signal)).batch;
  const first = await cycle();
  expect(first.cycle).toMatchObject({ outcome: { kind: 'collected' }, server: { role: 'standby' } });
  expect(first.queries.find(({ text }) => text?.includes('FROM t'))?.result).toMatchObject({ plan: { root: { op: 'IndexScan' } } });

  const tight = makeTarget({ port: standby.port, spec: { safety: { brake: { replicationLag: '1s' } } } });
  // Lag is counted from the last transaction that was replayed: there must be one.
  await primary.sql('INSERT INTO t VALUES (9999, 1)');
  await until(async () => (await standby.sql('SELECT 1 FROM t WHERE id = 9999')).length > 0, 10_000, 'a transaction is replayed');
  await standby.sql('SELECT pg_wal_replay_pause()');
  await primary.sql('INSERT INTO t SELECT g, g FROM generate_series(10001, 12000) g');
  await until(
    async () =>
      (await runCycle(state, cycleDepsFor(tight), new AbortController().signal)).batch.cycle.safety.brake === 'brake_replication_lag',
    15_000,
    'the lag brakes',
  );
  await standby.sql('SELECT pg_wal_replay_resume()');

  await standby.sql('SELECT pg_promote()');
  expect((await cycle()).cycle.outcome).toMatchObject({ kind: 'skipped', reason: 'brake_role_change' });
  expect((await cycle()).cycle).toMatchObject({ outcome: { kind: 'collected' }, server: { role: 'primary' } });
  await expectNothingLeft(standby);
});
