import { expect, test } from 'vitest';
import type { FleetCounts } from '../../data/answers.ts';
import { fleetSentence } from './fleet-sentence.ts';

const counts = (needs: number, waits: number, well: number, more: Partial<FleetCounts> = {}) =>
  ({
    targets: needs + waits + well,
    kinds: { 'needs-you': needs, waits, well },
    explained: null,
    accountedFor: null,
    findings: { critical: 0, warning: 0, all: 0 },
    ...more,
  }) as FleetCounts;

test.each([
  [counts(25, 61, 9_902), 'warning', '25 of 9,988 targets need you.', '9,902 collecting, 61 wait.'],
  [counts(1, 0, 1), 'warning', '1 of 2 targets needs you.', '1 collecting, 0 wait.'],
  [counts(0, 2, 1), 'calm', 'Nothing needs you.', '1 collecting, 2 wait.'],
  [counts(0, 1, 1), 'calm', 'Nothing needs you.', '1 collecting, 1 waits.'],
  [counts(0, 0, 3), 'calm', 'All 3 targets are collected.', ''],
  [counts(0, 0, 1), 'calm', 'The target is collected.', ''],
])('%#', (given, tone, answer, rest) =>
  expect(fleetSentence(given)).toEqual({ tone, answer, rest }),
);

test('says how much has a plan, never rounded up', () => {
  const { rest } = fleetSentence(
    counts(0, 0, 2, {
      explained: 0.9999,
      accountedFor: 1,
      findings: { critical: 2, warning: 3, all: 12_345 },
    }),
  );
  expect(rest).toBe(
    '99.9% of database time has a plan, 100% a plan or a reason. 12 k findings, 2 critical.',
  );
});
