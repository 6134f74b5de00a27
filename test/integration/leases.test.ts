import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { LeaseStore, SessionFacts } from '../../src/coordination/lease-store.ts';
import { createLeaseTable } from '../../src/coordination/memory/lease-table.ts';
import { createMemoryState } from '../../src/coordination/memory/memory-state.ts';
import { openRedisState, type RedisOptions } from '../../src/coordination/redis/redis-state.ts';
import { type StateBackend, stateLimit } from '../../src/coordination/state-backend.ts';
import { createPrometheusMetrics } from '../../src/exporters/prometheus/prometheus-metrics.ts';
import { createAuthority } from '../support/certificates.ts';
import { until } from '../support/leaks.ts';
import { freePort } from '../support/postgres-server.ts';
import {
  type RedisServer,
  startRedis,
  startRedisCluster,
  startSentinels,
} from '../support/redis.ts';

/** What every shared state promises, and that the Lua scripts do what their model does. */
type Store = StateBackend & LeaseStore;
const facts = (load = 0): SessionFacts => ({ scope: 'all', load, name: 'pod', stops: {} });
const bytes = (text: string) => new TextEncoder().encode(text);
let prefixes = 0;
const redisOptions = (
  over: Partial<RedisOptions> & Pick<RedisOptions, 'endpoints'>,
): RedisOptions => {
  prefixes += 1;
  return {
    mode: 'standalone',
    sentinelName: 'mymaster',
    keyPrefix: `test${prefixes}`,
    ttl_ms: 60_000,
    ...over,
  };
};
const at = (port: number) => ({ host: '127.0.0.1', port });

async function openRedis(options: RedisOptions): Promise<Store & { ready: boolean }> {
  const store = openRedisState(options, {
    clock: systemClock,
    logger: silentLogger,
    metrics: createPrometheusMetrics(),
  });
  await until(
    async () =>
      store
        .poll()
        .then(() => store.loadTarget('none'))
        .then(
          () => true,
          () => false,
        ),
    10_000,
    'Redis is connected',
  );
  return store;
}

let single: RedisServer;
let sentinels: Awaited<ReturnType<typeof startSentinels>>;
let cluster: Awaited<ReturnType<typeof startRedisCluster>>;
beforeAll(async () => {
  [single, sentinels, cluster] = await Promise.all([
    startRedis(),
    startSentinels(),
    startRedisCluster(),
  ]);
});
afterAll(async () => {
  await Promise.all([single, sentinels, cluster].map((each) => each?.stop()));
});

const kinds: Record<string, () => Promise<() => Promise<Store>>> = {
  memory: async () => {
    const store = createMemoryState(systemClock);
    return async () => store;
  },
  'redis standalone': async () => sharing(redisOptions({ endpoints: [at(single.port)] })),
  'redis sentinel': async () =>
    sharing(redisOptions({ mode: 'sentinel', endpoints: sentinels.ports.map(at) })),
  'redis cluster': async () =>
    sharing(redisOptions({ mode: 'cluster', endpoints: cluster.ports.map(at) })),
};
const sharing = (options: RedisOptions) => () => openRedis(options);

