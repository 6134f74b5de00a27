import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { AppError } from '../base/errors.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import { seededRandom } from '../base/random.ts';
import { startLeaseKeeper } from './lease-keeper.ts';
import { createLeaseTable, emptyLeaseData } from './memory/lease-table.ts';
import { createMemoryLeases } from './memory/memory-state.ts';
import { createWeights, meanLoad } from './weights.ts';

describe('the lease keeper', () => {
  const world = () => {
    const clock = createFakeClock();
    const data = emptyLeaseData();
    const table = createLeaseTable(undefined, data);
    const random = seededRandom(1);
    const api = { watchAlive: true, mayMove: true };
    return {
      clock,
      table,
      data,
      api,
      start: (
        name: string,
        weight: (shard: number) => number,
        onHeld: (held: ReadonlySet<number>) => void = () => undefined,
        leases = createMemoryLeases(table, clock.monotonic),
        logger: Logger = silentLogger,
      ) =>
        startLeaseKeeper({
          leases,
          clock,
          random,
          logger,
          newSessionId: () => name,
          weight,
          facts: () => ({ scope: 'all', name, stops: {} }),
          watchAlive: () => api.watchAlive,
          silent_ms: () => 0,
          mayMove: () => api.mayMove,
          onOutage: 'continue',
          onHeld,
          handOver: async () => undefined,
        }),
      async stop(keeper: ReturnType<typeof startLeaseKeeper>) {
        const done = keeper.stop(new AbortController().signal);
        await clock.advance(5_000);
        await done;
      },
    };
  };

  it('a store that fails now and then is told of once, and how often when it is over', async () => {
    const { clock, start, stop, table } = world();
    const told: [string, object][] = [];
    const tell = (fields: object, message: string) => void told.push([message, fields]);
    const logger = { ...silentLogger, info: tell, warn: tell };
    const leases = createMemoryLeases(table, clock.monotonic);
    const { poll, renew } = leases;
    const a = start('a', () => 1, undefined, leases, logger);
    await clock.advance(10_000);
    const begun = told.length;
    let tries = 0;
    const fails = () => {
      tries += 1;
      const message = tries % 2 ? 'no answer' : `no answer in ${tries} ms`;
      throw new AppError('coordination_failed', message);
    };
    for (let i = 0; i < 10; i += 1) {
      leases.poll = leases.renew = fails;
      await clock.advance(2_000);
      Object.assign(leases, { poll, renew });
      await clock.advance(3_000);
    }
    leases.poll = leases.renew = fails;
    await clock.advance(12_000);
    Object.assign(leases, { poll, renew });
    await clock.advance(5_000);
    expect(told.slice(begun).map(([message]) => message)).toEqual([
      'no answer',
      'no answer in 2 ms',
      expect.stringContaining('not confirmed'),
      'coordination is well',
    ]);
    expect(told.at(-1)?.[1]).toMatchObject({ failures: tries });
    await stop(a);
  });

  it('tells of a shard that was shed and comes back as of a new one', async () => {
    const { clock, start, stop } = world();
    const told: number[][] = [];
    let before: ReadonlySet<number> = new Set();
    const weight = (shard: number) => (shard < 4 ? 1 : 1e-6);
    const a = start('a', weight, (held) => {
      const fresh = [0, 1, 2, 3].filter((shard) => held.has(shard) && !before.has(shard));
      before = new Set(held);
      if (fresh.length) told.push(fresh);
    });
    await clock.advance(2_000);
    expect(told.flat().toSorted()).toEqual([0, 1, 2, 3]);
    const b = start('b', weight);
    await clock.advance(120_000);
    const shed = [0, 1, 2, 3].filter((shard) => !a.holds(shard));
    expect(shed.length).toBe(2);
    await stop(b);
    expect([0, 1, 2, 3].every((shard) => a.holds(shard))).toBe(true);
    // All that it took at first, and then what came back.
    const times = (shard: number) => told.flat().filter((each) => each === shard).length;
    expect(shed.map(times)).toEqual([2, 2]);
    await stop(a);
  });

  it('a store that forgot all and takes nothing back makes nobody’s of nothing that is held', async () => {
    const { clock, start, stop, table } = world();
    const leases = createMemoryLeases(table, clock.monotonic);
    const { renew } = leases;
    const a = start('a', () => 1, undefined, leases);
    await clock.advance(10_000);
    const refuses = () => Promise.reject(new Error('OOM'));
    leases.open = leases.claim = refuses;
    // So that the next look, and none after it, finds it empty.
    leases.renew = async (...of) => {
      const renewal = await renew(...of);
      table.flush();
      leases.renew = refuses;
      return renewal;
    };
    await clock.advance(60_000);
    expect([a.state, a.held.size, a.orphans().size]).toEqual(['degraded', 1_024, 1_024]);
    expect(Math.max(...a.orphans().values())).toBeLessThan(10_000);
    leases.renew = renew;
    await stop(a);
  });

  it('sheds nothing while nobody could begin, and starts nothing while the watch is silent', async () => {
    const { clock, start, stop, api } = world();
    const a = start('a', () => 1);
    await clock.advance(120_000);
    api.mayMove = false;
    const b = start('b', () => 1);
    await clock.advance(60_000);
    expect([a.held.size, b.held.size]).toEqual([1_024, 0]);
    api.mayMove = true;
    await clock.advance(60_000);
    expect(b.held.size).toBeGreaterThan(100);
    const shard = [...b.held][0] as number;
    expect([b.state, b.mayStart(shard)]).toEqual(['valid', true]);
    api.watchAlive = false;
    expect([b.state, b.mayStart(shard)]).toEqual(['valid', false]);
    for (const keeper of [a, b]) await stop(keeper);
  });

  it.each([
    ['came back empty', ({ table }: ReturnType<typeof world>) => table.flush()],
    ['dropped the owners alone', ({ data }: ReturnType<typeof world>) => data.owners.clear()],
    ['dropped the sessions alone', ({ data }: ReturnType<typeof world>) => data.sessions.clear()],
  ])(
    'when the store %s, everybody has afterwards what it had, and is not certain for a while',
    async (_, forget) => {
      const all = world();
      const { clock, start, stop } = all;
      const keepers = ['a', 'b', 'c'].map((name) => start(name, () => 1));
      await clock.advance(300_000);
      const before = keepers.map(({ held }) => [...held].toSorted((x, y) => x - y));
      expect(keepers.map(({ certain }) => certain)).toEqual([true, true, true]);
      forget(all);
      await clock.advance(3_000);
      expect(keepers.map(({ held }) => [...held].toSorted((x, y) => x - y))).toEqual(before);
      await clock.advance(60_000);
      expect(keepers.map(({ held }) => [...held].toSorted((x, y) => x - y))).toEqual(before);
      for (const keeper of keepers) await stop(keeper);
    },
  );

  it('sheds 5 % of the shards in ten seconds, however many have joined it', async () => {
    const { clock, start, stop } = world();
    const weight = () => 1;
    const first = start('a', weight);
    await clock.advance(120_000);
    const others = ['b', 'c', 'd'].map((name) => start(name, weight));
    const held: number[] = [];
    for (let i = 0; i < 20; i += 1) {
      held.push(first.held.size);
      await clock.advance(10_000);
    }
    expect(held[0]).toBe(1_024);
    const inTenSeconds = 0.05 * 1_024;
    for (const [i, left] of held.entries())
      expect(1_024 - left).toBeLessThanOrEqual(inTenSeconds * (i + 1));
    expect(first.held.size).toBeLessThanOrEqual((1.05 * 1_024) / 4);
    for (const { held } of others) expect(held.size).toBeGreaterThan((0.8 * 1_024) / 4);
    for (const keeper of [first, ...others]) await stop(keeper);
  });

  it('as many as there are join at once, and all have their share within three minutes', async () => {
    const { clock, start, stop } = world();
    // A few shards have all the targets there are.
    const weight = (shard: number) => (shard % 8 === 0 ? 1 + (shard % 7) : 0.01);
    const keepers = Array.from({ length: 8 }, (_, i) => start(`old-${i}`, weight));
    await clock.advance(180_000);
    const former = keepers.slice();
    keepers.push(...Array.from({ length: 8 }, (_, i) => start(`new-${i}`, weight)));
    const count = () => former.reduce((sum, { held }) => sum + held.size, 0);
    for (let i = 1; i <= 18; i += 1) {
      const before = count();
      await clock.advance(10_000);
      expect(before - count()).toBeLessThanOrEqual(0.05 * 1_024);
    }
    const loads = keepers.map(({ held }) => [...held].reduce((sum, each) => sum + weight(each), 0));
    const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
    // One shard weighs seven at most.
    expect(Math.max(...loads)).toBeLessThan(mean + 8);
    expect(loads.filter((load) => load < mean / 2).length).toBeLessThanOrEqual(1);
    for (const keeper of keepers) await stop(keeper);
  });
});

