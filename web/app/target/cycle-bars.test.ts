import { expect, test } from 'vitest';
import type { CycleAnswer } from '../../data/target-answers.ts';
import { cycleBars, cyclesSentence } from './cycle-bars.ts';

const now = 1_764_000_000_000;
const cycle = (ago_ms: number, more: Partial<CycleAnswer> = {}): CycleAnswer => ({
  number: 1,
  startedAt: now - ago_ms,
  durationMs: 300,
  databaseMs: 40,
  outcome: { kind: 'collected' },
  selected: 10,
  explained: 9,
  unexplained: {},
  safety: { statementTimeoutMs: 100, circuit: 'closed', databaseTimeUsed: 0 },
  top: [],
  ...more,
});

test('an hour is enough for what ran within one', () => {
  const { from, bars, longestMs } = cycleBars([cycle(60_000), cycle(61_000)], now);
  expect(now - from).toBe(3_600_000);
  expect(bars.filter(Boolean)).toHaveLength(1);
  expect(bars.find(Boolean)).toMatchObject({ cycles: 2, selected: 20, outcome: 'collected' });
  expect(longestMs).toBe(300);
});

test('the worst of a stretch is what is seen', () => {
  const failed = cycle(1_000, { outcome: { kind: 'failed', error: 'statement_timeout' } });
  const { bars } = cycleBars([failed, cycle(2_000)], now);
  expect(bars.find(Boolean)).toMatchObject({ outcome: 'failed', code: 'statement_timeout' });
});

test('a day is the most; what is older is left out', () => {
  const { from, bars } = cycleBars([cycle(30 * 3_600_000), cycle(1_000)], now);
  expect(now - from).toBe(24 * 3_600_000);
  expect(bars.filter(Boolean)).toHaveLength(1);
});

test('where earlier ones were left out, it begins with the first that is known', () => {
  const all = Array.from({ length: 1_000 }, (_, i) => cycle(60_000 * (1_000 - i)));
  const { from, bars } = cycleBars(all, now, false);
  expect(from).toBe(now - 60_000_000);
  expect(bars.every(Boolean)).toBe(true);
});

test('cycles in a sentence', () => {
  const failed = cycle(1, { outcome: { kind: 'failed', error: 'statement_timeout' } });
  expect(cyclesSentence([cycle(2), failed])).toBe('1 collected, 1 failed (statement_timeout)');
  expect(cyclesSentence([])).toBe('no cycle yet');
});
