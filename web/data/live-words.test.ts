import { expect, test } from 'vitest';
import { liveState } from './live-words.ts';

test.each([
  [0, 'live'],
  [9_999, 'live'],
  [10_000, 'late'],
  [29_999, 'late'],
  [30_000, 'lost'],
] as const)('after %d ms of silence', (ms, state) => expect(liveState(5, 5 + ms)).toBe(state));
test('is late until it was heard', () => expect(liveState(undefined, 0)).toBe('late'));
