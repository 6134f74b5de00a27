import { expect, it } from 'vitest';
import { type LeaseFacts, leaseState } from './lease-state.ts';

it.each<[string, Partial<LeaseFacts>, string]>([
  ['no session yet', { confirmedAt: undefined }, 'none'],
  ['just confirmed', { confirmedAt: 99_000 }, 'valid'],
  ['silent, and nothing failed: we were asleep', { confirmedAt: 60_000 }, 'unconfirmed'],
  [
    'silent, and an attempt just failed: the store is away',
    { confirmedAt: 60_000, failedAt: 99_000 },
    'degraded',
  ],
  ['the same, but the failure is old', { confirmedAt: 60_000, failedAt: 90_000 }, 'unconfirmed'],
  [
    'the same, but we see no events either',
    { confirmedAt: 60_000, failedAt: 99_000, watchAlive: false },
    'unconfirmed',
  ],
  [
    'away, and told to stop then',
    { confirmedAt: 60_000, failedAt: 99_000, onOutage: 'stop' },
    'expired',
  ],
  [
    'away for a quarter of an hour',
    { now: 2_000_000, confirmedAt: 1_000_000, failedAt: 1_999_000 },
    'expired',
  ],
])('the session: %s', (_, facts, expected) => {
  expect(
    leaseState({
      now: 100_000,
      confirmedAt: 99_000,
      failedAt: undefined,
      watchAlive: true,
      onOutage: 'continue',
      ...facts,
    }),
  ).toBe(expected);
});