describe.each(Object.keys(kinds))('%s', (kind) => {
  let a: Store;
  let b: Store;
  beforeAll(async () => {
    const open = await (kinds[kind] as (typeof kinds)[string])();
    [a, b] = [await open(), await open()];
  });
  afterAll(async () => {
    await Promise.all([a.close(), b.close()]);
  });

  it('a shard is one session’s until it is released or the session is over', async () => {
    await a.open('one', facts());
    await b.open('two', facts());
    await expect(a.open('one', facts())).rejects.toMatchObject({ code: 'coordination_failed' });
    expect(await a.claim('one', 1, [1, 2, 3])).toEqual([1, 2, 3]);
    expect(await b.claim('two', 1, [3, 4])).toEqual([4]);
    expect(await a.claim('one', 2, [1])).toEqual([1]);
    expect(await a.renew('one', 3, facts(2.5))).toMatchObject({ mine: [1, 2, 3] });
    const survey = await b.survey();
    expect([...survey.owners].sort(([x], [y]) => x - y)).toEqual([
      [1, 'one'],
      [2, 'one'],
      [3, 'one'],
      [4, 'two'],
    ]);
    expect(survey.sessions.find(({ id }) => id === 'one')?.facts.load).toBe(2.5);
    const version = await b.poll();
    await a.release('one', 4, [3, 4]);
    expect(await b.poll()).not.toBe(version);
    expect(await b.claim('two', 2, [3])).toEqual([3]);
    await a.end('one', 5);
    expect(await a.renew('one', 6, facts())).toBe('lost');
    expect(await a.claim('one', 7, [9])).toBe('lost');
    expect(await b.claim('two', 3, [1, 2])).toEqual([1, 2]);
    await b.end('two', 4);
  });
  it('a command that comes late is refused', async () => {
    await a.open('late', facts());
    expect(await a.claim('late', 5, [20])).toEqual([20]);
    await expect(a.release('late', 4, [20])).rejects.toMatchObject({ code: 'coordination_failed' });
    expect((await a.survey()).owners.get(20)).toBe('late');
    await a.end('late', 6);
  });
  it('sessions that watch something else are refused, with the reason', async () => {
    await a.open('here', facts());
    await expect(b.open('there', { ...facts(), scope: 'shop' })).rejects.toThrow(
      /watch "all", this one "shop"/,
    );
    await a.end('here', 1);
    await b.open('there', { ...facts(), scope: 'shop' });
    await b.end('there', 1);
  });
  it('sessions of another cluster are refused, with the reason; those that cannot be compared are not', async () => {
    const of = (cluster?: string) => ({ ...facts(), ...(cluster ? { cluster } : {}) });
    await a.open('blue', of('kube-system:1'));
    await expect(b.open('green', of('kube-system:2'))).rejects.toThrow(
      /another cluster \(kube-system:1\).* this one is of kube-system:2/,
    );
    await b.open('same', of('kube-system:1'));
    await b.open('older', of());
    await b.open('otherwise', of('crd:3'));
    for (const id of ['same', 'older', 'otherwise']) await b.end(id, 1);
    await a.end('blue', 1);
    await b.open('green', of('kube-system:2'));
    await b.end('green', 1);
  });
  it('a turn is one holder’s; who asked meanwhile is next', async () => {
    const take = (store: Store, name: string) => store.takeTurn('server', name, 60_000);
    expect([
      await take(a, 'one'),
      await take(a, 'one'),
      await take(b, 'two'),
      await take(a, 'three'),
    ]).toEqual([undefined, undefined, 'one', 'one']);
    await b.endTurn('server', 'two'); // not its own
    expect(await take(b, 'two')).toBe('one');
    await a.endTurn('server', 'one');
    expect([await take(a, 'one'), await take(a, 'three'), await take(b, 'two')]).toEqual([
      'two',
      'two',
      undefined,
    ]);
    await b.endTurn('server', 'two');
    expect([
      await take(a, 'three'),
      await take(a, 'one'),
      await a.takeTurn('brief', 'one', 20),
    ]).toEqual([undefined, 'three', undefined]);
    await until(
      async () => (await b.takeTurn('brief', 'two', 60_000)) === undefined,
      5_000,
      'a turn that nobody ended runs out',
    );
  });
  it('a former owner’s state is refused; what was deleted is gone', async () => {
    expect(await a.loadTarget('t')).toBeUndefined();
    expect(await a.saveTarget('t', 2, bytes('two'))).toBe(true);
    expect(await b.saveTarget('t', 1, bytes('late'))).toBe(false);
    const loaded = await b.loadTarget('t');
    expect([loaded?.epoch, new TextDecoder().decode(loaded?.state)]).toEqual([2, 'two']);
    expect(await b.saveTarget('t', 3, new Uint8Array([0, 255, 10, 13]))).toBe(true);
    expect([...((await a.loadTarget('t'))?.state ?? [])]).toEqual([0, 255, 10, 13]);
    await expect(a.saveTarget('t', 4, new Uint8Array(stateLimit + 1))).rejects.toMatchObject({
      code: 'internal',
    });
    await a.deleteTarget('t');
    expect(await b.loadTarget('t')).toBeUndefined();
  });
  it('a marked name is one holder’s, for a while', async () => {
    expect([
      await a.mark('s', 'one', 60_000),
      await b.mark('s', 'two', 60_000),
      await a.mark('s', 'one', 60_000),
    ]).toEqual([undefined, 'one', undefined]);
    expect([
      await b.mark('s', 'two', 60_000, 'three'),
      await b.mark('s', 'two', 60_000, 'one'),
      await a.mark('s', 'one', 60_000),
    ]).toEqual(['one', undefined, 'two']);
    await a.mark('short', 'one', 20);
    await until(
      async () => (await b.mark('short', 'two', 60_000)) === undefined,
      2_000,
      'the mark runs out',
    );
  });
  it('a flag reaches everyone within a second', async () => {
    let seen: ReadonlyMap<string, unknown> = new Map();
    const unwatch = b.watch((flags) => {
      seen = flags;
    });
    await a.publish('stop/1', { reason: 'incident' });
    await until(async () => seen.has('stop/1'), 1_000, 'the flag arrives');
    await a.publish('stop/1', undefined);
    await until(async () => !seen.has('stop/1'), 1_000, 'its removal arrives');
    unwatch();
  });
  it('who is named in a release is told', async () => {
    await a.open('giver', facts());
    await b.open('taker', facts());
    await a.claim('giver', 1, [7]);
    const told = Promise.withResolvers<void>();
    // A memory store has one listener per session; Redis needs a moment to subscribe.
    b.onHint('taker', told.resolve);
    for (let sequence = 2; sequence < 40; sequence += 1) {
      await a.release('giver', sequence, [7], 'taker');
      if (
        await Promise.race([told.promise.then(() => true), systemClock.sleep(50).then(() => false)])
      )
        break;
    }
    await told.promise;
    await a.end('giver', 100);
    await b.end('taker', 100);
  });
});

