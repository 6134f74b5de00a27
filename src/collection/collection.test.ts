import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { compressJson, expandJson } from '../base/node/compress.ts';
import { emptySketch, sketchAdd } from '../base/sketch.ts';
import { stateLimit } from '../coordination/state-backend.ts';
import type { QueryStats, Snapshot, StatementCounters } from '../model/statistics.ts';
import { includedBy } from '../resources/pattern.ts';
import { keyHash, takeBaseline } from './baseline.ts';
import { computeCoverage } from './coverage.ts';
import { checkHealth } from './cycle.ts';
import { computeWindow, intervalStddev } from './delta.ts';
import { regressionRatio } from './selection/regression.ts';
import { select } from './selection/select.ts';
import type { Candidate } from './selection/strategy.ts';
import { decodeState, encodeState, freshState, type TargetState } from './target-state.ts';

const counters = (key: string, over: Partial<StatementCounters> = {}): StatementCounters => ({
  key,
  nativeId: key,
  database: 'd',
  user: 'u',
  toplevel: true,
  calls: 10,
  totalMs: 100,
  meanMs: 10,
  stddevMs: 1,
  rows: 10,
  tempBlocksWritten: 0,
  ...over,
});
const snapshot = (statements: StatementCounters[], over: Partial<Snapshot> = {}): Snapshot => ({
  at: 1_000,
  epoch: 'e',
  evictions: 0,
  statements,
  ...over,
});

describe('deltas', () => {
  it('the first look is no interval', () => {
    expect(computeWindow(undefined, snapshot([counters('a')]))).toMatchObject({
      sinceStatisticsBegan: true,
      stats: [{ key: 'a', calls: 10, isNew: false }],
    });
  });
  it('are differences; what stood still is left out', () => {
    const baseline = takeBaseline(snapshot([counters('a'), counters('b')], { activeMs: 0 }));
    const window = computeWindow(
      baseline,
      snapshot([counters('a', { calls: 14, totalMs: 180 }), counters('b')], {
        at: 11_000,
        activeMs: 100,
      }),
    );
    expect(window).toMatchObject({
      sinceStatisticsBegan: false,
      ms: 10_000,
      attributed: 0.8,
      stats: [{ key: 'a', calls: 4, totalMs: 80, meanMs: 20 }],
    });
  });
  it('what is new counts whole; what may be old does not', () => {
    const full = takeBaseline(snapshot([counters('a')]));
    expect(computeWindow(full, snapshot([counters('new')])).stats).toMatchObject([
      { key: 'new', isNew: true, calls: 10 },
    ]);
    const cut = takeBaseline(snapshot([counters('a')], { cut: true }));
    const old = computeWindow(cut, snapshot([counters('b', { database: 'shop', totalMs: 5 })]));
    expect(old).toMatchObject({ stats: [], uncompared: [{ database: 'shop', mostMs: 5 }] });
    expect(
      computeWindow(cut, snapshot([counters('c', { since: 2_000 })], { at: 3_000 })).stats,
    ).toMatchObject([{ key: 'c', isNew: true }]);
    expect(computeWindow(full, snapshot([counters('c', { since: 500 })])).stats).toEqual([]);
  });
  it('a reset starts over; an entry that came back after eviction counts what it has', () => {
    const baseline = takeBaseline(snapshot([counters('a')]));
    expect(
      computeWindow(baseline, snapshot([counters('a', { calls: 3 })], { epoch: 'other' }))
        .sinceStatisticsBegan,
    ).toBe(true);
    expect(
      computeWindow(baseline, snapshot([counters('a', { calls: 3, totalMs: 7 })])).stats,
    ).toMatchObject([{ calls: 3, totalMs: 7 }]);
  });
  it('the interval’s deviation is that of its own calls', () => {
    const stats = (values: number[]) => {
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      return {
        calls: values.length,
        totalMs: mean * values.length,
        meanMs: mean,
        stddevMs: Math.sqrt(
          values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length,
        ),
      };
    };
    const times = fc.array(fc.double({ min: 0.1, max: 1_000, noNaN: true }), {
      minLength: 2,
      maxLength: 40,
    });
    fc.assert(
      fc.property(times, times, (before, after) => {
        const [one, two, exact] = [stats(before), stats([...before, ...after]), stats(after)];
        const found = intervalStddev(one, two);
        if (found !== undefined)
          expect(Math.abs(found - exact.stddevMs)).toBeLessThan(
            1e-3 * (1 + exact.stddevMs + two.stddevMs),
          );
      }),
    );
    expect(
      intervalStddev(
        { calls: 5, totalMs: 50, stddevMs: 0 },
        { calls: 6, totalMs: 60, stddevMs: 0 },
      ),
    ).toBeUndefined();
  });
});

