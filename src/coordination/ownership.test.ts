import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { silentLogger } from '../base/logger.ts';
import { seededRandom } from '../base/random.ts';
import { allShards, balance } from './balance.ts';
import { epochStep } from './epoch.ts';
import { createUnknownTargets, describeKnown, unknownToHolders } from './known-targets.ts';
import { startLeaseKeeper } from './lease-keeper.ts';
import { type LeaseFacts, leaseState } from './lease-state.ts';
import { createLeaseTable, emptyLeaseData } from './memory/lease-table.ts';
import { createMemoryLeases } from './memory/memory-state.ts';
import { shardCount, shardOf } from './shards.ts';
import { createWeights, meanLoad } from './weights.ts';

it('shards are the top bits of FNV-1a-64, and spread', () => {
  // The published vectors of FNV-1a-64: '' → cbf29ce484222325, 'a' → af63dc4c8601ec8c, 'foobar' →
  // 85944171f73967e8.
  expect(['', 'a', 'foobar'].map(shardOf)).toEqual([0xcbf2 >> 6, 0xaf63 >> 6, 0x8594 >> 6]);
  const random = seededRandom(1);
  const uuid = () =>
    Array.from({ length: 36 }, (_, i) =>
      [8, 13, 18, 23].includes(i) ? '-' : Math.floor(16 * random.next()).toString(16),
    ).join('');
  const counts = new Map<number, number>();
  for (let i = 0; i < 10_240; i += 1) {
    const shard = shardOf(uuid());
    counts.set(shard, (counts.get(shard) ?? 0) + 1);
  }
  expect(counts.size).toBeGreaterThan(shardCount * 0.99);
  expect(Math.max(...counts.values())).toBeLessThan(35);
});

it.each<[string, Partial<LeaseFacts>, string]>([
  ['no session yet', { confirmedAt: undefined }, 'none'],
  ['just confirmed', { confirmedAt: 99_000 }, 'valid'],
  ['silent, and nothing failed: we were asleep', { confirmedAt: 60_000 }, 'unconfirmed'],
  [
    'silent, and an attempt just failed: the store is away',
    { confirmedAt: 60_000, failedAt: 99_000 },
    'degraded',
  ],
  ['the same, but the failure is old', { confirmedAt: 60_000, failedAt: 90_000 }, 'unconfirmed'],
  [
    'the same, but we see no events either',
    { confirmedAt: 60_000, failedAt: 99_000, watchAlive: false },
    'unconfirmed',
  ],
  [
    'away, and told to stop then',
    { confirmedAt: 60_000, failedAt: 99_000, onOutage: 'stop' },
    'expired',
  ],
  [
    'away for a quarter of an hour',
    { now: 2_000_000, confirmedAt: 1_000_000, failedAt: 1_999_000 },
    'expired',
  ],
])('the session: %s', (_, facts, expected) => {
  expect(
    leaseState({
      now: 100_000,
      confirmedAt: 99_000,
      failedAt: undefined,
      watchAlive: true,
      onOutage: 'continue',
      ...facts,
    }),
  ).toBe(expected);
});

it('an epoch is raised by one, and only when somebody else has it', () => {
  expect(epochStep(undefined, 'me')).toEqual({ kind: 'raise', epoch: 1 });
  expect(epochStep({ holder: 'me', epoch: 7 }, 'me')).toEqual({ kind: 'mine', epoch: 7 });
  expect(epochStep({ holder: 'you', epoch: 7 }, 'me')).toEqual({ kind: 'raise', epoch: 8 });
});

it('weights: a target that is not known counts as an average one; trembling moves nothing', () => {
  const weights = createWeights();
  const [a, b, c] = ['a1b2c3d4-one', 'b2c3d4e5-two', '9f8e7d6c-three'] as const;
  expect(new Set([a, b, c].map(shardOf)).size).toBe(3);
  for (const uid of [a, b, c]) weights.add(uid);
  const of = (uid: string) => weights.of(weights.shard(uid));
  expect(of(a)).toBeCloseTo(0.1, 4);
  for (let i = 0; i < 3; i += 1) weights.observe(a, 500, 60_000);
  expect([of(a), of(b)].map((each) => Number(each.toFixed(3)))).toEqual([0.6, 0.1]);
  weights.assume([weights.mean() ?? 0]); // as told to the others, and by them
  expect([of(a), of(b)].map((each) => Number(each.toFixed(3)))).toEqual([0.6, 0.6]);
  const before = of(a);
  for (let i = 0; i < 20; i += 1) weights.observe(a, 500 + (i % 2 ? 90 : -90), 60_000);
  expect(of(a)).toBe(before);
  weights.remove(a);
  expect([weights.members(shardOf(a)).size, of(a)]).toEqual([0, expect.closeTo(0, 4)]);
});

