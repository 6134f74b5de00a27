import { afterEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { silentLogger } from '../base/logger.ts';
import { silentMetrics } from '../base/metrics.ts';
import { seededRandom } from '../base/random.ts';
import type { ApiList, ApiObject, WatchEvent } from './api-object.ts';
import type { KubeClient, KubeRequest } from './kube-client.ts';
import { answerTooLarge, kubeError } from './kube-error.ts';
import { startReflector } from './reflector.ts';

/** An API server of one kind: it lists what it is given, and watches say what it tells. */
function start(
  list: (request: KubeRequest) => ApiList,
  project = ({ metadata }: ApiObject) => metadata,
  logger = silentLogger,
) {
  const clock = createFakeClock();
  const told: string[] = [];
  const requests: KubeRequest[] = [];
  const watched: (string | undefined)[] = [];
  let lines: (WatchEvent | Error | 'end')[] = [];
  let wake: () => void = () => undefined;
  const client: Pick<KubeClient, 'call' | 'watch'> = {
    async call<T>(request: KubeRequest) {
      requests.push(request);
      return list(request) as T;
    },
    async *watch(_, query, __, signal) {
      watched.push(query['resourceVersion']);
      while (!signal.aborted) {
        const line = lines.shift();
        if (line === 'end') return;
        if (line instanceof Error) throw line;
        if (line) yield line;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
            signal.addEventListener('abort', () => resolve());
          });
      }
    },
  };
  const reflector = startReflector({
    client: client as KubeClient,
    path: '/targets',
    kind: 'targets',
    project,
    handler: {
      upsert: ({ uid }, why) => told.push(`${why} ${uid}`),
      gone: ({ uid }) => told.push(`gone ${uid}`),
      synced: () => told.push('synced'),
    },
    clock,
    random: seededRandom(1),
    logger,
    metrics: silentMetrics,
  });
  running.push(reflector);
  return {
    clock,
    told,
    requests,
    watched,
    reflector,
    async say(...events: (WatchEvent | Error | 'end')[]) {
      lines = [...lines, ...events];
      wake();
      await clock.advance(1);
    },
  };
}
const running: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop()));
});

const object = (uid: string, resourceVersion: string) => ({
  metadata: { uid, name: uid, resourceVersion },
});
const listed = (version: string, ...uids: string[]): ApiList => ({
  items: uids.map((uid) => object(uid, '5')),
  metadata: { resourceVersion: version },
});

it('lists page by page, then watches from the version of the list', async () => {
  const { clock, told, watched, requests } = start(({ query = {} }) =>
    query['continue']
      ? listed('10', 'b')
      : { ...listed('10', 'a'), metadata: { resourceVersion: '10', continue: 'more' } },
  );
  await clock.advance(10);
  expect(told).toEqual(['list a', 'list b', 'synced']);
  expect(requests).toHaveLength(2);
  expect(watched).toEqual(['10']);
});

it('tells what a watch tells; a bookmark tells only that it lives', async () => {
  const { clock, told, say, reflector } = start(() => listed('10', 'a'));
  await clock.advance(60_000);
  expect(reflector.age_ms).toBe(60_000);
  await say({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '20' } } });
  expect(reflector.age_ms).toBeLessThan(10);
  await say(
    { type: 'ADDED', object: object('b', '21') },
    { type: 'DELETED', object: object('a', '22') },
  );
  expect(told).toEqual(['list a', 'synced', 'event b', 'gone a']);
});

it('a page that is too large to be read is asked for in smaller ones, from then on', async () => {
  const sizes: (string | undefined)[] = [];
  const { clock } = start(({ query = {} }) => {
    sizes.push(query['limit']);
    if (Number(query['limit']) > 10)
      throw kubeError('GET', 200, { message: 'large', reason: answerTooLarge });
    return listed('1');
  });
  await clock.advance(10);
  expect(sizes).toEqual(['100', '13', '2']);
});