describe('a graceful hand-over', () => {
  /**
   * Replicas that measure six targets, each those that it holds: what they take for a target's
   * weight is never quite the same.
   */
  const fleetOf = (seed: number) => {
    const random = seededRandom(seed);
    const clock = createFakeClock();
    const data = emptyLeaseData();
    const table = createLeaseTable(undefined, data);
    const uids = Array.from({ length: 6 }, () =>
      Array.from({ length: 32 }, () => Math.floor(16 * random.next()).toString(16)).join(''),
    );
    const cycle_ms = uids.map(() => 100 + 900 * random.next());
    const start = (name: string, drain_ms = 100) => {
      const weights = createWeights();
      for (const uid of uids) weights.add(uid);
      const keeper = startLeaseKeeper({
        leases: createMemoryLeases(table, clock.monotonic),
        clock,
        random,
        logger: silentLogger,
        newSessionId: () => name,
        weight: weights.of,
        facts: () => ({ scope: 'all', name, ...meanLoad(weights), stops: {} }),
        onSurvey: (sessions) =>
          weights.assume(sessions.flatMap(({ targetLoad }) => targetLoad ?? [])),
        watchAlive: () => true,
        silent_ms: () => 0,
        mayMove: () => true,
        onOutage: 'continue',
        onHeld: () => undefined,
        handOver: () => clock.sleep(drain_ms),
      });
      const measure = () => {
        for (const [i, uid] of uids.entries())
          if (keeper.holds(weights.shard(uid)))
            weights.observe(uid, (cycle_ms[i] as number) * (0.5 + random.next()), 10_000);
        clock.after(10_000, measure);
      };
      clock.after(1_000 * random.next(), measure);
      return { name, stop: () => keeper.stop(new AbortController().signal) };
    };
    /** Stops it; how long each of its shards was nobody's, milliseconds. */
    const leave = async ({ name, stop }: ReturnType<typeof start>): Promise<number[]> => {
      const left = new Set(
        [...data.owners].filter(([, id]) => id === name).map(([shard]) => shard),
      );
      const freeSince = new Map<number, number>();
      const waits: number[] = [];
      void stop();
      for (let i = 0; i < 1_000 && left.size; i += 1) {
        await clock.advance(20);
        for (const shard of left) {
          const now = data.owners.get(shard);
          if (now === undefined && !freeSince.has(shard)) freeSince.set(shard, clock.monotonic());
          if (now === undefined || now === name) continue;
          waits.push(clock.monotonic() - (freeSince.get(shard) ?? clock.monotonic()));
          left.delete(shard);
        }
      }
      expect(left.size).toBe(0);
      return waits;
    };
    return { clock, random, start, leave };
  };
  /** L1. */
  const bound_ms = 2_000;

  it('leaves no shard to nobody for longer than two seconds, whatever each takes the targets for', async () => {
    for (let seed = 1; seed <= 15; seed += 1) {
      const { clock, random, start, leave } = fleetOf(seed);
      const fleet = ['a', 'b', 'c'].map((name) => start(name));
      await clock.advance(40_000 + 40_000 * random.next());
      const waits: number[] = [];
      for (const victim of fleet.slice()) {
        fleet.push(start(`after ${victim.name}`));
        await clock.advance(1_000 + 2_000 * random.next());
        waits.push(...(await leave(victim)));
      }
      expect(Math.max(...waits), `seed ${seed}`).toBeLessThanOrEqual(bound_ms);
    }
  });

  it('reckons without those who are leaving too, and finish their cycles first', async () => {
    const { clock, start, leave } = fleetOf(1);
    const [, , third, slow] = ['a', 'b', 'c'].map((name) => start(name)).concat(start('d', 15_000));
    await clock.advance(120_000);
    void slow?.stop();
    await clock.advance(500);
    expect(Math.max(...(await leave(third as NonNullable<typeof third>)))).toBeLessThanOrEqual(
      bound_ms,
    );
  });
});
