import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { silentLogger } from '../base/logger.ts';
import { silentMetrics } from '../base/metrics.ts';
import { seededRandom } from '../base/random.ts';
import { createWorkQueue } from './work-queue.ts';

function startQueue(took_ms: number, fails: (key: string) => boolean = () => false) {
  const clock = createFakeClock();
  const begun: { key: string; at: number }[] = [];
  const queue = createWorkQueue({
    name: 'test',
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    metrics: silentMetrics,
    async work(key) {
      begun.push({ key, at: clock.monotonic() });
      if (took_ms) await clock.sleep(took_ms);
      if (fails(key)) throw new Error('not today');
    },
  });
  return { queue, clock, begun, keys: () => begun.map(({ key }) => key) };
}

it('an edit goes before a thousand that are looked at again', async () => {
  const { queue, clock, keys } = startQueue(100);
  for (let i = 0; i < 1_000; i += 1) queue.add(`r${i}`, 'resync');
  await clock.advance(50);
  queue.add('edited', 'edit');
  await clock.advance(150);
  expect(keys().indexOf('edited')).toBeGreaterThan(0);
  expect(keys().indexOf('edited')).toBeLessThan(2 * 64);
});

it('a key is in it once, with the best priority that it was added with', async () => {
  const { queue, clock, keys } = startQueue(100);
  for (let i = 0; i < 64; i += 1) queue.add(`busy${i}`, 'owner');
  await clock.advance(10);
  for (const key of ['a', 'b', 'b', 'c']) queue.add(key, 'resync');
  queue.add('c', 'edit');
  queue.add('c', 'resync');
  expect(queue.depth).toBe(3);
  await clock.advance(500);
  expect(keys().slice(64)).toEqual(['c', 'a', 'b']);
});

it('a key that is added while it is worked on comes again, and never twice at a time', async () => {
  const { queue, clock, begun } = startQueue(100);
  queue.add('a', 'edit');
  await clock.advance(10);
  for (let i = 0; i < 3; i += 1) queue.add('a', 'resync');
  await clock.advance(300);
  expect(begun.map(({ at }) => at - (begun[0]?.at ?? 0))).toEqual([0, 100]);
});

it('one that fails comes back after a growing wait, until it is forgotten', async () => {
  const { queue, clock, begun } = startQueue(0, () => true);
  queue.add('a', 'edit');
  await clock.advance(8_500);
  const waits = begun.slice(1).map(({ at }, i) => at - (begun[i]?.at ?? 0));
  expect(waits.length).toBe(3);
  for (const [i, wait] of waits.entries())
    expect(Math.abs(wait / (1_000 * 2 ** i) - 1)).toBeLessThanOrEqual(0.21);
  queue.forget('a');
  const before = begun.length;
  queue.retry('a');
  await clock.advance(1_300);
  expect(begun.length).toBeGreaterThan(before);
});

it('closed, it takes nothing new and waits for what is worked on', async () => {
  const { queue, clock, keys } = startQueue(100);
  queue.add('a', 'edit');
  await clock.advance(10);
  const closed: string[] = [];
  const closing = queue.close().then(() => closed.push('closed'));
  queue.add('b', 'edit');
  await clock.advance(50);
  expect(closed).toEqual([]);
  await clock.advance(100);
  await closing;
  expect(keys()).toEqual(['a']);
});

it('it is stuck for as long as something waits and nothing moves', async () => {
  const { queue, clock } = startQueue(1_000_000);
  for (let i = 0; i < 65; i += 1) queue.add(`k${i}`, 'edit');
  await clock.advance(5_000);
  expect(queue.depth).toBe(1);
  expect(queue.stuck_ms).toBeGreaterThanOrEqual(4_900);
});
