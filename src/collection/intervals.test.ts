import { expect, it } from 'vitest';
import { candidate } from '../../test/support/statistics.ts';
import type { Sketch } from '../base/sketch.ts';
import { learnIntervals } from './intervals.ts';
import { sketchLimit } from './target-state.ts';

const stats = (keys: string[], totalMs = 1) => keys.map((key) => candidate(key, { totalMs }).stats);
const keys = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => `${from + i}`);

it('what was not seen for longest goes; the heaviest of each interval come in', () => {
  const first = learnIntervals(new Map(), { stats: stats(keys(0, sketchLimit)) });
  const next = learnIntervals(first, { stats: stats(['0', 'new'], 9) });
  expect(next.size).toBe(sketchLimit);
  expect([next.has('0'), next.has('1'), next.has('2')]).toEqual([true, false, true]);
  expect(next.get('0')?.count).toBe(2);
  expect(first.get('0')?.count).toBe(1);
  const light = learnIntervals(new Map(), {
    stats: [...stats(['light'], 1), ...stats(keys(0, sketchLimit), 2)],
  });
  expect(light.has('light')).toBe(false);
});

it('halves what is old, so that a changed normal becomes the normal', () => {
  const sketch: Sketch = { count: 2_001, buckets: [[0, 2_001]] };
  const old = new Map([['a', sketch]]);
  expect(learnIntervals(old, { stats: stats(['a']) }).get('a')?.count).toBe(1_001.5);
});
