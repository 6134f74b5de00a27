import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { silentLogger } from '../base/logger.ts';
import { seededRandom } from '../base/random.ts';
import { type LeaseKeeper, startLeaseKeeper } from './lease-keeper.ts';
import { createLeaseTable, emptyLeaseData } from './memory/lease-table.ts';
import { createMemoryLeases } from './memory/memory-state.ts';

const limit_ms = 120_000;
const minute_ms = 60_000;

/** Keepers that are told something once a minute, each at a moment of its own, unless cut off. */
function world() {
  const clock = createFakeClock();
  const table = createLeaseTable(undefined, emptyLeaseData());
  const random = seededRandom(3);
  const heardAt = new Map<string, number>();
  const cut = new Set<string>();
  const keepers: LeaseKeeper[] = [];
  function start(name: string, { old = false, bookmark_ms = 0 } = {}): LeaseKeeper {
    const bookmark = () => {
      if (!cut.has(name)) heardAt.set(name, clock.monotonic());
      clock.after(minute_ms, bookmark);
    };
    heardAt.set(name, clock.monotonic());
    clock.after(bookmark_ms, bookmark);
    const silent_ms = () => clock.monotonic() - (heardAt.get(name) ?? 0);
    const keeper = startLeaseKeeper({
      leases: createMemoryLeases(table, clock.monotonic),
      clock,
      random,
      logger: silentLogger,
      newSessionId: () => name,
      weight: () => 1,
      facts: () => ({
        scope: 'all',
        name,
        stops: {},
        ...(old ? {} : { silentMs: silent_ms() }),
      }),
      watchAlive: () => silent_ms() < limit_ms,
      silent_ms,
      mayMove: () => !cut.has(name),
      onOutage: 'continue',
      onHeld: () => undefined,
      handOver: () => clock.sleep(100),
    });
    keepers.push(keeper);
    return keeper;
  }
  return {
    clock,
    cut,
    /** It is back for this one, which lists all anew. */
    hears(name: string) {
      cut.delete(name);
      heardAt.set(name, clock.monotonic());
    },
    start,
    held: () => keepers.map(({ held }) => held.size),
    async stop() {
      const stopped = keepers.map((each) => each.stop(new AbortController().signal));
      await clock.advance(5_000);
      await Promise.all(stopped);
    },
  };
}

/** Two that have shared everything, for long enough that shards may move. */
async function two(facts: { old?: boolean } = {}) {
  const all = world();
  all.start('a', { bookmark_ms: 7_000 });
  all.start('b', { bookmark_ms: 52_000, ...facts });
  await all.clock.advance(5 * minute_ms);
  const before = all.held();
  expect(Math.min(...before)).toBeGreaterThan(400);
  return { ...all, before };
}

it('who alone does not hear the API server gives away all it has, and takes its share again when it hears', async () => {
  const { clock, cut, held, before, stop } = await two();
  cut.add('a');
  await clock.advance(minute_ms);
  expect(held()).toEqual(before);
  await clock.advance(limit_ms + minute_ms);
  expect(held()).toEqual([0, 1_024]);
  await clock.advance(10 * minute_ms);
  expect(held()).toEqual([0, 1_024]);
  cut.delete('a');
  await clock.advance(6 * minute_ms);
  expect(Math.min(...held())).toBeGreaterThan(400);
  await stop();
});

it('while nobody hears it, and when it comes back for one before the other, nothing moves', async () => {
  const { clock, cut, hears, held, before, stop } = await two();
  cut.add('a').add('b');
  await clock.advance(20 * minute_ms);
  expect(held()).toEqual(before);
  hears('b');
  await clock.advance(40_000);
  hears('a');
  await clock.advance(5 * minute_ms);
  expect(held()).toEqual(before);
  await stop();
});

it('of another that does not say what it hears, it gives nothing away', async () => {
  const { clock, cut, held, before, stop } = await two({ old: true });
  cut.add('a');
  await clock.advance(20 * minute_ms);
  expect(held()).toEqual(before);
  await stop();
});

it('who hears nothing claims nothing, as long as somebody hears', async () => {
  const { clock, cut, held, stop, start } = await two();
  cut.add('a');
  await clock.advance(4 * minute_ms);
  start('c', { bookmark_ms: 30_000 });
  await clock.advance(6 * minute_ms);
  const [a, ...others] = held();
  expect([a, Math.min(...others) > 400]).toEqual([0, true]);
  await stop();
});