describe('redis', () => {
  it('a session that is not renewed is over, and everyone’s version tells', async () => {
    const store = await openRedis({
      ...redisOptions({ endpoints: [at(single.port)] }),
      sessionTtl_ms: 300,
    });
    await store.open('short', facts());
    await store.claim('short', 1, [1]);
    const version = await store.poll();
    await until(async () => (await store.poll()) !== version, 2_000, 'the version moves');
    expect((await store.survey()).sessions).toEqual([]);
    expect(await store.renew('short', 2, facts())).toBe('lost');
    await store.close();
  });
  it('the scripts do what their model does', async () => {
    const admin = single.client();
    await admin.connect();
    for (let seed = 1; seed <= 40; seed += 1) {
      const options = redisOptions({ endpoints: [at(single.port)] });
      const store = await openRedis(options);
      const model = createLeaseTable(1_000_000);
      const random = seededRandom(seed);
      const pick = (most: number) => Math.floor(random.next() * most);
      const ids = ['a', 'b', 'c', 'd'];
      for (let step = 0; step < 60; step += 1) {
        const id = ids[pick(ids.length)] as string;
        const sequence = pick(10) === 0 ? pick(step + 1) : step + 1;
        const shards = Array.from({ length: 1 + pick(5) }, () => pick(12));
        const load = pick(100) / 4;
        const real = (work: Promise<unknown>) =>
          work.catch((error: Error) =>
            error.message.includes('came after') ? 'refused' : `refused: ${error.message}`,
          );
        const [model_, real_] = await both(pick(8));
        expect(real_, `seed ${seed}, step ${step}`).toEqual(model_);
        const survey = await store.survey();
        const expected = model.survey(0);
        expect({ ...survey, sessions: survey.sessions.toSorted(byId) }).toEqual({
          ...expected,
          sessions: expected.sessions.toSorted(byId),
        });
        async function both(action: number): Promise<[unknown, unknown]> {
          switch (action) {
            case 0:
            case 1: {
              const said = {
                ...facts(load),
                ...['', 'kube-system:1', 'kube-system:2', 'crd:1'].map((cluster) =>
                  cluster ? { cluster } : {},
                )[pick(4)],
              };
              const outcome = model.open(id, said, 0);
              return [
                outcome === 'opened' ? undefined : 'refused',
                await store.open(id, said).catch(() => 'refused'),
              ];
            }
            case 2:
              return [
                model.renew(id, sequence, facts(load), 0),
                await real(store.renew(id, sequence, facts(load))),
              ];
            case 3:
            case 4:
              return [
                model.claim(id, sequence, shards, 0),
                await real(store.claim(id, sequence, shards)),
              ];
            case 5: {
              const outcome = model.release(id, sequence, shards, 0);
              return [
                outcome === 'released' ? undefined : outcome,
                await real(store.release(id, sequence, shards)),
              ];
            }
            case 6: {
              if (pick(3) === 0) {
                model.expire(id);
                const tag = `{${options.keyPrefix}}`;
                await admin.zadd(`${tag}:sessions`, 'XX', 1, id);
                return [model.poll(0), await store.poll()];
              }
              const outcome = model.end(id, sequence, 0);
              return [
                outcome === 'ended' ? undefined : outcome,
                await real(store.end(id, sequence)),
              ];
            }
            default: {
              if (pick(10) === 0) {
                model.flush();
                await admin.flushall();
              }
              return [model.poll(0), await store.poll()];
            }
          }
        }
      }
      await store.close();
    }
    admin.disconnect();
  });
  it.each([
    ['noeviction', 0, undefined],
    ['volatile-lru', 1, /drops what is known of targets/],
    ['allkeys-lru', 2, /drops sessions and owners/],
  ])('that evicts by %s is said, with the remedy', async (policy, level, sentence) => {
    const evicting = await startRedis(['--maxmemory-policy', policy, '--maxmemory', '50mb']);
    const [said, metrics] = [[] as string[], createPrometheusMetrics()];
    const logger = {
      ...silentLogger,
      warn: (fields: object, message: string) =>
        void said.push(`${message} ${JSON.stringify(fields)}`),
    };
    const store = openRedisState(redisOptions({ endpoints: [at(evicting.port)] }), {
      clock: systemClock,
      logger,
      metrics,
    });
    await until(
      async () => (await metrics.expose()).includes(`dbintel_redis_may_evict ${level}`),
      15_000,
      'the metric says it',
    );
    if (sentence)
      expect(said.find((each) => sentence.test(each))).toContain('maxmemory-policy noeviction');
    else
      expect(said.filter((each) => each.includes('evict') || each.includes('drops'))).toEqual([]);
    await store.close();
    await evicting.stop();
  });
  it('a failover of the sentinels’ master is survived; what was not there in time fails at once', async () => {
    const store = await openRedis(
      redisOptions({ mode: 'sentinel', endpoints: sentinels.ports.map(at) }),
    );
    await store.open('before', facts());
    sentinels.master.signal('SIGSTOP');
    const began = performance.now();
    await expect(store.renew('before', 1, facts())).rejects.toMatchObject({
      code: 'coordination_failed',
    });
    expect(performance.now() - began).toBeLessThan(1_500);
    await until(
      async () =>
        store.poll().then(
          () => true,
          () => false,
        ),
      30_000,
      'the new master answers',
    );
    sentinels.master.signal('SIGCONT');
    await store.close();
  });
  it('TLS and an ACL user with just the rights that the documentation names', async () => {
    const authority = createAuthority();
    const { certFile, keyFile } = authority.issue('localhost', 'DNS:localhost');
    const tls = { ca: authority.ca, servername: 'localhost' };
    const port = await freePort();
    const secured = await startRedis(
      [
        '--port',
        '0',
        '--tls-port',
        String(port),
        '--tls-cert-file',
        certFile,
        '--tls-key-file',
        keyFile,
        '--tls-ca-cert-file',
        join(authority.folder, 'ca.crt'),
        '--tls-auth-clients',
        'no',
      ],
      { port, login: { tls } },
    );
    const admin = secured.client();
    await admin.connect();
    const options = redisOptions({
      endpoints: [at(port)],
      username: 'dbintel',
      password: 'secret-of-redis',
      tls,
    });
    await admin.call(
      'ACL',
      'SETUSER',
      'dbintel',
      'on',
      '>secret-of-redis',
      `~{${options.keyPrefix}}:*`,
      `~${options.keyPrefix}:target:*`,
      `~${options.keyPrefix}:mark:*`,
      `&{${options.keyPrefix}}:*`,
      ...redisRights.split(' '),
    );
    const store = await openRedis(options);
    await store.open('one', facts());
    expect(await store.claim('one', 1, [1])).toEqual([1]);
    await store.release('one', 2, [1], 'two');
    expect(await store.saveTarget('t', 1, bytes('x'))).toBe(true);
    await store.deleteTarget('t');
    await store.mark('s', 'one', 1_000);
    expect([
      await store.takeTurn('s', 'one', 1_000),
      await store.takeTurn('s', 'two', 1_000),
    ]).toEqual([undefined, 'one']);
    await store.endTurn('s', 'one');
    await store.publish('stop/1', { reason: 'x' });
    await store.publish('stop/1', undefined);
    await store.end('one', 3);
    await store.close();
    admin.disconnect();
    await secured.stop();
  });
});

/** As docs/redis.md says. */
const redisRights =
  '+@connection +info +time +evalsha +eval +zadd +zrem +zscore +zrangebyscore +hset +hget ' +
  '+hdel +hgetall +hvals +hmget +incr +get +pexpire +set +del +publish +subscribe';
const byId = (x: { id: string }, y: { id: string }) => (x.id < y.id ? -1 : 1);