const candidate = (
  key: string,
  over: Partial<QueryStats> = {},
  more: Partial<Candidate> = {},
): Candidate => ({
  stats: {
    key,
    nativeId: key,
    database: 'd',
    user: 'u',
    toplevel: true,
    calls: 10,
    totalMs: 10,
    meanMs: 1,
    rows: 1,
    tempBlocksWritten: 0,
    isNew: false,
    ...over,
  },
  sketch: undefined,
  explained: undefined,
  ...more,
});
const weights = { impact: 100, variance: 50, regression: 100, newlySeen: 50, stale: 50 };
const context = { now: 1e12, reexplainAfter_ms: 3_600_000 };

describe('selection', () => {
  it('takes the heaviest first where only impact speaks', () => {
    const { ranked } = select(
      [candidate('a', { totalMs: 1 }), candidate('b', { totalMs: 9 })],
      { ...weights, variance: 0 },
      {},
      { ...context, wanted: 2, spares: 0 },
    );
    expect(ranked.map((each) => each.candidate.stats.key)).toEqual(['b', 'a']);
  });
  it('leaves what has a current plan, unless it regressed', () => {
    const explained = { at: context.now - 1_800_000, fingerprint: 'f', hash: 'h' };
    const sketch = Array.from({ length: 30 }).reduce<typeof emptySketch>(
      (all) => sketchAdd(all, 1),
      emptySketch,
    );
    const calm = candidate('calm', {}, { explained });
    const worse = candidate('worse', { meanMs: 5, stddevMs: 0.5 }, { explained, sketch });
    const { ranked } = select([calm, worse], weights, {}, { ...context, wanted: 5, spares: 0 });
    expect(ranked).toMatchObject([
      { strategy: 'regression', candidate: { stats: { key: 'worse' } } },
    ]);
    expect(regressionRatio({ ...worse, stats: { ...worse.stats, stddevMs: 50 } })).toBeUndefined();
  });
  it('no strategy starves: each gets its weight’s share over cycles of one place', () => {
    const picked: Record<string, number> = {};
    let credits: Record<string, number> = {};
    for (let cycle = 0; cycle < 300; cycle += 1) {
      const many = Array.from({ length: 20 }, (_, i) =>
        candidate(`k${cycle}-${i}`, { totalMs: i + 1, isNew: i < 3, stddevMs: i % 5 }),
      );
      const selection = select(many, weights, credits, { ...context, wanted: 1, spares: 4 });
      credits = selection.credits;
      const name = selection.ranked[0]?.strategy ?? '';
      picked[name] = (picked[name] ?? 0) + 1;
    }
    expect(picked['impact']).toBeGreaterThan(140);
    expect(picked['variance']).toBeGreaterThan(65);
    expect(picked['newlySeen']).toBeGreaterThan(65);
  });
  it('never picks twice, never more than asked, all of what there is if it fits', () => {
    const any = fc.record({
      totalMs: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
      stddevMs: fc.double({ min: 0, max: 100, noNaN: true }),
      isNew: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(any, { maxLength: 40 }),
        fc.integer({ min: 1, max: 30 }),
        (list, wanted) => {
          const candidates = list.map((stats, i) => candidate(`k${i}`, { ...stats, meanMs: 1 }));
          const { ranked } = select(candidates, weights, {}, { ...context, wanted, spares: 0 });
          expect(new Set(ranked.map((each) => each.candidate.stats.key)).size).toBe(ranked.length);
          expect(ranked.length).toBe(Math.min(wanted, candidates.length));
        },
      ),
    );
  });
});

