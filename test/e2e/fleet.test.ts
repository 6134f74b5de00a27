import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { silentMetrics } from '../../src/base/metrics.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { describeKnown } from '../../src/coordination/known-targets.ts';
import { openRedisState } from '../../src/coordination/redis/redis-state.ts';
import {
  allReady,
  namespaceManifest,
  type Operator,
  secretManifest,
  startOperator,
  stopOperators,
  targetManifest,
} from '../support/cluster.ts';
import { type ControlPlane, installCrds, startControlPlane } from '../support/control-plane.ts';
import { until } from '../support/leaks.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { collectorPassword, prepareServer } from '../support/target.ts';
import { startWatchProxy, type WatchProxy } from '../support/watch-proxy.ts';

/**
 * Two real clusters, one Redis, and replicas of which one sees its API server through a proxy that
 * can go mute.
 */
/**
 * One for each target: a second target for a database would be told so, for a while also where the
 * first one is gone.
 */
const many = ['one', 'two', 'three', 'four', 'five', 'six'];
const databases = [...many, 'broken', 'mistaken', 'misplaced'];
let [blue, green]: ControlPlane[] = [];
let redis: RedisServer;
let server: PostgresServer;
let proxy: WatchProxy;
let replicas: Operator[] = [];
let through: Operator;

beforeAll(async () => {
  [blue, green, redis, server] = await Promise.all([
    startControlPlane(),
    startControlPlane(),
    startRedis(),
    startPostgres(),
  ]);
  await prepareServer(server);
  for (const name of databases) {
    await server.sql(`CREATE DATABASE ${name}`);
    await prepareServer(server, name);
  }
  for (const plane of [blue, green] as ControlPlane[]) {
    await installCrds(plane);
    await plane.apply(namespaceManifest('shop'));
    await plane.apply(secretManifest());
  }
  proxy = await startWatchProxy((blue as ControlPlane).kubeconfig);
  replicas = await Promise.all([
    startOperator({
      name: 'direct',
      kubeconfig: (blue as ControlPlane).kubeconfig,
      redis: redis.port,
    }),
    startOperator({ name: 'through', kubeconfig: proxy.kubeconfig, redis: redis.port }),
  ]);
  await allReady(replicas);
  through = replicas[1] as Operator;
});
afterAll(async () => {
  await stopOperators(replicas);
  await Promise.all(
    [blue, green, redis, server, proxy].map((each) =>
      each && 'stop' in each ? each.stop() : each?.close(),
    ),
  );
});

interface Status {
  conditions?: { type: string; reason: string; message: string }[];
  safety?: { circuit?: string };
}
const plane = () => blue as ControlPlane;
const statusOf = async (name: string): Promise<Status> =>
  (
    JSON.parse(await plane().kubectl(['get', 'dbt', name, '-n', 'shop', '-o', 'json'])) as {
      status?: Status;
    }
  ).status ?? {};
const ready = async (name: string) =>
  (await statusOf(name)).conditions?.find(({ type }) => type === 'Ready');
const reason = (name: string, wanted: string, ms: number) =>
  until(async () => (await ready(name))?.reason === wanted, ms, `${name} is ${wanted}`).catch(
    async (error: Error) => {
      throw new Error(`${error.message}; it is ${JSON.stringify(await ready(name))}`);
    },
  );
const circuitOpen = (name: string) =>
  until(
    async () => (await statusOf(name)).safety?.circuit === 'open',
    60_000,
    `the circuit of ${name} is open`,
  );
const readyz = (operator: Operator) =>
  fetch(`${operator.probes}/readyz`).then(
    (answer) => answer.text(),
    () => '',
  );
const stop = (name: string) =>
  plane().apply(
    JSON.stringify({
      apiVersion: 'dbintel.io/v1alpha1',
      kind: 'EmergencyStop',
      metadata: { name },
      spec: { scope: { all: true }, reason: 'incident' },
    }),
  );
const target = (name: string, spec: object = {}, secret = 'dbintel') =>
  plane().apply(
    targetManifest({
      name,
      port: server.port,
      database: name,
      secret,
      spec: {
        collection: { interval: '10s' },
        safety: { databaseTimeBudget: '100%', databaseTimeBurst: '10m' },
        ...spec,
      },
    }),
  );

describe('two clusters on one Redis', () => {
  it('the second one does not start, and says why; the first goes on', async () => {
    const stranger = await startOperator({
      name: 'stranger',
      kubeconfig: (green as ControlPlane).kubeconfig,
      redis: redis.port,
    });
    await until(
      async () => (await readyz(stranger)).includes('replicas of another cluster (kube-system:'),
      60_000,
      'it says why',
    ).catch(async (error: Error) => {
      throw new Error(
        `${error.message}: ${await readyz(stranger)} ${stranger.log().slice(-1_000)}`,
      );
    });
    expect(await stranger.metric('dbintel_ownership_shards')).toBe(0);
    // Its stops are its own.
    await stop('blue-only');
    await until(
      async () => (await through.metric('dbintel_stops')) === 1,
      5_000,
      'the first cluster obeys',
    );
    await systemClock.sleep(2_500);
    expect(await through.metric('dbintel_stops')).toBe(1);
    await plane().kubectl(['delete', 'estop', 'blue-only']);
    await stopOperators([stranger]);
    const held = await Promise.all(replicas.map((each) => each.metric('dbintel_ownership_shards')));
    expect(held.reduce((a, b) => a + b, 0)).toBe(1_024);
  });
});

