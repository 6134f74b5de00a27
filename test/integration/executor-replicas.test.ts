import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { IndexDef } from '../../src/model/index-def.ts';
import {
  byCustomer,
  type ExecutorWorld,
  executorWorld,
  prepareBuilder,
} from '../support/executor-world.ts';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { startProxy } from '../support/proxy.ts';

/** What a build does to a standby that cannot follow, and what a drop asks of one first. */
const replication =
  'host all postgres 127.0.0.1/32 trust\nhost replication postgres 127.0.0.1/32 trust\n' +
  'host all all 127.0.0.1/32 scram-sha-256\n';
let primary: PostgresServer;
let standby: PostgresServer;
const worlds: ExecutorWorld[] = [];

beforeAll(async () => {
  primary = await startPostgres({
    hba: replication,
    settings: { max_wal_size: '32MB', min_wal_size: '32MB' },
  });
  await prepareBuilder(primary, 1_000);
  await primary.sql(slowToCompare);
  await primary.halt();
  standby = await startPostgres({
    standbyOf: primary,
    hba: replication,
    settings: {
      primary_conninfo: `host=127.0.0.1 port=${primary.port} user=postgres application_name=late`,
      wal_receiver_status_interval: '1s',
    },
  });
  await primary.restart();
  await streams();
});
afterAll(async () => {
  for (const each of [standby, primary]) await each.stop();
});
afterEach(async () => {
  for (const each of worlds.splice(0)) each.close();
  await standby.sql('SELECT pg_wal_replay_resume()');
  await lag((s) => s < 1);
  await primary.sql('DROP INDEX IF EXISTS shop.dbi_slow, shop.dbi_quick');
});

/** An index of its `v` takes a minute, however fast the machine is. */
const slowToCompare = `
  CREATE TYPE shop.slow AS (v int);
  CREATE FUNCTION shop.compare(a shop.slow, b shop.slow) RETURNS int LANGUAGE plpgsql IMMUTABLE
    AS $$ BEGIN PERFORM pg_sleep(0.01); RETURN sign(a.v - b.v); END $$;
  ${['<:lt', '<=:le', '=:eq', '>=:ge', '>:gt']
    .map((each) => each.split(':'))
    .map(
      ([operator, name]) => `
  CREATE FUNCTION shop.${name}(a shop.slow, b shop.slow) RETURNS bool LANGUAGE sql IMMUTABLE
    AS $$ SELECT a.v ${operator} b.v $$;
  CREATE OPERATOR shop.${operator} (FUNCTION = shop.${name}, LEFTARG = shop.slow,
    RIGHTARG = shop.slow);`,
    )
    .join('')}
  CREATE OPERATOR CLASS shop.slow_ops DEFAULT FOR TYPE shop.slow USING btree AS
    OPERATOR 1 shop.<, OPERATOR 2 shop.<=, OPERATOR 3 shop.=, OPERATOR 4 shop.>=,
    OPERATOR 5 shop.>, FUNCTION 1 shop.compare(shop.slow, shop.slow);
  GRANT ALL ON SCHEMA shop TO builder;
  CREATE TABLE shop.slowly (v shop.slow);
  ALTER TABLE shop.slowly OWNER TO builder;
  INSERT INTO shop.slowly SELECT ROW ((n * 7919) % 1000)::shop.slow
    FROM generate_series(1, 1000) n;`;
const slow: IndexDef = { ...byCustomer, table: 'slowly', keys: [{ column: 'v' }] };

const world = (brake: object = {}, index = byCustomer, name = 'dbi_quick') => {
  const made = executorWorld(
    primary,
    { kind: 'create-index', name, index },
    { spec: { safety: { brake: { replicationLag: '2s', ...brake } } } },
  );
  worlds.push(made);
  return made;
};
const approved = async (...of: Parameters<typeof world>) => {
  const w = world(...of);
  await w.approve();
  await w.pass();
  return w;
};
const streams = () =>
  until(
    async () => (await primary.sql('SELECT 1 FROM pg_stat_replication')).length === 1,
    20_000,
    'the standby streams',
  );
