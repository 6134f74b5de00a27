import { afterEach, beforeEach, expect, it } from 'vitest';
import { explained, makeBatch } from '../../test/support/batch.ts';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { silentLogger } from '../base/logger.ts';
import { silentMetrics } from '../base/metrics.ts';
import type { History } from './backends.ts';
import { createBufferedHistory } from './buffered-history.ts';
import { openSqliteHistory } from './sqlite/sqlite-history.ts';

/** Over a real history whose way is cut now and then. Over a server that stops: the real tests. */
let inner: History;
let cut = false;
let poison = Number.NaN;
let slow_ms = 0;
let reason = 'away';
beforeEach(() => {
  inner = openSqliteHistory(':memory:');
  cut = false;
  poison = Number.NaN;
  slow_ms = 0;
  reason = 'away';
});
afterEach(() => inner.close());

function start(limit: number, logger = silentLogger) {
  const clock = createFakeClock();
  const away = () => Promise.reject(new Error(reason));
  const history = createBufferedHistory(
    {
      ...inner,
      async record(batch) {
        if (cut || batch.cycle.number === poison) return away();
        if (slow_ms) await clock.sleep(slow_ms);
        return inner.record(batch);
      },
      counts: (target) => (cut ? away() : inner.counts(target)),
      recall: (target, all) => (cut ? away() : inner.recall(target, all)),
      verdictCounts: () => clock.sleep(slow_ms).then(inner.verdictCounts),
      retain: (policy) => clock.sleep(slow_ms).then(() => inner.retain(policy)),
      close: async () => undefined,
    },
    { clock, logger, metrics: silentMetrics, limit },
  );
  return { clock, history };
}
const batch = (number: number) =>
  makeBatch({ at: number, number, queries: [explained(`f${number}`, { table: `t${number}` })] });
const numbers = async () =>
  (await inner.cycles({ target: 'uid', since: 0, limit: 99 })).map(({ number }) => number);

