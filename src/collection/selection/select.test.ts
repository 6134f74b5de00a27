import { describe, expect, it } from 'vitest';
import fc from '../../../test/support/property.ts';
import { candidate } from '../../../test/support/statistics.ts';
import { emptySketch, sketchAdd } from '../../base/sketch.ts';
import { regressionRatio } from './regression.ts';
import { select } from './select.ts';

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