describe('coverage', () => {
  it('counts time, not statements; nested calls are in their caller', () => {
    const stats = [
      candidate('plan', { totalMs: 60 }),
      candidate('reason', { totalMs: 30 }),
      candidate('none', { totalMs: 10 }),
      candidate('nested', { totalMs: 50, toplevel: false }),
    ].map((each) => each.stats);
    const facts = {
      covers: () => true,
      hasPlan: (key: string) => key === 'plan',
      reasonOf: (key: string) => (key === 'reason' ? ('no_sample' as const) : undefined),
    };
    const window = { sinceStatisticsBegan: false, ms: 1, stats, uncompared: [] };
    expect(computeCoverage(window, facts)).toEqual({
      explained: 0.6,
      accountedFor: 0.9,
      unknown: 0,
      uncompared: 0,
      elsewhere: 0,
      reasons: { no_sample: 0.3 },
    });
    expect(computeCoverage({ ...window, sinceStatisticsBegan: true }, facts)).toBeUndefined();
  });
  it('is of the target’s own databases; what could not be compared is unknown, not nothing', () => {
    const stats = [
      candidate('plan', { totalMs: 60 }),
      candidate('other', { totalMs: 140, database: 'other' }),
    ].map((each) => each.stats);
    const facts = {
      covers: (database: string) => database === 'd',
      hasPlan: (key: string) => key === 'plan',
      reasonOf: () => undefined,
    };
    const window = { sinceStatisticsBegan: false, ms: 50, stats, uncompared: [] };
    expect(computeCoverage(window, facts)).toMatchObject({
      explained: 1,
      unknown: 0,
      elsewhere: 0.7,
    });
    const uncompared = [
      { database: 'd', mostMs: 1_000 },
      { database: 'other', mostMs: 1_000 },
    ];
    expect(computeCoverage({ ...window, uncompared, missingMs: 40 }, facts)).toMatchObject({
      explained: 0.6,
      unknown: 0.4,
      uncompared: 1,
    });
    expect(computeCoverage({ ...window, uncompared }, facts)).toMatchObject({
      explained: 60 / 110,
      unknown: 50 / 110,
    });
    expect(
      computeCoverage({ ...window, stats: [], uncompared, missingMs: 40 }, facts),
    ).toMatchObject({ explained: 0, unknown: 1 });
  });
});

describe('state of a target', () => {
  const policy = { perSecond: 1, burst: 10 };
  it('survives the way through bytes', () => {
    const state: TargetState = {
      ...freshState(5, policy, policy),
      cycle: 7,
      baseline: takeBaseline(snapshot([counters('1/2/-3')])),
      credits: { impact: 3 },
      brake: { role: 'primary', usual_ms: 2 },
    };
    state.sketches.set('a', sketchAdd(emptySketch, 12));
    state.explained.set('a', { at: 9, fingerprint: 'f', hash: 'ph1:0' });
    state.failures.set('b', { code: 'too_large', until: 11, fingerprint: 'g' });
    expect(decodeState(encodeState(state))).toEqual(state);
  });
  const noise = (i: number) => Math.abs(Math.sin(i) * 1e9);
  const many = (count: number): StatementCounters[] =>
    Array.from({ length: count }, (_, i) => {
      const calls = Math.ceil(noise(i) / 10 ** (1 + (i % 8)));
      const totalMs = (calls * noise(i + 1)) / 1e8;
      return counters(`16${i % 9}/5/${BigInt(Math.floor(noise(i + 2) * 1e9))}`, {
        calls,
        totalMs,
        stddevMs: noise(i) / 1e7,
        rows: calls * (i % 40),
      });
    });
  it('has every statement that a server keeps by default; its deltas are exact', () => {
    const state = freshState(0, policy, policy);
    const before = many(5_000);
    state.baseline = takeBaseline(snapshot(before));
    for (let i = 0; i < 1_000; i += 1)
      state.explained.set(`10/5/${noise(i)}`, {
        at: 1e12 + noise(i),
        fingerprint: noise(i).toString(16),
        hash: `ph1:${noise(i)}${noise(i + 1)}`,
      });
    const bytes = encodeState(state);
    expect(bytes.byteLength).toBeLessThanOrEqual(stateLimit);
    const baseline = decodeState(bytes)?.baseline;
    expect(baseline?.truncated).toBe(false);
    const after = before.map((each, i) => ({
      ...each,
      calls: each.calls + 1 + (i % 3),
      totalMs: each.totalMs + 0.25,
      rows: each.rows + 7,
    }));
    const { stats, uncompared } = computeWindow(baseline, snapshot(after));
    expect(uncompared).toEqual([]);
    expect(stats).toHaveLength(5_000);
    for (const [i, each] of stats.entries()) {
      expect(each).toMatchObject({ calls: 1 + (i % 3), rows: 7, isNew: false });
      expect(each.totalMs).toBeCloseTo(0.25, 2);
    }
  });
  it('fits its limit however much there is; what moved last stays', () => {
    const state = freshState(0, policy, policy);
    const before = many(19_000);
    state.baseline = takeBaseline(snapshot(before));
    const moved = before.map((each, i) =>
      i % 20 === 0 ? { ...each, calls: each.calls + 1 } : each,
    );
    state.baseline = takeBaseline(snapshot(moved), state.baseline);
    for (let i = 0; i < 5_000; i += 1)
      state.explained.set(`${noise(i)}`, {
        at: noise(i + 5),
        fingerprint: noise(i + 6).toString(16),
        hash: `ph1:${noise(i + 7).toString(16)}${noise(i + 8).toString(16)}`,
      });
    const bytes = encodeState(state);
    expect(bytes.byteLength).toBeLessThanOrEqual(stateLimit);
    const decoded = decodeState(bytes);
    expect(decoded?.baseline?.truncated).toBe(true);
    expect(decoded?.explained.size).toBeGreaterThan(500);
    const window = computeWindow(
      decoded?.baseline,
      snapshot(moved.map((each) => ({ ...each, calls: each.calls + 1 }))),
    );
    const keys = new Set(window.stats.map(({ key }) => key));
    expect(moved.every(({ key }, i) => i % 20 !== 0 || keys.has(key))).toBe(true);
    expect(window.stats.length).toBeGreaterThan(4_500);
    expect(window.stats.length + window.uncompared.length).toBe(19_000);
  });
  it('keys that differ have hashes that differ', () => {
    const keys = Array.from(
      { length: 200_000 },
      (_, i) => `${10 + (i % 7)}/${16_384 + (i % 11)}/${i - 100_000}`,
    );
    expect(new Set(keys.map(keyHash)).size).toBe(keys.length);
  });
  it('of the version before is read', () => {
    const { baseline: _, ...rest } = freshState(5, policy, policy);
    const entry = ['1/2/-3', 10, 100, 10, 1, 10, 0];
    const old = {
      version: 1,
      ...rest,
      sketches: [],
      explained: [['1/2/-3', 9, 'f', 'h']],
      failures: [],
      cycle: 3,
    };
    const known = { at: 1_000, epoch: 'e', evictions: 0, truncated: false };
    const state = decodeState(
      compressJson({ ...old, baseline: { ...known, statements: [entry] } }),
    );
    expect(state).toMatchObject({
      cycle: 3,
      baseline: takeBaseline(snapshot([counters('1/2/-3')])),
    });
    expect(state?.explained.get('1/2/-3')).toEqual({ at: 9, fingerprint: 'f', hash: 'h' });
  });
  it('of a version to come is no state, and this one is none to the version before', () => {
    const bytes = encodeState(freshState(5, policy, policy));
    expect(() => expandJson(bytes, 1e6)).toThrow();
    bytes[0] = 3;
    expect(decodeState(bytes)).toBeUndefined();
  });
  it('what is not ours is no state', () =>
    expect(decodeState(new Uint8Array([1, 2, 3]))).toBeUndefined());
});

