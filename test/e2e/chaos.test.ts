import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
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
import { prepareServer } from '../support/target.ts';
import {
  backwards,
  longestGap,
  overlaps,
  type WitnessRow,
  witness,
  witnessSettings,
} from '../support/witness.ts';

/**
 * Chaos on the real thing: processes, Redis, API server and databases that are killed, stopped and
 * emptied. After each blow the databases' own logs are asked: no two cycles at once on a server, no
 * epoch that goes back, nothing orphaned, and no cycle lost that a healthy fleet would have run.
 */
const interval_ms = 10_000;
const crashBound_ms = 17_000;
const databases = ['one', 'two', 'three'];
let plane: ControlPlane;
let redis: RedisServer;
let servers: PostgresServer[] = [];
let uids: string[] = [];
let fleet: Operator[] = [];
let count = 0;
const takeOvers: number[] = [];
const handOvers: number[] = [];

const start = async (): Promise<Operator> => {
  count += 1;
  const operator = await startOperator({
    name: `pod-${count}`,
    kubeconfig: plane.kubeconfig,
    redis: redis.port,
  });
  fleet.push(operator);
  return operator;
};
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
/** Whose each shard is, by the name of the pod; only live sessions count. */
async function owners(): Promise<Map<string, string>> {
  const client = redis.client();
  try {
    await client.connect();
    const all = await client.hgetall('{dbintel}:owner');
    const live = new Set(await client.zrange('{dbintel}:sessions', 0, '-1'));
    return new Map(
      Object.entries(all)
        .filter(([, id]) => live.has(id))
        .map(([shard, id]) => [shard, id.replace(/-[0-9a-f]{12}$/, '')]),
    );
  } finally {
    client.disconnect();
  }
}
const whole = async () => (await owners().catch(() => new Map())).size === 1_024;
const rows = (): WitnessRow[][] => servers.map(witness);

/**
 * From `from` on no target waited longer than `gap_ms` for its next cycle, and all hold what every
 * chaos ends with.
 */
async function expectWell(from: number, gap_ms: number): Promise<void> {
  await until(whole, 20_000, 'every shard is held by a live replica');
  const asked = Date.now();
  await until(
    async () =>
      rows()
        .flat()
        .filter(({ started }) => started > asked).length >= uids.length,
    interval_ms + 10_000,
    'all are collected again',
  ).catch(() => undefined);
  const seen = rows();
  for (const each of seen) {
    expect(overlaps(each)).toEqual([]);
    expect(backwards(each)).toEqual([]);
  }
  const gaps = uids.map((uid) =>
    Math.max(
      ...seen.flatMap((each) =>
        each.some(({ target }) => target === uid) ? [longestGap(each, uid, from, Date.now())] : [],
      ),
    ),
  );
  expect(Math.max(...gaps)).toBeLessThan(gap_ms);
  for (const operator of fleet)
    expect(await operator.metric('dbintel_ownership_orphaned_targets')).toBe(0);
}

beforeAll(async () => {
  [plane, redis, ...servers] = await Promise.all([
    startControlPlane(),
    startRedis(),
    startPostgres({ settings: witnessSettings }),
    startPostgres({ settings: witnessSettings }),
  ]);
  await installCrds(plane);
  await plane.apply(namespaceManifest('shop'));
  await plane.apply(secretManifest());
  for (const server of servers) {
    await prepareServer(server);
    for (const name of databases) {
      await server.sql(`CREATE DATABASE ${name}`);
      await prepareServer(server, name);
    }
  }
  await Promise.all([1, 2, 3].map(start));
  await allReady(fleet);
  for (const [i, server] of servers.entries())
    for (const name of databases)
      await plane.apply(
        targetManifest({
          name: `${name}-${i}`,
          port: server.port,
          database: name,
          spec: {
            collection: { interval: `${interval_ms / 1_000}s` },
            safety: { databaseTimeBudget: '20%' },
          },
        }),
      );
  const { items } = JSON.parse(await plane.kubectl(['get', 'dbt', '-n', 'shop', '-o', 'json'])) as {
    items: { metadata: { uid: string } }[];
  };
  uids = items.map(({ metadata }) => metadata.uid.slice(0, 8));
  await until(
    async () =>
      uids.every((uid) =>
        rows()
          .flat()
          .some(({ target }) => target === uid),
      ),
    30_000,
    'every target is collected',
  );
});
afterEach(() => {
  fleet = fleet.filter(({ gone }) => !gone());
});
afterAll(async () => {
  await stopOperators(fleet);
  await Promise.all([plane, redis, ...servers].map((each) => each?.stop()));
  process.stderr.write(
    `take-over after a crash: ${summary(takeOvers)}\nhand-over: ${summary(handOvers)}\n`,
  );
});

