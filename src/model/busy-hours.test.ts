import { expect, it } from 'vitest';
import { type BusyHours, sparkOf, withLook } from './busy-hours.ts';

const hour = 3_600_000;
const start = 1_700_000 * hour;

it('an hour keeps its busiest look, and a day goes by', () => {
  let busy: BusyHours | undefined;
  for (const [at, sessions] of [
    [0, 1],
    [0.5, 4],
    [0.9, 2],
    [1, 8],
    [3, 1],
  ] as const)
    busy = withLook(busy, sessions, start + at * hour);
  expect(busy?.hours).toHaveLength(4);
  expect(busy && sparkOf(busy, start + 3 * hour)).toBe(`${' '.repeat(20)}59 1`);
  expect(busy && sparkOf(busy, start + 5 * hour)).toBe(`${' '.repeat(18)}59 1  `);
  for (let i = 4; i < 60; i += 1) busy = withLook(busy, 2, start + i * hour);
  expect(busy?.hours).toHaveLength(24);
  expect(busy && sparkOf(busy, start + 59 * hour)).toBe('9'.repeat(24));
  expect(busy && sparkOf(busy, start + 99 * hour)).toBeUndefined();
});
it('what is out of its scale is at its ends, and a clock that is set back costs nothing', () => {
  expect(withLook(undefined, 0, start).hours).toBe('0');
  expect(withLook(undefined, 1e9, start).hours).toBe('z');
  const busy = withLook(withLook(undefined, 1, start), 1, start - 2 * hour);
  expect(busy.hours).toHaveLength(1);
});