describe('when a watch ends', () => {
  it('with 410, everything is listed again, and what is not there any more is gone', async () => {
    let now = listed('10', 'a', 'b');
    const { clock, told, watched, say } = start(() => now);
    await clock.advance(10);
    now = listed('30', 'b');
    await say({ type: 'ERROR', object: { code: 410, message: 'too old' } });
    await clock.advance(1_000);
    expect(told).toEqual(['list a', 'list b', 'synced', 'gone a']);
    expect(watched).toEqual(['10', '30']);
  });
  it('otherwise it goes on from where it was, without a list', async () => {
    const { clock, requests, watched, say } = start(() => listed('10'));
    await clock.advance(10);
    await say(new Error('reset'));
    await clock.advance(2_000);
    expect(requests).toHaveLength(1);
    expect(watched).toEqual(['10', '10']);
  });
  it('because what it told could not be taken up, that is told again', async () => {
    const unread = new Set(['b']);
    const { clock, watched, say } = start(
      () => listed('10'),
      ({ metadata }) => {
        if (unread.delete(metadata.uid)) throw new Error('odd');
        return metadata;
      },
    );
    await clock.advance(10);
    await say({ type: 'ADDED', object: object('a', '11') });
    await say({ type: 'ADDED', object: object('b', '12') });
    await clock.advance(5_000);
    expect(watched).toEqual(['10', '11']);
  });
  it('again and again, each time after it has told something, it goes on at once from there', async () => {
    const { clock, requests, watched, say } = start(() => listed('10'));
    await clock.advance(10);
    for (let i = 1; i <= 10; i += 1) {
      await say({ type: 'BOOKMARK', object: { metadata: { resourceVersion: `${10 + i}` } } });
      await clock.advance(50_000);
      await say(new Error('cut by a proxy'));
      await clock.advance(1_000);
    }
    await say(new Error('cut'));
    await clock.advance(20_000);
    expect([requests.length, watched.at(-1), watched.length]).toEqual([1, '20', 12]);
  });
  it('with 410 again and again, or as soon as it has begun, it is begun less and less often', async () => {
    const { clock, requests, watched, say } = start(() => listed('10'));
    await clock.advance(10);
    const expired = { type: 'ERROR', object: { code: 410, message: 'too old' } } as const;
    await say(...Array.from({ length: 1_000 }, () => expired));
    await clock.advance(60_000);
    expect(requests.length).toBeLessThan(10);
    const other = start(() => listed('10'));
    await other.clock.advance(10);
    await other.say(...Array.from({ length: 1_000 }, () => 'end' as const));
    await other.clock.advance(60_000);
    expect(other.watched.length).toBeLessThan(10);
    expect(watched.length).toBeLessThan(10);
  });
  it('a right that was taken away is said, until the watch tells something again', async () => {
    let refused = false;
    const { clock, reflector, say } = start(() => {
      if (refused) throw kubeError('GET', 403, { message: 'forbidden' });
      return listed('1', 'a');
    });
    await clock.advance(10);
    expect(reflector.trouble).toBeUndefined();
    refused = true;
    await say({ type: 'ERROR', object: { code: 410, message: 'too old' } });
    await clock.advance(10_000);
    expect([reflector.problem, reflector.trouble]).toEqual([
      undefined,
      expect.stringMatching(/refuses to list targets: check/),
    ]);
    refused = false;
    await clock.advance(60_000);
    expect(reflector.trouble).toBeUndefined();
  });
  it('a kind that is not installed is named with what installs it, and tried again', async () => {
    let installed = false;
    const { clock, told, reflector } = start(() => {
      if (!installed) throw kubeError('GET', 404, { message: 'no such kind' });
      return listed('1');
    });
    await clock.advance(10);
    expect(reflector.problem).toMatch(/does not know targets: install the CRDs/);
    installed = true;
    await clock.advance(3_000);
    expect([reflector.problem, told]).toEqual([undefined, ['synced']]);
  });
});

it('an audit finds what no event has told: what is new, and what is gone', async () => {
  let now = listed('10', 'a', 'b');
  const { clock, told } = start(() => now);
  await clock.advance(10);
  now = { ...listed('40', 'b', 'c') };
  await clock.advance(700_000);
  expect(told).toEqual(['list a', 'list b', 'synced', 'list c', 'gone a']);
});

it('what is read on another way is taken in, as of its version', async () => {
  const { clock, told, reflector } = start(() => listed('10', 'a'));
  await clock.advance(10);
  reflector.offer([object('b', '12')], '12', false);
  reflector.offer([object('b', '12')], '12', true);
  expect(told).toEqual(['list a', 'synced', 'event b', 'gone a']);
});

it('a kind that is not installed is asked for every three seconds, and told of now and then', async () => {
  let warned = 0;
  const logger = { ...silentLogger, warn: () => void (warned += 1) };
  const missing = kubeError('GET /targets', 404, '404 page not found');
  const { clock, requests } = start(
    () => {
      throw missing;
    },
    undefined,
    logger,
  );
  await clock.advance(300_000);
  expect(requests.length).toBeGreaterThan(95);
  expect(warned).toBe(1);
});
