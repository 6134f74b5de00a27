import { describe, expect, it } from 'vitest';
import { candidate } from '../../test/support/statistics.ts';
import { computeCoverage } from './coverage.ts';

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