describe('balance', () => {
  const world = fc.record({
    loads: fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { minLength: 0, maxLength: 5 }),
    mine: fc.uniqueArray(fc.integer({ min: 0, max: 299 }), { maxLength: 100 }),
    theirs: fc.uniqueArray(fc.integer({ min: 300, max: 599 }), { maxLength: 100 }),
    seed: fc.integer(),
  });
  it('claims only what is free, sheds only what is mine, never below the fair share', () => {
    fc.assert(
      fc.property(world, ({ loads, mine, theirs, seed }) => {
        const random = seededRandom(seed);
        const weights = allShards.map(() => random.next());
        const weight = (shard: number) => weights[shard] as number;
        const owners = new Map([
          ...mine.map((shard) => [shard, 'me'] as const),
          ...theirs.map((shard) => [shard, 'r0'] as const),
        ]);
        const sessions = [
          { id: 'me', load: 0 },
          ...loads.map((load, i) => ({ id: `r${i}`, load })),
        ];
        const held = new Set(mine);
        const plan = balance({
          me: 'me',
          sessions,
          owners,
          held,
          leaving: 0,
          settled: () => true,
          weight,
          freeSince: new Map(),
          shards: allShards,
          now: 0,
        });
        const live = new Set(sessions.map(({ id }) => id));
        for (const shard of plan.claim) expect(live.has(owners.get(shard) ?? '')).toBe(false);
        for (const shard of plan.shed) expect(held.has(shard)).toBe(true);
        const load = mine.reduce((sum, shard) => sum + weight(shard), 0);
        const left = load - plan.shed.reduce((sum, shard) => sum + weight(shard), 0);
        const fair = (load + loads.reduce((a, b) => a + b, 0)) / sessions.length;
        if (plan.shed.length) expect(left).toBeGreaterThanOrEqual(fair - 1e-9);
      }),
    );
  });
});

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
      ) =>
        startLeaseKeeper({
          leases: createMemoryLeases(table, clock.monotonic),
          clock,
          random,
          logger: silentLogger,
          newSessionId: () => name,
          weight,
          facts: () => ({ scope: 'all', name, stops: {} }),
          watchAlive: () => api.watchAlive,
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

describe('targets that the holder of their shard does not know', () => {
  const shards = [new Set(['one', 'two']), new Set(['three']), new Set<string>()];
  const members = (shard: number) => shards[shard] ?? new Set<string>();
  const knows = (...counts: number[]) =>
    describeKnown((shard) => new Set(Array.from({ length: counts[shard] ?? 0 }, (_, i) => `${i}`)));
  const owners = new Map([
    [0, 'a'],
    [1, 'b'],
    [2, 'b'],
  ]);
  const survey = (a: string | undefined, b: string | undefined) => ({
    owners,
    sessions: [
      { id: 'a', facts: a === undefined ? {} : { known: a } },
      { id: 'b', facts: b === undefined ? {} : { known: b } },
    ],
  });
  it('are counted; who knows more than we, or says nothing, knows them', () => {
    const missing = (a: string | undefined, b: string | undefined) => [
      ...unknownToHolders(survey(a, b), members),
    ];
    expect(missing(knows(2, 1), knows(2, 1))).toEqual([]);
    expect(missing(knows(1, 1), knows(0, 0))).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(missing(knows(5), undefined)).toEqual([]);
  });
  it('count when they have been for 30 seconds', () => {
    const unknown = createUnknownTargets(members);
    const blind = survey(knows(0), knows(0, 1));
    unknown.look(blind, 0);
    unknown.look(blind, 29_000);
    expect(unknown.count(29_000)).toBe(0);
    expect(unknown.count(31_000)).toBe(2);
    unknown.look(survey(knows(2), knows(0, 1)), 32_000);
    expect(unknown.count(99_000)).toBe(0);
  });
});