it('what waits is recorded in order, the oldest beyond the limit are dropped', async () => {
  const { clock, history } = start(3);
  await history.record(batch(1));
  cut = true;
  for (const number of [2, 3, 4, 5, 6]) expect(await history.record(batch(number))).toBe(true);
  expect([history.waiting, await numbers()]).toEqual([3, [1]]);
  cut = false;
  await clock.advance(10_000);
  expect([history.waiting, await numbers()]).toEqual([0, [6, 5, 4, 1]]);
});
it('says for how long it has taken nothing, and each reason once', async () => {
  const told: string[] = [];
  const warn = ({ error }: { error?: Error }) => void told.push(error?.message ?? '');
  const { clock, history } = start(9, { ...silentLogger, warn } as typeof silentLogger);
  expect(history.away_ms).toBeUndefined();
  cut = true;
  await history.record(batch(1));
  await clock.advance(70_000);
  expect(history.away_ms).toBeGreaterThanOrEqual(70_000);
  reason = 'cannot execute INSERT in a read-only transaction';
  await clock.advance(10_000);
  expect(told).toEqual(['away', reason]);
  cut = false;
  await clock.advance(10_000);
  expect([history.away_ms, await numbers()]).toEqual([undefined, [1]]);
});
it('what waits is recorded of several targets at once, and of each in order', async () => {
  const { clock, history } = start(99);
  cut = true;
  for (let number = 1; number <= 40; number += 1)
    await history.record({
      ...batch(number),
      target: { ...batch(number).target, uid: `t${number % 20}` },
    });
  cut = false;
  slow_ms = 400;
  await clock.advance(3_000); // tried again
  await clock.advance(4_000);
  expect(history.waiting).toBe(0);
  const cycles = await inner.cycles({ target: 't7', since: 0, limit: 99 });
  expect(cycles.map(({ number }) => number)).toEqual([27, 7]);
});
it('what is asked meanwhile is unknown, and counts are the last known', async () => {
  const { history } = start(3);
  await history.record(batch(1));
  expect(await history.counts('uid')).toMatchObject({ plans: 1, openFindings: 1 });
  cut = true;
  await history.record(batch(2));
  expect(await history.counts('uid')).toMatchObject({ plans: 1, openFindings: 1 });
  expect(await history.recall('uid', ['f1'])).toEqual([]);
  expect(await history.counts('other')).toMatchObject({ plans: 0, openFindings: 0 });
});
it('a former owner’s batch is lost, and that is told, also of one that has waited', async () => {
  const said: string[] = [];
  const { clock, history } = start(3, {
    ...silentLogger,
    warn: (_, words) => void said.push(words),
  });
  const of = (epoch: number, number: number) => {
    const made = batch(number);
    return { ...made, target: { ...made.target, epoch } };
  };
  expect(await history.record(of(5, 1))).toBe(true);
  expect(await history.epoch('uid')).toBe(5);
  expect(await history.record(of(4, 2))).toBe(false);
  cut = true;
  await history.record(of(3, 3));
  cut = false;
  await clock.advance(10_000);
  expect(history.waiting).toBe(0);
  expect(said.filter((words) => words.includes('a newer owner')).length).toBe(2);
});
it('one that takes batches and answers nothing is told of once, until it answers again', async () => {
  const said: string[] = [];
  const { history } = start(3, { ...silentLogger, warn: (_, words) => void said.push(words) });
  for (const answers of [false, false, true, false]) {
    cut = !answers;
    await history.recall('uid', ['f1']);
  }
  expect(said).toEqual(Array(2).fill('the history cannot be read; cycles do without'));
});
it('one that is late is not asked for each statement of a cycle', async () => {
  const { clock, history } = start(3);
  slow_ms = 60_000;
  const asked = history.verdictCounts();
  await clock.advance(2_000);
  expect(await asked).toBeUndefined();
  expect(await history.recall('uid', ['f1'])).toEqual([]);
  expect(await history.verdictCounts()).toBeUndefined(); // at once
  slow_ms = 0;
  await clock.advance(15_000);
  const again = history.verdictCounts();
  await clock.advance(0);
  expect(await again).toEqual([]);
});
it('what is too old is removed until the end, which does not wait for it', async () => {
  const { history } = start(3);
  slow_ms = 60_000;
  const ending = new AbortController();
  const policy = { now: 0, plans_ms: 1, hours_ms: 1, cycles_ms: 1, signal: ending.signal };
  const retained = history.retain(policy);
  ending.abort();
  expect(await retained).toEqual({ removed: 0, bySize: 0 });
});
it('one that is refused while others are taken keeps nobody waiting, and is tried for long', async () => {
  const { clock, history } = start(9);
  poison = 2;
  for (const number of [1, 2, 3, 4]) await history.record(batch(number));
  await clock.advance(60_000);
  expect([history.waiting, await numbers()]).toEqual([1, [4, 3, 1]]);
  poison = Number.NaN;
  await clock.advance(10_000);
  expect([history.waiting, (await numbers()).length]).toEqual([0, 4]);
});
it('one that is refused for ever goes in the end', async () => {
  const { clock, history } = start(9);
  poison = 2;
  for (const number of [2, 3]) await history.record(batch(number));
  await clock.advance(400_000);
  await history.record(batch(4));
  await clock.advance(10_000);
  expect([history.waiting, await numbers()]).toEqual([0, [4, 3]]);
});
it('one that waits at the end is written where it can be, whatever is refused before it', async () => {
  const { history } = start(9);
  cut = true;
  for (const number of [2, 3, 4]) await history.record(batch(number));
  cut = false;
  poison = 2;
  await history.close();
  expect([history.waiting, await numbers()]).toEqual([1, [4, 3]]);
});
it('the end does not wait for one that is away', async () => {
  const { clock, history } = start(9);
  cut = true;
  for (const number of [2, 3, 4]) await history.record(batch(number));
  const before = clock.now();
  await history.close();
  expect([history.waiting, clock.now() - before]).toEqual([3, 0]);
});