const lag = (is: (seconds: number) => boolean) =>
  until(
    async () => {
      const [row] = await primary.sql(
        'SELECT extract(epoch FROM max(replay_lag)) AS s FROM pg_stat_replication',
      );
      return is(Number(row?.['s'] ?? 0));
    },
    30_000,
    'the standby is as late as wanted',
  );
/** A primary that keeps so little WAL soon has none any more of what a busy standby has not got. */
const received = (upto: string) =>
  until(
    async () =>
      (await primary.sql(`SELECT 1 FROM pg_stat_replication WHERE flush_lsn >= '${upto}'`)).length,
    20_000,
    'the standby has received it',
  );
/** It gets WAL, and replays none of it. */
const fallBehind = async () => {
  await standby.sql('SELECT pg_wal_replay_pause()');
  await primary.sql('UPDATE shop.orders SET total = total + 1');
};
const indexes = (name: string) =>
  primary.sql(`SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('shop.${name}')`);
const reason = async (w: ExecutorWorld) => (await w.current()).state.reason;

it('does not begin while a standby is behind, but for one that does not count', async () => {
  await fallBehind();
  await lag((s) => s > 3);
  const w = await approved();
  expect(await w.pass()).toBe('Deferred');
  expect(await reason(w)).toBe('brake_replication_lag');
  expect(await indexes('dbi_quick')).toEqual([]);
  const excepted = await approved({ exceptStandbys: ['late'] });
  expect(await excepted.pass()).toBe('Observing');
});

it('a build that leaves a standby behind is ended, nothing is left, and no try is used', async () => {
  for (let i = 0; i < 2; i += 1) {
    const w = i === 0 ? await approved({}, slow, 'dbi_slow') : (worlds.at(-1) as ExecutorWorld);
    const building = w.pass();
    await until(async () => (await indexes('dbi_slow')).length > 0, 20_000, 'it is being built');
    await fallBehind();
    expect(await building).toBe('Deferred');
    expect((await w.current()).state).toMatchObject({
      reason: 'brake_replication_lag',
      attempt: 0,
    });
    expect(await indexes('dbi_slow')).toEqual([]);
    await standby.sql('SELECT pg_wal_replay_resume()');
    await lag((s) => s < 1);
    w.wait(3_600_000);
  }
}, 120_000);

it('does not begin where nobody could see how far a standby is', async () => {
  await primary.sql('REVOKE pg_read_all_stats FROM builder');
  const w = await approved();
  expect(await w.pass()).toBe('Deferred');
  expect(await reason(w)).toBe('replicas_unseen');
  await primary.sql('GRANT pg_read_all_stats TO builder');
  w.wait(3_600_000);
  expect(await w.pass()).toBe('Observing');
});

it('does not begin where a slot that nobody reads holds back WAL', async () => {
  await primary.sql("SELECT pg_create_physical_replication_slot('forgotten', true)");
  for (let i = 0; i < 6; i += 1) {
    await primary.sql('UPDATE shop.orders SET total = total + 1 WHERE id = 1');
    const [row] = await primary.sql('SELECT pg_switch_wal() AS upto');
    await received(String(row?.['upto']));
  }
  const w = await approved();
  expect(await w.pass()).toBe('Deferred');
  expect(await reason(w)).toBe('slot_behind');
  const excepted = await approved({ exceptStandbys: ['forgotten'] });
  expect(await excepted.pass()).toBe('Observing');
  await primary.sql("SELECT pg_drop_replication_slot('forgotten')");
});

