import { describe, expect, it } from 'vitest';
import { bareNode } from '../dialects/reading.ts';
import { uncounted } from './examine.ts';
import { cpuLookedUp, indexPays, isLarge, isRead } from './scans.ts';

const context = (stats: object, timeShare = 0) => ({
  stats: { ...uncounted, ...stats },
  fingerprint: { algorithm: 'test', value: 'f' },
  facts: [],
  timeShare,
});

describe('an index pays', () => {
  const large = { rows: 300_000, pages: 6_000 };
  it.each([
    [10, 0, true],
    [1_500, 0, true],
    [30_000, 0, false],
    [30_000, 1, true],
    [300_000, 1, false],
  ])('for %i of 300,000 rows, which lie together: %d', (kept, correlation, pays) => {
    expect(indexPays(large, kept, correlation)).toBe(pays);
  });
});

it('an index pays less where each row is looked up by itself: hashing a small table is as fast', () => {
  const small = { rows: 40_000, pages: 373 };
  expect(indexPays(small, 5_906)).toBe(true);
  expect(indexPays(small, 5_906, 0, cpuLookedUp)).toBe(false);
  expect(indexPays(small, 14, 0, cpuLookedUp)).toBe(true);
});

it('a table is large by its rows, or by what reading it takes', () => {
  expect(isLarge({ rows: 50_000, saves: 1 }, context({}))).toBe(true);
  expect(isLarge({ rows: 5_000, saves: 1 }, context({ calls: 20, totalMs: 2 }))).toBe(false);
  expect(isLarge({ rows: 5_000, saves: 1 }, context({ calls: 20, totalMs: 40 }))).toBe(true);
  expect(isLarge({ rows: 5_000, saves: 1 }, context({ calls: 900, totalMs: 90 }, 0.02))).toBe(true);
  expect(isLarge({ rows: 20, saves: 1 }, context({ calls: 900, totalMs: 9_000 }, 1))).toBe(false);
});
it('production reads it if a call looks at as many pages or rows', () => {
  const scan = { rows: 50_000, pages: 1_000, nodes: [bareNode('SeqScan', 'Seq Scan')] };
  expect(isRead(scan, context({}))).toBe(true);
  expect(isRead(scan, context({ calls: 10, work: { pages: 10_000 } }))).toBe(true);
  expect(isRead(scan, context({ calls: 10, work: { pages: 90 } }))).toBe(false);
  expect(isRead(scan, context({ calls: 10, work: { rowsExamined: 90 } }))).toBe(false);
});
