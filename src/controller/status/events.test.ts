import { expect, it } from 'vitest';
import { cycleReport, statusFacts } from '../../../test/support/cycle-report.ts';
import type { CycleReport } from '../../model/batch.ts';
import { statusEvents } from './events.ts';
import { nextStatus } from './next-status.ts';

const after = (over: Partial<CycleReport>, before = collecting) =>
  nextStatus(before, { ...statusFacts, report: cycleReport(over) });
const collecting = nextStatus(undefined, { ...statusFacts, report: cycleReport() });
const open = after({
  outcome: { kind: 'failed', error: 'connection_failed' },
  safety: { statementTimeoutMs: 1, circuit: 'open', open: { until: 1 }, databaseTimeUsed: 0 },
});
const told = (...[before, now]: Parameters<typeof statusEvents>) =>
  statusEvents(before, now).map(({ type, reason }) => `${type} ${reason}`);

it('tells of transitions, each once, and never of figures', () => {
  expect(told(undefined, collecting)).toEqual(['Normal Collecting']);
  expect(told(collecting, after({ explained: 3, durationMs: 9 }))).toEqual([]);
  expect(told(collecting, open)).toEqual(['Warning CircuitOpened']);
  expect(told(open, open)).toEqual([]);
  expect(told(open, after({}, open))).toEqual(['Normal CircuitClosed', 'Normal Collecting']);
});

it('a stop is somebody’s wish, not a fault', () => {
  const stopped = after({ outcome: { kind: 'skipped', reason: 'emergency_stop' } });
  expect(told(collecting, stopped)).toEqual(['Normal EmergencyStop']);
});

it('to wait for a turn is no fault, also of one that has had none yet', () => {
  const outcome = { kind: 'deferred', reason: 'locked_by_peer', until: 1 } as const;
  const waiting = nextStatus(undefined, { ...statusFacts, report: cycleReport({ outcome }) });
  expect(told(undefined, waiting)).toEqual(['Normal LockedByPeer']);
});

it('tells when a prerequisite is missing, and when all are met again', () => {
  const failed = [{ name: 'role', verdict: 'failed' as const, observed: 'superuser' }];
  const missing = nextStatus(collecting, {
    ...statusFacts,
    report: cycleReport(),
    prerequisites: failed,
  });
  const met = nextStatus(missing, {
    ...statusFacts,
    report: cycleReport(),
    prerequisites: [{ name: 'role', verdict: 'ok', observed: 'no superuser' }],
  });
  expect(told(collecting, missing)).toEqual(['Warning PrerequisiteMissing']);
  expect(told(missing, met)).toEqual(['Normal PrerequisitesMet']);
});
