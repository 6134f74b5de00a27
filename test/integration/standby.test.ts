import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectNothingLeft, until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { cyclesOf, makeTarget, prepareServer } from '../support/target.ts';

/**
 * A streaming standby is a target like any other; its replay lag brakes us, its promotion is
 * noticed.
 */
let primary: PostgresServer;
let standby: PostgresServer;
let fedFromArchive: PostgresServer;
let delayed: PostgresServer;
let closed: PostgresServer;
const replication =
  'host all postgres 127.0.0.1/32 trust\nhost replication postgres 127.0.0.1/32 trust\n' +
  'host all all 127.0.0.1/32 scram-sha-256\n';

beforeAll(async () => {
  primary = await startPostgres({ hba: replication });
  await prepareServer(primary);
  await primary.sql(
    'CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t SELECT g, g ' +
      'FROM generate_series(1, 5000) g; ANALYZE; GRANT SELECT ON t TO dbintel',
  );
  await primary.halt();
  standby = await startPostgres({ standbyOf: primary, hba: replication });
  fedFromArchive = await startPostgres({
    standbyOf: primary,
    hba: replication,
    settings: {
      primary_conninfo: '',
      restore_command: `cp ${join(primary.folder, 'data/pg_wal')}/%f %p`,
      wal_retrieve_retry_interval: '500ms',
    },
  });
  delayed = await startPostgres({
    standbyOf: primary,
    hba: replication,
    settings: {
      primary_conninfo:
        `host=127.0.0.1 port=${primary.port} user=postgres ` + 'application_name=delayed',
      recovery_min_apply_delay: '3s',
      wal_receiver_status_interval: '1s',
    },
  });
  closed = await startPostgres({
    standbyOf: primary,
    hba: replication,
    settings: { hot_standby: 'off' },
  });
  await primary.restart();
  await until(
    async () => (await primary.sql('SELECT 1 FROM pg_stat_replication')).length === 3,
    30_000,
    'three standbys stream',
  );
});
afterAll(async () => {
  for (const each of [standby, fedFromArchive, delayed, closed, primary]) await each.stop();
});

const replayed = (server: PostgresServer, id: number) =>
  until(
    async () => (await server.sql(`SELECT 1 FROM t WHERE id = ${id}`)).length > 0,
    20_000,
    `${id} is replayed`,
  );

it('that lets nobody read yet is in recovery, and that is said', async () => {
  const { batch } = await cyclesOf(makeTarget({ port: closed.port })).run();
  expect(batch.cycle.outcome).toMatchObject({ kind: 'failed', error: 'server_in_recovery' });
});

it('everything replayed that there is, is no lag: fed from an archive, or delayed on purpose', async () => {
  const brake = (server: PostgresServer, over: object = {}) => {
    const target = makeTarget({
      port: server.port,
      spec: { safety: { brake: { replicationLag: '1s', ...over } } },
    });
    return cyclesOf(target)
      .run()
      .then(({ batch }) => batch.cycle.safety.brake);
  };
  await primary.sql('INSERT INTO t VALUES (20001, 1)');
  await primary.sql('SELECT pg_switch_wal()');
  await Promise.all([replayed(fedFromArchive, 20_001), replayed(delayed, 20_001)]);
  // not for the archive yet; the delayed one holds it back
  await primary.sql('INSERT INTO t VALUES (20002, 1)');
  const late = async (server: PostgresServer) =>
    (
      await server.sql(
        "SELECT pg_last_xact_replay_timestamp() < clock_timestamp() - interval '1500 ms' AS late",
      )
    )[0]?.['late'] === true;
  await until(
    async () => (await late(fedFromArchive)) && (await late(delayed)),
    20_000,
    'the last transaction is old',
  );
  // For the moment in which it asks the archive for more it looks busy, and late.
  for (const each of [fedFromArchive, delayed])
    await until(async () => (await brake(each)) === undefined, 20_000, 'it waits for more');

  // A primary is braked by a standby that is late; one that is meant to be can be excepted, or the
  // signal left out.
  // It says so for as long as there is something that it has not replayed.
  const isBraked = async () => {
    await primary.sql('INSERT INTO t SELECT max(id) + 1, 1 FROM t');
    return (await brake(primary)) === 'brake_replication_lag';
  };
  await until(isBraked, 30_000, 'the delayed one is late on the primary');
  expect(await brake(primary, { exceptStandbys: ['delayed'] })).toBeUndefined();
  expect(await brake(primary, { ignore: ['replicationLag'] })).toBeUndefined();
});

const settled = async (server: PostgresServer, sql: string) => {
  await server.sql(sql);
  await server.sql('SELECT pg_reload_conf()');
};

