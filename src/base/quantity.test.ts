import { describe, expect, it } from 'vitest';
import {
  formatCost,
  formatDuration,
  formatPercent,
  formatSize,
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
    expect([parseSize('1Gi'), parseSize('2Ti')]).toEqual([1_073_741_824, 2 * 1_024 ** 4]);
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
    expect([0, 900, 5_242_880, 1.5 * 1_024 ** 3, -20 * 1_024 ** 2].map(formatSize)).toEqual([
      '0 B',
      '900 B',
      '5 MiB',
      '1.5 GiB',
      '-20 MiB',
    ]);
    expect([0, 2.44, 8_215].map(formatCost)).toEqual(['0', '2.4', '8,215']);
  });
});
