import { describe, expect, it } from 'vitest';
import { counters, snapshot } from '../../test/support/statistics.ts';
import { compressJson, expandJson } from '../base/node/compress.ts';
import { emptySketch, sketchAdd } from '../base/sketch.ts';
import { stateLimit } from '../coordination/state-backend.ts';
import type { StatementCounters } from '../model/statistics.ts';
import { takeBaseline } from './baseline.ts';
import { computeWindow } from './delta.ts';
import { decodeState, encodeState, freshState, type TargetState } from './target-state.ts';

describe('state of a target', () => {
  const policy = { perSecond: 1, burst: 10 };
  it('survives the way through bytes', () => {
    const state: TargetState = {
      ...freshState(5, policy, policy),
      cycle: 7,
      baseline: takeBaseline(snapshot([counters('1/2/-3')])),
      credits: { impact: 3 },
      brake: { role: 'primary', usual_ms: 2 },
      sketches: new Map([['a', sketchAdd(emptySketch, 12)]]),
      explained: new Map([['a', { at: 9, fingerprint: 'f', hash: 'ph2:0' }]]),
      failures: new Map([['b', { code: 'too_large', until: 11, fingerprint: 'g' }]]),
    };
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
    const before = many(5_000);
    const marks = Array.from({ length: 1_000 }, (_, i) => {
      const hash = `ph2:${noise(i)}${noise(i + 1)}`;
      const mark = { at: 1e12 + noise(i), fingerprint: noise(i).toString(16), hash };
      return [`10/5/${noise(i)}`, mark] as const;
    });
    const bytes = encodeState({
      ...freshState(0, policy, policy),
      baseline: takeBaseline(snapshot(before)),
      explained: new Map(marks),
    });
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
    const before = many(19_000);
    const first = takeBaseline(snapshot(before));
    const moved = before.map((each, i) =>
      i % 20 === 0 ? { ...each, calls: each.calls + 1 } : each,
    );
    const hex = (i: number) => noise(i).toString(16);
    const marks = Array.from({ length: 5_000 }, (_, i) => {
      const hash = `ph2:${hex(i + 7)}${hex(i + 8)}`;
      return [`${noise(i)}`, { at: noise(i + 5), fingerprint: hex(i + 6), hash }] as const;
    });
    const bytes = encodeState({
      ...freshState(0, policy, policy),
      baseline: takeBaseline(snapshot(moved), first),
      explained: new Map(marks),
    });
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
