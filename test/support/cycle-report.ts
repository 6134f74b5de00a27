import type { CycleReport } from '../../src/model/batch.ts';
import { makeTarget } from './target.ts';

/** What one cycle reports, and what is known beside it when a status is made. */
export const cycleReport = (over: Partial<CycleReport> = {}): CycleReport => ({
  number: 1,
  startedAt: 1_700_000_000_000,
  durationMs: 1_000,
  databaseMs: 90,
  outcome: { kind: 'collected' },
  selected: 10,
  explained: 9,
  unexplained: { untrusted_function: 1 },
  server: { version: '18.4', role: 'primary' },
  coverage: { explained: 0.934, accountedFor: 0.98 },
  safety: { statementTimeoutMs: 240, circuit: 'closed', databaseTimeUsed: 0.0002 },
  top: [
    {
      fingerprint: 'f',
      timeShare: 0.38,
      text: 'SELECT …',
      meanMs: 41,
      plan: 'ph2:9c41',
      cost: 10,
      findings: [{ rule: 'full-scan', message: 'm' }],
    },
  ],
  ...over,
});
export const statusFacts = {
  target: makeTarget({ port: 1, uid: 'a', name: 'a' }),
  counts: { plans: 4, openFindings: 2 },
  ownership: { holder: 'h', epoch: 3 },
  now: 1_700_000_001_000,
};
