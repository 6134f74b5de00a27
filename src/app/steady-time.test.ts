import { expect, it } from 'vitest';
import type { Clock } from '../base/clock.ts';
import { createSteadyTime } from './steady-time.ts';

const hour = 3_600_000;
const year = 365 * 24 * hour;

function jumping() {
  const at = { monotonic: 0, ahead: 0 };
  const clock = { now: () => 1e12 + at.monotonic + at.ahead, monotonic: () => at.monotonic };
  return { at, time: createSteadyTime(clock as Clock) };
}

it('a jump ahead that comes back within a day is never believed', () => {
  const { at, time } = jumping();
  at.ahead = year;
  for (; at.monotonic < 23 * hour; at.monotonic += hour)
    expect(time.look()).toBe(1e12 + at.monotonic);
  at.ahead = 0;
  at.monotonic += 48 * hour;
  expect(time.look()).toBe(1e12 + at.monotonic);
});
it('one that stays is, after a day; and what is small or goes back, at once', () => {
  const { at, time } = jumping();
  at.ahead = 60_000;
  expect(time.look()).toBe(1e12 + 60_000);
  at.ahead = year;
  time.look();
  at.monotonic += 24 * hour;
  expect(time.look()).toBe(1e12 + at.monotonic + year);
  at.ahead = 0;
  expect(time.look()).toBe(1e12 + at.monotonic);
});
