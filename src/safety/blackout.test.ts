import { describe, expect, it } from 'vitest';
import { inBlackout } from './blackout.ts';

describe('blackouts', () => {
  const at = (text: string) => Date.parse(text);
  const night = { start: '22:00', end: '02:00', timeZone: 'Europe/Berlin', days: ['Sun'] };
  it.each([
    ['2026-03-01T21:30:00Z', true], // Sunday 22:30 in Berlin
    ['2026-03-02T00:30:00Z', true], // Monday 01:30, begun on Sunday
    ['2026-03-02T01:30:00Z', false],
    ['2026-03-02T21:30:00Z', false], // Monday evening
    ['2026-07-05T20:30:00Z', true], // summer time
  ])('%s', (time, inside) => {
    expect(inBlackout([night], at(time)) !== undefined).toBe(inside);
  });
});