it('whose replay cancels us: that is said, of the one statement', { timeout: 60_000 }, async () => {
  await primary.sql(
    'CREATE TABLE asked (a int); GRANT SELECT ON asked TO dbintel; CREATE FUNCTION slow() ' +
      "RETURNS bool IMMUTABLE LANGUAGE plpgsql AS 'BEGIN " +
      "PERFORM pg_sleep(2) WHERE session_user = $$dbintel$$; RETURN true; END'",
  );
  await until(
    async () => (await standby.sql("SELECT to_regproc('slow') AS f"))[0]?.['f'] != null,
    20_000,
    'the function is replayed',
  );
  await settled(standby, 'ALTER SYSTEM SET max_standby_streaming_delay = 0');
  for (let i = 0; i < 6; i += 1) {
    await standby.sql('SELECT a FROM t');
    await standby.sql('SELECT a FROM asked WHERE slow()');
  }
  const target = makeTarget({
    port: standby.port,
    spec: {
      collection: { minExecutionCount: 2 },
      safety: { statementTimeout: { min: '3s', max: '3s' }, brake: { ignore: ['replicationLag'] } },
    },
  });
  const running = cyclesOf(target).run();
  await until(
    async () =>
      (
        await standby.sql(
          "SELECT 1 FROM pg_locks WHERE relation = 'asked'::regclass AND pid IN " +
            "(SELECT pid FROM pg_stat_activity WHERE usename = 'dbintel')",
        )
      ).length > 0,
    20_000,
    'it is planned',
  );
  await primary.sql('TRUNCATE asked');
  const { batch } = await running;
  await settled(standby, 'ALTER SYSTEM RESET max_standby_streaming_delay');
  const codes = batch.queries.map(({ text, result }) => [
    text,
    result.kind === 'explained' ? 'plan' : result.code,
  ]);
  expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
  expect(codes).toContainEqual(['SELECT a FROM asked WHERE slow()', 'recovery_conflict']);
  expect(codes).toContainEqual(['SELECT a FROM t', 'plan']);
  await standby.sql('SELECT pg_stat_statements_reset()');
});

it('is collected where transactions are serializable by default, which no standby begins', async () => {
  const setting = (verb: string, there: boolean) =>
    primary
      .sql(`ALTER ROLE dbintel ${verb}`)
      .then(() =>
        until(
          async () =>
            (
              await standby.sql(
                "SELECT FROM pg_db_role_setting WHERE setconfig::text LIKE '%serializable%'",
              )
            ).length >
              0 ===
            there,
          10_000,
          'the setting is replayed',
        ),
      );
  await setting('SET default_transaction_isolation = serializable', true);
  for (let i = 0; i < 6; i += 1) await standby.sql('SELECT a FROM t WHERE id = 4');
  const { batch } = await cyclesOf(makeTarget({ port: standby.port })).run();
  await setting('RESET default_transaction_isolation', false);
  expect(batch.cycle.outcome).toEqual({ kind: 'collected' });
  // how often we asked for the setting above is the machine's: that statement may have a plan too
  expect(batch.queries.find(({ text }) => text?.includes('FROM t'))?.result.kind).toBe('explained');
  await standby.sql('SELECT pg_stat_statements_reset()');
});

it('is collected, braked by its lag, and noticed when promoted', async () => {
  const client = await standby.client();
  for (let i = 0; i < 6; i += 1) await client.query('SELECT a FROM t WHERE id = 3');
  await client.end();
  const target = makeTarget({ port: standby.port });
  const cycles = cyclesOf(target);
  const cycle = async () => (await cycles.run()).batch;
  const first = await cycle();
  expect(first.cycle).toMatchObject({
    outcome: { kind: 'collected' },
    server: { role: 'standby' },
  });
  expect(first.queries.find(({ text }) => text?.includes('FROM t'))?.result).toMatchObject({
    plan: { root: { op: 'IndexScan' } },
  });

  const tight = makeTarget({
    port: standby.port,
    spec: { safety: { brake: { replicationLag: '1s' } } },
  });
  // Lag is counted from the last transaction that was replayed: there must be one.
  await primary.sql('INSERT INTO t VALUES (9999, 1)');
  await until(
    async () => (await standby.sql('SELECT 1 FROM t WHERE id = 9999')).length > 0,
    10_000,
    'a transaction is replayed',
  );
  await standby.sql('SELECT pg_wal_replay_pause()');
  await primary.sql('INSERT INTO t SELECT g, g FROM generate_series(10001, 12000) g');
  await until(
    async () => (await cycles.run(tight)).batch.cycle.safety.brake === 'brake_replication_lag',
    30_000,
    'the lag brakes',
  );
  await standby.sql('SELECT pg_wal_replay_resume()');

  await standby.sql('SELECT pg_promote()');
  expect((await cycle()).cycle.outcome).toMatchObject({
    kind: 'skipped',
    reason: 'brake_role_change',
  });
  expect((await cycle()).cycle).toMatchObject({
    outcome: { kind: 'collected' },
    server: { role: 'primary' },
  });
  await expectNothingLeft(standby);
});
