import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSharedState } from '../../src/app/shared-state.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { systemClock } from '../../src/base/node/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { readConfig } from '../../src/config.ts';
import type { LeaseStore } from '../../src/coordination/lease-store.ts';
import { createLeaseTable } from '../../src/coordination/memory/lease-table.ts';
import { openRedisState, type RedisOptions } from '../../src/coordination/redis/redis-state.ts';
import type { StateBackend } from '../../src/coordination/state-backend.ts';
import { createPrometheusMetrics } from '../../src/exporters/prometheus/prometheus-metrics.ts';
import { createAuthority } from '../support/certificates.ts';
import { until } from '../support/leaks.ts';
import { facts, leaseContract } from '../support/lease-contract.ts';
import { freePort, temporaryFolder } from '../support/postgres-server.ts';
import { startProxy } from '../support/proxy.ts';
import {
  type RedisServer,
  startRedis,
  startRedisCluster,
  startSentinels,
} from '../support/redis.ts';
import { type StatePlaces, stateContract } from '../support/state-contract.ts';

/** What every shared state promises, and that the Lua scripts do what their model does. */
type Store = StateBackend & LeaseStore;
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

const redisKinds: Record<RedisOptions['mode'], () => Pick<RedisOptions, 'endpoints'>> = {
  standalone: () => ({ endpoints: [at(single.port)] }),
  sentinel: () => ({ endpoints: sentinels.ports.map(at) }),
  cluster: () => ({ endpoints: cluster.ports.map(at) }),
};

for (const [mode, endpoints] of Object.entries(redisKinds)) {
  const start = async (): Promise<StatePlaces<Store>> => {
    const options = redisOptions({ mode: mode as RedisOptions['mode'], ...endpoints() });
    return { open: () => openRedis(options), stop: async () => undefined };
  };
  stateContract(`redis ${mode}`, 'processes', start);
  leaseContract(`redis ${mode}`, start);
}

