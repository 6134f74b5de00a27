import { expect, test } from 'vitest';
import { age, clock, span } from './span.ts';

test.each([
  [0, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3 * 3_600_000, '3 h'],
  [50 * 3_600_000, '2 d'],
  [-5, '0 s'],
])('%d ms is %s', (ms, text) => expect(span(ms)).toBe(text));

test.each([
  [0, 'now'],
  [12_000, '12 s ago'],
  [-2_000, 'now'],
  [-240_000, 'in 4 min'],
])('what was %d ms ago', (ms, text) => expect(age(1_000_000, 1_000_000 + ms)).toBe(text));

test('a time of another year says of which', () => {
  const [at, now] = [new Date(2024, 10, 3, 14, 2), new Date(2026, 10, 29)].map(Number);
  expect(clock(at ?? 0, now)).toBe('3 Nov 2024, 14:02:00');
  expect(clock(at ?? 0, at)).toBe('3 Nov, 14:02:00');
});
