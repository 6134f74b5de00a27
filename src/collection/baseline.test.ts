import { describe, expect, it } from 'vitest';
import { counters, snapshot } from '../../test/support/statistics.ts';
import { decodeStatements, encodeStatements, keyHash, takeBaseline } from './baseline.ts';

describe('a baseline', () => {
  const statements = (calls: number) =>
    ['a', 'b', 'c'].map((key) => counters(key, { calls: key === 'b' ? calls : 10 }));
  const first = takeBaseline(snapshot(statements(10)));
  it('counts how long a statement has stood still; another server starts anew', () => {
    const second = takeBaseline(snapshot(statements(11)), first);
    const idle = (of: typeof second) =>
      ['a', 'b'].map((key) => of.statements.get(keyHash(key))?.idle);
    expect(idle(second)).toEqual([1, 0]);
    expect(idle(takeBaseline(snapshot(statements(11), { otherServer: true }), second))).toEqual([
      0, 0,
    ]);
    expect(idle(takeBaseline(snapshot(statements(11), { epoch: 'reset' }), second))).toEqual([
      0, 0,
    ]);
  });
  it('survives the way through bytes', () => {
    const { bytes, count } = encodeStatements(first.statements, 1_000);
    expect(count).toBe(3);
    expect(decodeStatements(bytes)).toEqual(
      new Map([...first.statements].sort(([a], [b]) => a - b)),
    );
  });
  it('keeps the work of those that move', () => {
    const many = Array.from({ length: 1_200 }, (_, i) =>
      counters(`${i}`, {
        totalMs: 2_000 - i,
        work: i === 0 ? { jitMs: 1.5 } : { pages: 7 * i, ...(i === 1 ? { jitMs: 0 } : {}) },
      }),
    );
    const { bytes } = encodeStatements(takeBaseline(snapshot(many)).statements, 100_000);
    const kept = decodeStatements(bytes);
    expect([0, 1, 999, 1_000].map((i) => kept.get(keyHash(`${i}`))?.work)).toEqual([
      { jitMs: 1.5 },
      { pages: 7, jitMs: 0 },
      { pages: 6_993 },
      undefined,
    ]);
  });
  it('keeps what moved last where there is little room', () => {
    const many = Array.from({ length: 200 }, (_, i) => counters(`${i}`, { calls: i * 7_919 + 1 }));
    const moved = many.map((each, i) => (i < 20 ? { ...each, calls: each.calls + 1 } : each));
    const { statements: all } = takeBaseline(snapshot(moved), takeBaseline(snapshot(many)));
    const { bytes, count } = encodeStatements(all, 600);
    expect(bytes.byteLength).toBeLessThanOrEqual(600);
    expect(count).toBeLessThan(200);
    const kept = decodeStatements(bytes);
    for (let i = 0; i < 20; i += 1) expect(kept.has(keyHash(`${i}`))).toBe(true);
  });
  it('keys that differ have hashes that differ', () => {
    const keys = Array.from(
      { length: 200_000 },
      (_, i) => `${10 + (i % 7)}/${16_384 + (i % 11)}/${i - 100_000}`,
    );
    expect(new Set(keys.map(keyHash)).size).toBe(keys.length);
  });
});
