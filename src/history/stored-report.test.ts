import { expect, it } from 'vitest';
import type { CycleReport } from '../model/batch.ts';
import { storedReport } from './stored-report.ts';

const report: CycleReport = {
  number: 4,
  startedAt: 0,
  durationMs: 1,
  databaseMs: 1,
  outcome: { kind: 'collected' },
  selected: 0,
  explained: 0,
  unexplained: {},
  safety: { statementTimeoutMs: 100, circuit: 'closed', databaseTimeUsed: 0 },
  top: [],
};

it('a report of an earlier version says the same under the names of today', () => {
  const former = { ...report, coverage: { explained: 0.9, withReason: 0.98, unknown: 0.01 } };
  expect(storedReport(former)).toEqual({
    ...report,
    coverage: { explained: 0.9, accountedFor: 0.98, unknown: 0.01 },
  });
});
it('one of today, and one without a coverage, stay as they are', () => {
  const current = { ...report, coverage: { explained: 0.9, accountedFor: 0.98 } };
  expect(storedReport(current)).toEqual(current);
  expect(storedReport(report)).toEqual(report);
});
