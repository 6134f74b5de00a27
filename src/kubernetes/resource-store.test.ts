import { afterEach, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { silentLogger } from '../base/logger.ts';
import { silentMetrics } from '../base/metrics.ts';
import { seededRandom } from '../base/random.ts';
import { databaseTarget } from '../resources/kinds/database-target/kind.ts';
import type { ApiList } from './api-object.ts';
import type { KubeClient, KubeRequest } from './kube-client.ts';
import { kubeError } from './kube-error.ts';
import { openResourceStore } from './resource-store.ts';

/**
 * A store of targets in two namespaces; watches are silent but for bookmarks of one that is named,
 * lists say what is there.
 */
function start(list: (namespace: string, request: KubeRequest) => ApiList, marked = '') {
  const clock = createFakeClock();
  const client: Pick<KubeClient, 'call' | 'watch'> = {
    call: async <T>(request: KubeRequest) => list(request.path.split('/')[5] ?? '', request) as T,
    async *watch(path, _, __, signal) {
      const object = { metadata: { uid: '', name: '', resourceVersion: '11' } };
      while (marked && path.split('/')[5] === marked && !signal.aborted) {
        await clock.sleep(60_000, signal).catch(() => undefined);
        yield { type: 'BOOKMARK', object };
      }
      if (!signal.aborted)
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      yield* [];
    },
  };
  const store = openResourceStore({
    client: client as KubeClient,
    kind: databaseTarget,
    namespaces: ['shop', 'bank'],
    project: ({ metadata }) => metadata,
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    metrics: silentMetrics,
  });
  running.push(store);
  const told: string[] = [];
  const watch = () =>
    store.watch({
      upsert: ({ name }, why) => told.push(`${why} ${name}`),
      gone: ({ name }) => told.push(`gone ${name}`),
      synced: () => told.push('synced'),
    });
  return { clock, store, told, watch };
}
const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop()));
});
const listed = (...names: string[]): ApiList => ({
  items: names.map((name) => ({ metadata: { uid: `u-${name}`, name, resourceVersion: '5' } })),
  metadata: { resourceVersion: '10' },
});

it('is synced when every namespace is listed, and tells who comes later what there is', async () => {
  const { clock, store, told, watch } = start((namespace) => listed(`in-${namespace}`));
  watch();
  expect([store.synced, store.problem]).toEqual([false, 'not listed yet']);
  await clock.advance(10);
  expect(told).toEqual(['list in-shop', 'list in-bank', 'synced']);
  expect(store.get('u-in-bank')?.name).toBe('in-bank');
  told.length = 0;
  watch()();
  expect(told).toEqual(['list in-shop', 'list in-bank', 'synced']);
});

it('says what keeps one namespace from being listed', async () => {
  const { clock, store } = start((namespace) => {
    if (namespace === 'bank') throw new Error('no route to it');
    return listed('orders');
  });
  await clock.advance(10);
  expect(store.synced).toBe(false);
  expect(store.problem).toContain('no route to it');
});

it('a poll finds what a silent watch does not tell', async () => {
  let there = listed('a', 'b');
  const asked: (Record<string, string> | undefined)[] = [];
  const { clock, store, told, watch } = start((namespace, { query }) => {
    asked.push(query);
    return namespace === 'shop' ? there : listed();
  });
  watch();
  await clock.advance(10);
  told.length = asked.length = 0;
  const { signal } = new AbortController();
  there = { ...listed('c'), metadata: { resourceVersion: '20' } };
  const where = { kind: 'where', field: 'spec.suspend', value: 'true' } as const;
  expect(await store.poll(where, 100, signal)).toBe(1);
  expect(asked[0]).toEqual({ fieldSelector: 'spec.suspend=true', resourceVersion: '0' });
  expect(told).toEqual(['event c']);
  await store.poll({ kind: 'all' }, 100, signal);
  expect(told).toEqual(['event c', 'gone a', 'gone b']);
});

it('a namespace that may not be read keeps what is there of others from nothing', async () => {
  for (const [status, enough] of [
    [403, true],
    [500, false],
  ] as const) {
    const { clock, store } = start((namespace) => {
      if (namespace === 'bank') throw kubeError('GET', status, { message: 'no' });
      return listed('orders');
    });
    await clock.advance(10);
    expect([store.synced, store.enough]).toEqual([false, enough]);
    expect(store.problem).toContain('databasetargets in bank');
  }
  expect(start(() => listed()).store.enough).toBe(false);
});

it('a namespace that may not be read any more keeps no other from being asked and heard', async () => {
  let refused = false;
  const { clock, store, told, watch } = start((namespace) => {
    if (namespace === 'shop' && refused) throw kubeError('GET', 403, { message: 'forbidden' });
    return refused
      ? { ...listed('new'), metadata: { resourceVersion: '20' } }
      : listed(`in-${namespace}`);
  }, 'bank');
  watch();
  await clock.advance(10);
  told.length = 0;
  refused = true;
  const where = { kind: 'where', field: 'spec.suspend', value: 'true' } as const;
  const asked = store.poll(where, 100, new AbortController().signal);
  await expect(asked).rejects.toThrow('forbidden');
  expect(told).toEqual(['event new']);
  await clock.advance(200_000);
  expect(store.ageIn_ms('shop')).toBeGreaterThan(190_000);
  expect(store.ageIn_ms('bank')).toBeLessThan(61_000);
  expect(store.ageIn_ms('elsewhere')).toBe(Number.POSITIVE_INFINITY);
});