describe('redis', () => {
  it('a session that is not renewed is over, and everyone’s version tells', async () => {
    const store = await openRedis({
      ...redisOptions({ endpoints: [at(single.port)] }),
      sessionTtl_ms: 2_000,
    });
    await store.open('short', facts());
    await store.claim('short', 1, [1]);
    const version = await store.poll();
    await until(async () => (await store.poll()) !== version, 20_000, 'the version moves');
    expect((await store.survey()).sessions).toEqual([]);
    expect(await store.renew('short', 2, facts())).toBe('lost');
    await store.close();
  });
  it('a session is over at once where the server’s clock was put back under it', async () => {
    const options = redisOptions({ endpoints: [at(single.port)] });
    const store = await openRedis(options);
    await store.open('dead', facts());
    await store.claim('dead', 1, [5]);
    await store.open('other', facts());
    expect(await store.claim('other', 1, [5])).toEqual([]);
    const client = single.client();
    await client.connect();
    // As it is after a failover to a server that is an hour behind.
    await client.zadd(`{${options.keyPrefix}}:sessions`, Date.now() + 3_600_000, 'dead');
    client.disconnect();
    expect(await store.claim('other', 2, [5])).toEqual([5]);
    await store.close();
  });
  it('sessions that were evicted alone are gone: in nobody’s count, and in nobody’s way', async () => {
    const options = redisOptions({ endpoints: [at(single.port)] });
    const store = await openRedis(options);
    await store.open('before', { ...facts(), cluster: 'kube-system:1', stops: { incident: 3 } });
    await store.claim('before', 1, [1, 2]);
    const admin = single.client();
    await admin.connect();
    await admin.del(`{${options.keyPrefix}}:sessions`);
    expect((await store.survey()).sessions).toEqual([]);
    await store.open('after', { ...facts(), scope: 'shop', cluster: 'kube-system:2' });
    expect((await store.survey()).sessions.map(({ id }) => id)).toEqual(['after']);
    for (const name of ['facts', 'sequence', 'scope', 'cluster'])
      expect(await admin.hkeys(`{${options.keyPrefix}}:${name}`)).toEqual(['after']);
    admin.disconnect();
    await store.close();
  });
  it('a value that somebody else wrote stops nobody, or is told with what to do', async () => {
    const options = redisOptions({ endpoints: [at(single.port)] });
    const [store, key] = [
      await openRedis(options),
      (name: string) => `{${options.keyPrefix}}:${name}`,
    ];
    await store.open('one', { ...facts(), install: 'shop/dbintel' });
    const admin = single.client();
    await admin.connect();
    await admin.hset(key('facts'), { one: 'no JSON', ghost: 'no JSON' });
    await admin.hset(key('owner'), { 7: 'nobody', x: 'y' });
    await admin.set(key('version'), 'abc');
    await store.open('two', { ...facts(), scope: 'all', install: 'shop/dbintel' });
    expect((await store.survey()).sessions.map(({ id }) => id)).toEqual(['two']);
    expect(await store.claim('two', 1, [7])).toEqual([7]);
    await store.renew('one', 1, facts());
    expect((await store.survey()).sessions).toHaveLength(2);
    await admin.hset(`${options.keyPrefix}:target:t`, { epoch: 'abc', state: 'x' });
    expect(await store.loadTarget('t')).toBeUndefined();
    expect(await store.saveTarget('t', 1, bytes('one'))).toBe(true);
    await admin.set(key('facts'), 'abc');
    await expect(store.renew('one', 2, facts())).rejects.toThrow(/DBINTEL_REDIS_KEY_PREFIX/);
    admin.disconnect();
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
      60_000,
      'the new master answers',
    );
    sentinels.master.signal('SIGCONT');
    await store.close();
  });
  it('a failover behind one address, which leaves connections at the former master, is survived', async () => {
    const [former, next] = await Promise.all([startRedis(), startRedis()]);
    const target = { port: former.port };
    const address = await startProxy(target);
    const store = await openRedis(redisOptions({ endpoints: [at(address.port)] }));
    expect(await store.saveTarget('t', 1, bytes('one'))).toBe(true);
    target.port = next.port;
    const client = former.client();
    await client.connect();
    await client.replicaof('127.0.0.1', next.port);
    client.disconnect();
    const works = (work: () => Promise<unknown>) => () =>
      work().then(
        () => true,
        () => false,
      );
    await until(
      works(() => store.saveTarget('t', 1, bytes('two'))),
      10_000,
      'state is saved',
    );
    await until(
      works(() => store.open('a', facts())),
      10_000,
      'a session is opened',
    );
    await store.close();
    await address.close();
    await Promise.all([former, next].map((each) => each.stop()));
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
      tls: { files: () => ({ ca: authority.ca }), servername: 'localhost' },
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
      await store.takeTurn('s', 'one', 10_000),
      await store.takeTurn('s', 'two', 10_000),
    ]).toEqual([undefined, 'one']);
    await store.endTurn('s', 'one');
    await store.publish('stop/1', { reason: 'x' });
    await store.publish('stop/1', undefined);
    await store.end('one', 3);
    await store.close();
    admin.disconnect();
    await secured.stop();
  });

  it('a foreign count of changes does not keep a stop from being lifted for everybody', async () => {
    const server = await startRedis();
    const options = redisOptions({ endpoints: [at(server.port)] });
    const [one, other] = [await openRedis(options), await openRedis(options)];
    const admin = server.client();
    const [key = ''] = await one
      .publish('stop/1', { reason: 'x' })
      .then(() => admin.keys('*:flags'));
    for (const foreign of ['9007199254740992 1.1', '9'.repeat(400)]) {
      await admin.hset(key, '.kept', foreign);
      for (const store of [one, other, one, other]) await store.flags();
      await one.publish('stop/1', undefined);
      for (const store of [one, other, one, other]) expect((await store.flags()).size).toBe(0);
      await one.publish('stop/1', { reason: 'x' });
      for (const store of [one, other]) expect((await store.flags()).size).toBe(1);
    }
    await Promise.all([one.close(), other.close()]);
    admin.disconnect();
    await server.stop();
  });

  it('certificates that are renewed under it are those of the next connection', async () => {
    const folder = temporaryFolder('redis-tls');
    const file = (name: string) => join(folder, name);
    const login: { tls?: object } = {};
    const issue = () => {
      const authority = createAuthority();
      const { cert, key } = authority.issue('127.0.0.1', 'IP:127.0.0.1');
      login.tls = { ca: authority.ca, cert, key };
      return { 'ca.crt': authority.ca, 'tls.crt': cert, 'tls.key': key };
    };
    const put = (files: object) => {
      for (const [name, text] of Object.entries(files)) writeFileSync(file(name), text);
    };
    put(issue());
    const port = await freePort();
    const args = [
      ['--port', '0'],
      ['--tls-port', String(port)],
      ['--tls-cert-file', file('tls.crt')],
      ['--tls-key-file', file('tls.key')],
      ['--tls-ca-cert-file', file('ca.crt')],
      ['--tls-auth-clients', 'yes'],
    ].flat();
    const secured = await startRedis(args, { port, login });
    const config = readConfig(
      {},
      {
        DBINTEL_REDIS_ENDPOINTS: `127.0.0.1:${port}`,
        DBINTEL_REDIS_TLS: 'true',
        DBINTEL_REDIS_CA: file('ca.crt'),
        DBINTEL_REDIS_CERT: file('tls.crt'),
        DBINTEL_REDIS_KEY: file('tls.key'),
      },
    );
    const metrics = createPrometheusMetrics();
    const store = openSharedState(config, { clock: systemClock, logger: silentLogger, metrics });
    const answers = () =>
      store.poll().then(
        () => true,
        () => false,
      );
    await until(answers, 10_000, 'it is connected');
    await secured.halt();
    const { 'tls.key': key, ...renewed } = issue();
    put(renewed);
    await systemClock.sleep(3_000); // it tries meanwhile, with a certificate and another one's key
    put({ 'tls.key': key });
    await secured.start();
    await until(answers, 10_000, 'it is connected again');
    await store.close();
    await secured.stop();
  });
});

it('a password that was changed is said wherever Redis is missed, with the remedy', async () => {
  const login = { password: 'first' };
  const guarded = await startRedis(['--requirepass', login.password], { login });
  const store = await openRedis(redisOptions({ endpoints: [at(guarded.port)], ...login }));
  const admin = guarded.client();
  await admin.connect();
  await admin.config('SET', 'requirepass', 'second');
  await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
  admin.disconnect();
  let said = '';
  const saysIt = () =>
    store.poll().then(
      () => false,
      ({ message }: Error) => {
        said = message;
        return message.includes('WRONGPASS');
      },
    );
  await until(saysIt, 10_000, `it is said: ${said}`);
  expect(said).toMatch(/^Redis did not answer: WRONGPASS .* start it anew where it was changed/);
  await store.close();
  await guarded.stop();
});

/** As docs/redis.md says. */
const redisRights =
  '+@connection +info +time +evalsha +eval +zadd +zrem +zscore +zrangebyscore +hset +hget ' +
  '+hdel +hgetall +hvals +hmget +incr +get +pexpire +set +del +publish +subscribe';
const byId = (x: { id: string }, y: { id: string }) => (x.id < y.id ? -1 : 1);