it('a stop ends a build whose watcher was cut off from the server', async () => {
  const w = await approved({}, slow, 'dbi_slow');
  const building = w.pass();
  await until(async () => (await indexes('dbi_slow')).length > 0, 20_000, 'it is being built');
  const cut = await primary.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name LIKE 'dbintel-executor/%' AND query NOT LIKE '%CREATE INDEX%'`);
  expect(cut).toHaveLength(1);
  w.gate.now = { kind: 'closed', reason: 'emergency_stop', stop: true };
  await building;
  expect(await indexes('dbi_slow')).toMatchObject([{ indisvalid: false }]);
  await noneIsOpen(primary);
}, 120_000);

const noneIsOpen = (server: PostgresServer) =>
  until(
    async () =>
      (
        await server.sql(
          "SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'dbintel-executor/%'",
        )
      ).length === 0,
    20_000,
    'no connection is left open',
  );

it('does nothing where its connections reach different servers, nor on a standby', async () => {
  const ports = [primary.port, standby.port];
  const proxy = await startProxy({
    get port() {
      ports.reverse();
      return ports[0] as number;
    },
  });
  const w = executorWorld({ port: proxy.port });
  worlds.push(w);
  await w.approve();
  await w.pass();
  await expect(w.ports.open(await w.current(), new AbortController().signal)).rejects.toMatchObject(
    { code: 'several_servers' },
  );
  await w.pass();
  expect(await reason(w)).toBe('several_servers');
  expect(await indexes(w.name)).toEqual([]);
  expect(proxy.connections).toBe(4);
  await proxy.close();
  for (const server of [primary, standby]) await noneIsOpen(server);

  const onStandby = executorWorld(standby);
  worlds.push(onStandby);
  await onStandby.approve();
  await onStandby.pass();
  expect(await onStandby.pass()).toBe('Deferred');
  expect(await reason(onStandby)).toBe('server_in_recovery');
});

it('concludes nothing from what a standby shows, which is late', async () => {
  await streams();
  await standby.sql('SELECT pg_wal_replay_pause()');
  const w = await approved({ ignore: ['replicationLag'] }, byCustomer, 'dbi_late');
  expect(await w.settle()).toBe('Observing');
  const change = w.proposal.change;
  const { folder, proposal } = w;
  const onStandby = executorWorld(standby, change, { folder, madeAt: proposal.madeAt });
  onStandby.address.now = w.address.now;
  expect(await onStandby.settle()).toBe('Observing');
  await standby.sql('SELECT pg_wal_replay_resume()');
  await w.revoke();
  expect(await w.settle()).toBe('RolledBack');
});

const total = { ...byCustomer, keys: [{ column: 'total' }] };
const dropUnused = async (since: number, replicas: Record<string, number>) => {
  const because = { kind: 'unused' as const, since, servers: ['orders'], unknownServers: false };
  const change = { kind: 'drop-index' as const, name: 'dbi_total', index: total, because };
  const w = executorWorld(primary, change, { replicas });
  worlds.push(w);
  await w.approve();
  await w.pass();
  return w;
};

it('asks each replica before an index goes as unused', async () => {
  await primary.sql('CREATE INDEX dbi_total ON shop.orders (total)');
  await until(
    async () => (await standby.sql("SELECT to_regclass('shop.dbi_total') AS there"))[0]?.['there'],
    20_000,
    'the standby has it',
  );
  const before = Date.now();
  await until(
    async () => {
      // A transaction that began before the index, were it a vacuum's, keeps it from being used.
      await standby.sql(`SET enable_seqscan = off; SET enable_bitmapscan = off;
        SELECT count(*) FROM shop.orders WHERE total = 5`);
      const read = await standby.sql(`SELECT 1 FROM pg_stat_all_indexes
        WHERE indexrelname = 'dbi_total' AND last_idx_scan IS NOT NULL`);
      return read.length > 0;
    },
    20_000,
    'it says that it has read it',
  );
  const read = await dropUnused(before, { reports: standby.port });
  expect(await read.pass()).toBe('Deferred');
  expect((await read.current()).state).toMatchObject({
    reason: 'used_since',
    detail: 'on reports',
  });
  expect((await indexes('dbi_total')).length).toBe(1);

  const late = Date.now() + 60_000;
  const gone = await dropUnused(late, { reports: standby.port, gone: 1 });
  expect(await gone.pass()).toBe('Deferred');
  expect((await gone.current()).state).toMatchObject({
    reason: 'replica_unread',
    detail: 'gone: connection_failed',
  });
  expect((await indexes('dbi_total')).length).toBe(1);

  const unread = await dropUnused(late, { reports: standby.port });
  expect(await unread.pass()).toBe('Observing');
  expect(await indexes('dbi_total')).toEqual([]);
});
