import { describe, expect, it } from 'vitest';
import {
  formatDuration,
  formatPercent,
  parseDuration,
  parsePercent,
  parseSize,
} from './quantity.ts';

describe('amounts', () => {
  it.each([
    ['60s', 60_000],
    ['100ms', 100],
    ['1m30s', 90_000],
    ['6h', 21_600_000],
    ['0.5s', 500],
    ['90d', 7_776_000_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
  it('sizes and percentages', () => {
    expect([parseSize('64Ki'), parseSize('1Mi'), parseSize('7'), parsePercent('0.5%')]).toEqual([
      65_536, 1_048_576, 7, 0.005,
    ]);
    expect(parseSize('1Gi')).toBe(1_073_741_824);
  });
  it('are written as people read them', () => {
    expect([
      formatDuration(240),
      formatDuration(9_940),
      formatDuration(90_000),
      formatDuration(1_209_600_000),
    ]).toEqual(['240ms', '9.9s', '1m30s', '14d']);
    expect([
      formatPercent(0.934),
      formatPercent(0.0002),
      formatPercent(0.997),
      formatPercent(1),
      formatPercent(0),
    ]).toEqual(['93%', '0.02%', '99%', '100%', '0%']);
  });
});
