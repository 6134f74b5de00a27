import { expect, it } from 'vitest';
import { monthOf } from './partitions.ts';

const hour = 3_600_000;

it.each([
  [Date.UTC(2026, 0, 1), '2026_01'],
  [Date.UTC(2026, 11, 31, 23, 59), '2026_12'],
  [Date.UTC(2024, 1, 29), '2024_02'],
  [Date.UTC(1970, 0, 1), '1970_01'],
])('knows months as the calendar does: %i', (at, name) => {
  const month = monthOf(Math.floor(at / hour));
  expect(month.name).toBe(name);
  const [year, number] = name.split('_').map(Number) as [number, number];
  expect([month.from, month.to]).toEqual([
    Date.UTC(year, number - 1, 1) / hour,
    Date.UTC(year, number, 1) / hour,
  ]);
});
