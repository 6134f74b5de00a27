import { describe, expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { counters, snapshot } from '../../test/support/statistics.ts';
import { takeBaseline } from './baseline.ts';
import { computeWindow, intervalStddev } from './delta.ts';

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
      stats: [{ key: 'a', calls: 4, callsEver: 14, totalMs: 80, meanMs: 20 }],
    });
  });
  it('work is that of the interval, as far as both looks counted it', () => {
    const baseline = takeBaseline(
      snapshot([counters('a', { work: { pages: 100, jitMs: 1 } }), counters('b')]),
    );
    const { stats } = computeWindow(
      baseline,
      snapshot([
        counters('a', { calls: 12, work: { pages: 160, sortMerges: 4 } }),
        counters('b', { calls: 12, work: { pages: 160 } }),
        counters('c', { work: { pages: 7 } }),
      ]),
    );
    expect(stats.map(({ work }) => work)).toEqual([{ pages: 60 }, undefined, { pages: 7 }]);
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
  it('an entry that is younger than the last look starts over, whatever it has counted', () => {
    const baseline = takeBaseline(snapshot([counters('a', { rows: 5, since: 1 })]));
    const again = { calls: 30, totalMs: 9_000, rows: 7 };
    const seen = (since: number) =>
      computeWindow(
        baseline,
        snapshot([counters('a', { ...again, since })], { at: baseline.at + 1_000 }),
      ).stats;
    expect(seen(baseline.at + 5)).toMatchObject([{ calls: 30, rows: 7, isNew: false }]);
    // a clock that was set back
    expect(seen(baseline.at + 5_000)).toMatchObject([{ calls: 20 }]);
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
  it('an entry may have more calls than before, and have been thrown out in between', () => {
    const baseline = takeBaseline(
      snapshot([counters('a', { rows: 5_000, tempBlocksWritten: 90, since: 1 })]),
    );
    for (const again of [
      { rows: 12, tempBlocksWritten: 90 },
      { rows: 5_000, tempBlocksWritten: 2 },
      { rows: 9_000, tempBlocksWritten: 90, since: baseline.at },
    ])
      expect(
        computeWindow(
          baseline,
          snapshot([counters('a', { calls: 12, totalMs: 400, ...again })], { at: 11_000 }),
        ).stats,
      ).toMatchObject([{ calls: 12, totalMs: 400, isNew: false, rows: again.rows }]);
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
