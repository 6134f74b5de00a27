import { expect, it } from 'vitest';
import { untilBeat } from './beat.ts';

const at = (now: number, every_ms: number) => untilBeat({ monotonic: () => now }, every_ms);

it('those who look at different times are woken together', () => {
  expect([0, 1, 250, 900].map((now) => now + at(now, 1_000))).toEqual(Array(4).fill(1_000));
  expect(4_300 + at(4_300, 5_000)).toBe(5_000);
});

it('a timer that came a little early is not followed by another one at once', () => {
  expect(999.6 + at(999.6, 1_000)).toBe(2_000);
  expect(1_000.4 + at(1_000.4, 1_000)).toBe(2_000);
});
