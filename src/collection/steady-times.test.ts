import { expect, it } from 'vitest';
import { steadyTimes } from './steady-times.ts';
import { freshState, type TargetState } from './target-state.ts';

const now = 1_000_000_000;
const policy = { perSecond: 1, burst: 1 };
const mark = { at: now - 5_000, fingerprint: 'f', hash: 'h' };
const failure = { code: 'unparsable' as const, until: now + 5_000, fingerprint: 'f' };
const state: TargetState = {
  ...freshState(now - 1_000, policy, policy),
  startedAt: now - 60_000,
  breaker: { state: 'open', until: now + 60_000, opened: 1 },
  explained: new Map([['a', mark]]),
  failures: new Map([['b', failure]]),
};
const day_ms = 86_400_000;

it('every moment steps with the clock', () => {
  const stepped = steadyTimes(state, -10_000, now, 1_800_000);
  expect(stepped).toMatchObject({
    startedAt: now - 70_000,
    breaker: { until: now + 50_000 },
    explains: { at: now - 11_000 },
    databaseTime: { at: now - 11_000 },
  });
  expect(stepped.explained.get('a')?.at).toBe(now - 15_000);
  expect(stepped.failures.get('b')?.until).toBe(now - 5_000);
  expect(state.explained.get('a')).toBe(mark);
});

it('nothing past lies ahead, and nothing rests longer than it can have been told to', () => {
  const wrong = steadyTimes(state, 10 * day_ms, now, 1_800_000);
  expect(wrong).toMatchObject({ startedAt: now, breaker: { until: now + 1_800_000 } });
  expect(wrong.explained.get('a')?.at).toBe(now);
  expect(wrong.failures.get('b')?.until).toBe(now + day_ms);
});
