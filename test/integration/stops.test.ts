import { afterAll, beforeAll, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { silentMetrics } from '../../src/base/metrics.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { publishStop, watchStops } from '../../src/controller/stops/stop-flags.ts';
import { openRedisState } from '../../src/coordination/redis/redis-state.ts';
import type { Stop } from '../../src/model/stop.ts';
import { covers } from '../../src/safety/emergency-stop.ts';
import { until } from '../support/leaks.ts';
import { dbintel } from '../support/program.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';

/**
 * Stops that lie in a real Redis: what lifts them, what does not, and what is made of a flag that
 * nobody of ours wrote.
 */
let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.stop());

const key = '{dbintel}:flags';
const env = () => ({ DBINTEL_REDIS_ENDPOINTS: `127.0.0.1:${redis.port}` });
const openReplica = () => {
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
  let stops: readonly Stop[] = [];
  const seen: number[] = [];
  watchStops(state, (now) => {
    stops = now;
    seen.push(now.length);
  });
  return { state, seen, stops: () => stops };
};
const write = async (...command: [string, ...string[]]) => {
  const client = redis.client();
  await client.connect();
  await client.call(...command);
  client.disconnect();
};

it.each(['flushed', 'restarted'])(
  'a stop outlives a Redis that is %s while a replica lives; lifting it lifts it',
  async (how) => {
    const [one, two] = [openReplica(), openReplica()];
    await until(async () => one.state.ready, 10_000, 'Redis is connected');
    const stop = await publishStop(
      one.state,
      { scope: { namespaces: ['shop'] }, reason: 'by hand', since: 7 },
      systemRandom.next,
    );
    await until(async () => two.stops().length === 1, 20_000, 'both know');
    if (how === 'flushed') await write('FLUSHALL');
    else {
      await redis.halt();
      await redis.start();
    }
    const later = openRedisState(
      {
        mode: 'standalone',
        endpoints: [{ host: '127.0.0.1', port: redis.port }],
        sentinelName: '',
        keyPrefix: 'dbintel',
        ttl_ms: 60_000,
      },
      { clock: systemClock, logger: silentLogger, metrics: silentMetrics },
    );
    const known = async () => [...(await later.flags().catch(() => new Map())).values()];
    await until(async () => (await known()).length === 1, 30_000, 'the stop is there again');
    expect(await known()).toEqual([stop]);
    expect([one, two].map(({ stops }) => stops())).toEqual([[stop], [stop]]);
    expect(one.seen).toEqual([0, 1]); // never lifted in between
    expect((await dbintel(['resume', '--all', '--redis'], env())).stdout).toContain(
      `resumed ${stop.id}`,
    );
    await until(
      async () => [one, two].every(({ stops }) => stops().length === 0),
      20_000,
      'both resume',
    );
    await systemClock.sleep(1_500);
    expect(await known()).toEqual([]);
    await Promise.all([later, one.state, two.state].map((each) => each.close()));
  },
);

it('a stop outlives a failover to a copy that had not heard of it, while a replica lives', async () => {
  const field = async () => {
    const client = redis.client();
    await client.connect();
    const all = await client.hgetall(key);
    client.disconnect();
    return all;
  };
  const [one, two] = [openReplica(), openReplica()];
  await until(async () => one.state.ready, 10_000, 'Redis is connected');
  const asked = { scope: { all: true } as const, reason: 'by hand', since: 7 };
  const first = await publishStop(one.state, asked, systemRandom.next);
  const copy = await field();
  const lost = await publishStop(one.state, asked, systemRandom.next);
  await until(async () => two.stops().length === 2, 3_000, 'both know');
  const forgotten = new Set(Object.keys(await field()).filter((name) => !(name in copy)));
  await write('HSET', key, ...Object.entries(copy).flat());
  await write('HDEL', key, ...forgotten);
  await until(async () => `stop/${lost.id}` in (await field()), 5_000, 'it is there again');
  expect([one, two].every(({ seen }) => !seen.slice(seen.indexOf(2)).includes(1))).toBe(true);
  expect((await dbintel(['resume', first.id, '--redis'], env())).stdout).toContain(first.id);
  await until(async () => two.stops().length === 1, 3_000, 'what is lifted is lifted');
  await dbintel(['resume', '--all', '--redis'], env());
  await until(async () => two.stops().length === 0, 3_000, 'both are');
  await systemClock.sleep(1_500);
  expect(Object.keys(await field())).toEqual(['.kept']);
  await Promise.all([one, two].map(({ state }) => state.close()));
});

it('a flag that is not understood stops everything, and hides no other; one of a resource is not lifted here, and that is said', async () => {
  const replica = openReplica();
  await until(async () => replica.state.ready, 10_000, 'Redis is connected');
  await write(
    'HSET',
    key,
    'stop/broken',
    'not json',
    'stop/odd',
    '{"scope":{"nowhere":1}}',
    'suspend/odd',
    '7',
    'else',
    '{',
  );
  await replica.state.publish('stop/told', {
    id: 'told',
    scope: { targets: ['shop/a'] },
    reason: 'r\u001b[2Jx',
    since: 0,
    resource: true,
  });
  await until(async () => replica.stops().length === 3, 20_000, 'all three are known');
  const everything = replica
    .stops()
    .filter(({ scope }) => covers(scope, { namespace: 'any', name: 'thing' }));
  expect(everything.map(({ id, reason }) => [id, reason]).toSorted()).toEqual(
    ['broken', 'odd'].map((id) => [
      id,
      `${id}: not understood by this version, so everything stops`,
    ]),
  );
  const listed = await dbintel(['stop', '--list', '--redis'], env());
  expect(listed.stdout).toContain('shop/a, since 1970-01-01T00:00:00.000Z: r\\x1b[2Jx');
  const resumed = await dbintel(['resume', '--all', '--redis'], env());
  expect(resumed).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      'told is an EmergencyStop of the cluster: kubectl delete estop told',
    ),
  });
  for (const id of ['broken', 'odd']) expect(resumed.stdout).toContain(`resumed ${id} `);
  await until(async () => replica.stops().length === 1, 20_000, 'one stays');
  await replica.state.close();
});

it.each([
  [['--target', 'shop/Orders!'], /scope\.targets\.0: not namespace\/name/],
  [['--namespace', ''], /scope\.namespaces\.0/],
])(
  'a stop of %j, which no EmergencyStop could be, is refused before it is told to anybody',
  async (scope, message) => {
    const { code, stderr } = await dbintel(['stop', ...scope, '--redis'], env());
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  },
);
it('a stop is not refused for its reason', async () => {
  for (const [reason, length] of [
    ['', 'stopped by hand'.length],
    ['x'.repeat(5_000), 256],
  ] as const) {
    const made = await dbintel(['stop', '--all', '--redis', '--json', '--reason', reason], env());
    expect((JSON.parse(made.stdout) as Stop).reason.length).toBe(length);
  }
  await dbintel(['resume', '--all', '--redis'], env());
});
