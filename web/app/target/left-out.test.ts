import { expect, test } from 'vitest';
import { leftOut } from './left-out.ts';

const top = (fingerprint: string, timeShare: number, more: object = {}) => ({
  fingerprint,
  timeShare,
  text: 'SELECT report()',
  meanMs: 4_000,
  code: 'below_minimum' as const,
  findings: [],
  ...more,
});

test('what took time and was never looked at is told once, by when it took most', () => {
  const cycles = [{ top: [top('q-7', 0.2)] }, { top: [top('q-7', 0.6), top('ab12', 0.3)] }];
  expect(leftOut(cycles, new Set())).toEqual([
    { id: '-7', text: 'SELECT report()', share: 0.6, meanMs: 4_000, code: 'below_minimum' },
  ]);
});

test('not what is in the list by now, and not what takes next to nothing', () => {
  const cycles = [{ top: [top('q-7', 0.6), top('q8', 0.001)] }];
  expect(leftOut(cycles, new Set(['-7']))).toEqual([]);
});