describe('a Secret', () => {
  it('with a line break at the end of the password is read as it is meant', async () => {
    await plane().apply(secretManifest('shop', 'broken', `${collectorPassword}\n`));
    await target('broken', {}, 'broken');
    await reason('broken', 'Collecting', 60_000);
    await plane().kubectl(['delete', 'dbt', 'broken', '-n', 'shop']);
  });
  it('that is corrected while the circuit is open is tried at once; so is a corrected spec', async () => {
    await plane().apply(secretManifest('shop', 'mistaken', 'wrong '));
    const breaker = {
      safety: {
        databaseTimeBudget: '100%',
        databaseTimeBurst: '10m',
        circuitBreaker: { failures: 1, openFor: '30m' },
      },
    };
    await target('mistaken', breaker, 'mistaken');
    await circuitOpen('mistaken');
    expect(JSON.stringify(await statusOf('mistaken'))).toContain('white space');
    await plane().apply(secretManifest('shop', 'mistaken', collectorPassword));
    await reason('mistaken', 'Collecting', 30_000);
    await plane().kubectl(['delete', 'dbt', 'mistaken', '-n', 'shop']);
    await target('misplaced', {
      ...breaker,
      connection: {
        host: '127.0.0.1',
        port: 1,
        database: 'misplaced',
        credentials: { secretRef: { name: 'dbintel' } },
        tls: { mode: 'disable' },
      },
    });
    await circuitOpen('misplaced');
    await target('misplaced', breaker);
    await reason('misplaced', 'Collecting', 30_000);
    await plane().kubectl(['delete', 'dbt', 'misplaced', '-n', 'shop']);
  });
});

describe('a watch that goes mute', () => {
  it('hides no stop: neither an EmergencyStop nor a suspension', async () => {
    for (const name of many) await target(name);
    await until(
      async () => (await through.metric('dbintel_targets')) > 0,
      60_000,
      'the replica behind the proxy has some',
    );
    proxy.mode = 'mute';
    const before = Number((await through.metric('dbintel_watch_age_seconds')) ?? 0);
    await stop('hidden');
    await until(
      async () => (await through.metric('dbintel_stops')) === 1,
      2_000,
      'the stop arrives',
    );
    await plane().kubectl(['delete', 'estop', 'hidden']);
    await until(
      async () => (await through.metric('dbintel_stops')) === 0,
      3_000,
      'so does its end',
    );
    await systemClock.sleep(1_000);
    expect(await through.metric('dbintel_watch_age_seconds')).toBeGreaterThan(before + 1);
    for (const name of many) await target(name, { suspend: true });
    for (const name of many) await reason(name, 'Suspended', 8_000);
    proxy.mode = 'forward';
  });
  it('nor does an API server that does not answer one replica: the others tell it in Redis', async () => {
    for (const name of many) await target(name);
    await until(
      async () => (await through.metric('dbintel_targets')) > 0,
      60_000,
      'the replica behind the proxy has some',
    );
    proxy.mode = 'away';
    await systemClock.sleep(5_000);
    await stop('told');
    await until(
      async () => (await through.metric('dbintel_stops')) === 1,
      2_500,
      'the stop arrives through Redis',
    );
    await plane().kubectl(['delete', 'estop', 'told']);
    await until(
      async () => (await through.metric('dbintel_stops')) === 0,
      5_000,
      'so does its end',
    );
    await target('one', { suspend: true });
    await until(
      async () => (await through.metric('dbintel_stops')) === 1,
      2_500,
      'so does a suspension',
    );
    proxy.mode = 'forward';
    await until(
      async () => (await through.metric('dbintel_stops')) === 0,
      30_000,
      'the API server itself counts again',
    );
  });
});

describe('a session that does not know its targets', () => {
  it('has orphans, which every replica says', async () => {
    const state = openRedisState(
      {
        mode: 'standalone',
        endpoints: [{ host: '127.0.0.1', port: redis.port }],
        sentinelName: '',
        keyPrefix: 'dbintel',
        ttl_ms: 60_000,
      },
      { clock: systemClock, logger: silentLogger, metrics: silentMetrics },
    );
    await until(async () => state.ready, 20_000, 'Redis is connected');
    const facts = {
      scope: 'all',
      load: 1,
      name: 'blind',
      stops: {},
      known: describeKnown(() => new Set()),
    };
    await stopOperators([replicas.pop() as Operator]);
    const [left] = replicas as [Operator];
    const owners = (await state.survey()).owners;
    const [mine] = owners.values();
    await state.open('blind', facts);
    // As if it had claimed them while they were free.
    const client = redis.client();
    await client.connect();
    for (const [shard, holder] of owners)
      if (holder === mine) await client.hset('{dbintel}:owner', String(shard), 'blind');
    const beat = setInterval(
      () => void state.renew('blind', Date.now(), facts).catch(() => undefined),
      2_000,
    );
    await until(
      async () => (await left.metric('dbintel_ownership_orphaned_targets')) > 0,
      50_000,
      'the metric says it',
    );
    expect(await readyz(left)).toMatch(/^ok\n\d+ targets of the fleet are collected by nobody/);
    clearInterval(beat);
    client.disconnect();
    await state.end('blind', Date.now() + 1_000).catch(() => undefined);
    await state.close();
  });
});