it('patterns', () => {
  const rules = { include: ['*'], exclude: ['template*', 'a.b'] };
  expect(includedBy({ include: ['*'], exclude: [] })('two\nlines')).toBe(true);
  expect(['shop', 'template1', 'a.b', 'axb'].map(includedBy(rules))).toEqual([
    true,
    false,
    false,
    true,
  ]);
});

describe('a slow answer to the question of health', () => {
  const policy = {
    replicationLag_ms: 30_000,
    connectionsUsed: 0.8,
    activePerCore: 4,
    cores: 2,
    lockWaiters: 5,
    slowdown: 3,
    ignore: [],
  };
  const calm = { role: 'primary', connectionsUsed: 0, activeSessions: 0, lockWaiters: 0 } as const;
  /** Answers that take so long; `turn_ms`: the loop is so late meanwhile. */
  const check = async (took: number[], turn_ms: number) => {
    let now = 0;
    const clock = {
      ...createFakeClock(),
      monotonic: () => now,
      sleep: async () => void (now += turn_ms),
    };
    const session = { health: async () => ({ ...calm, took_ms: took.shift() as number }) };
    return checkHealth(session, { usual_ms: 10 }, policy, clock);
  };
  it('counts when the next one is slow as well', async () => {
    expect((await check([200, 180], 1)).brake.code).toBe('brake_slowdown');
    expect(await check([200, 12], 1)).toMatchObject({ brake: {}, health: { took_ms: 11 } });
  });
  it('does not count for what our own loop was late', async () =>
    expect(await check([400, 160], 140)).toMatchObject({ brake: {}, health: { took_ms: 20 } }));
  it('is asked once where it is quick', async () =>
    expect((await check([12], 1)).health.took_ms).toBe(12));
});
