import { expect, it } from 'vitest';
import { readUntil } from './until.ts';

const now = Date.UTC(2026, 10, 26);
const day = 86_400_000;

it.each([
  ['7d', now + 7 * day],
  ['1d12h', now + 1.5 * day],
  [' 2026-12-24 ', Date.UTC(2026, 11, 24)],
  ['2026-12-24T08:00:00Z', Date.UTC(2026, 11, 24, 8)],
  ['2026-12-24T08:00+02:00', Date.UTC(2026, 11, 24, 6)],
  [now + 5, now + 5],
])('%s', (written, until) => expect(readUntil(written, now)).toEqual({ kind: 'at', until }));

it.each(['2026-11-26', '0d', 5])('%s is over', (written) =>
  expect(readUntil(written, now)).toMatchObject({ kind: 'over' }),
);

it.each([
  ['soon', /no time/],
  ['', /no time/],
  ['2026-13-40', /no time/],
  [Number.NaN, /no time/],
  [8.64e15 * 10, /no time/],
  ['367d', /more than a year/],
])('%s is refused', (written, why) =>
  expect(readUntil(written, now)).toEqual({ kind: 'wrong', why: expect.stringMatching(why) }),
);