const quantile = (list: readonly number[], share: number) =>
  list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * share))] ??
  Number.NaN;
const summary = (list: readonly number[]) =>
  `p50 ${Math.round(quantile(list, 0.5))} ms, p99 ${Math.round(quantile(list, 0.99))} ms, ` +
  `most ${Math.round(Math.max(...list))} ms over ${list.length} shards`;

it.each([1, 2, 3, 4, 5])(
  'SIGKILL, the %i. time: every shard is taken over within 17 s',
  async () => {
    const began = Date.now();
    const held = Map.groupBy(await owners(), ([, pod]) => pod);
    const victim = fleet.toSorted(
      (a, b) => (held.get(b.name)?.length ?? 0) - (held.get(a.name)?.length ?? 0),
    )[0] as Operator;
    const left = new Set(held.get(victim.name)?.map(([shard]) => shard));
    expect(left.size).toBeGreaterThan(0);
    const killedAt = performance.now();
    victim.signal('SIGKILL');
    await victim.exited;
    fleet = fleet.filter((each) => each !== victim);
    await until(
      async () => {
        for (const [shard, pod] of await owners())
          if (pod !== victim.name && left.delete(shard))
            takeOvers.push(performance.now() - killedAt);
        return left.size === 0;
      },
      crashBound_ms + 3_000,
      'all shards are somebody’s',
    );
    expect(quantile(takeOvers, 0.99)).toBeLessThanOrEqual(crashBound_ms);
    await start();
    await allReady(fleet);
    await expectWell(began, crashBound_ms + 2 * interval_ms);
  },
);

it('SIGSTOP for 30 s: others take over, and the sleeper does no harm when it wakes', async () => {
  const began = Date.now();
  const [victim] = fleet as [Operator];
  victim.signal('SIGSTOP');
  await sleep(30_000);
  victim.signal('SIGCONT');
  await sleep(3_000);
  await expectWell(began, crashBound_ms + 2 * interval_ms);
  expect(await victim.ready()).toBe(true);
});

it('Redis is killed and comes back empty', async () => {
  const began = Date.now();
  await redis.halt();
  await sleep(12_000); // longer than a session lives: all freeze, and go on with what they own
  expect(await Promise.all(fleet.map((each) => each.ready()))).toEqual(fleet.map(() => true));
  await redis.start();
  await expectWell(began, 2 * interval_ms);
});

it('FLUSHALL', async () => {
  const began = Date.now();
  const client = redis.client();
  await client.connect();
  await client.flushall();
  client.disconnect();
  await expectWell(began, 2 * interval_ms);
});

it('the API server is killed and comes back', async () => {
  const began = Date.now();
  await plane.haltApiServer();
  await sleep(8_000);
  await plane.startApiServer();
  await expectWell(began, 2 * interval_ms);
  const before = await plane.kubectl([
    'get',
    'dbt',
    '-n',
    'shop',
    '-o',
    'jsonpath={.items[*].metadata.resourceVersion}',
  ]);
  expect(before.split(' ').length).toBe(uids.length);
});

/** SIGTERM, and how long each of its shards was nobody's. */
async function leave(victim: Operator): Promise<void> {
  const mine = new Set(
    [...(await owners())].filter(([, pod]) => pod === victim.name).map(([shard]) => shard),
  );
  const freeSince = new Map<string, number>();
  victim.signal('SIGTERM');
  let over = false;
  void victim.exited.then(() => {
    over = true;
  });
  await until(
    async () => {
      const now = await owners();
      for (const shard of mine) {
        const pod = now.get(shard);
        if (pod === undefined && !freeSince.has(shard)) freeSince.set(shard, performance.now());
        if (pod !== undefined && pod !== victim.name) {
          mine.delete(shard);
          handOvers.push(performance.now() - (freeSince.get(shard) ?? performance.now()));
        }
      }
      return over && mine.size === 0;
    },
    30_000,
    `${victim.name} has left, and all that it had is somebody’s`,
  );
  expect(await victim.exited).toBe(0);
  fleet = fleet.filter((each) => each !== victim);
}

it('a rolling restart of all replicas loses no cycle', async () => {
  const began = Date.now();
  const before = fleet.slice();
  for (const victim of before) {
    await start();
    await allReady(fleet);
    await leave(victim);
  }
  expect(quantile(handOvers, 0.99)).toBeLessThanOrEqual(2_000);
  await expectWell(began, 2 * interval_ms);
});

it('3 → 5 → 2 replicas', async () => {
  const began = Date.now();
  await Promise.all([start(), start()]);
  await allReady(fleet);
  await sleep(15_000);
  for (const victim of fleet.slice(0, 3)) await leave(victim);
  expect(fleet.length).toBe(2);
  await expectWell(began, 2 * interval_ms);
});
