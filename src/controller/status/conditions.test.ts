import { describe, expect, it } from 'vitest';
import { statusFacts as facts, cycleReport as report } from '../../../test/support/cycle-report.ts';
import type { DatabaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import { statusChange } from '../../targets/kubernetes/status-change.ts';
import { nextStatus } from './next-status.ts';

it('to have waited once for another target of the same server is no news; to wait again is', () => {
  const waits = report({
    outcome: { kind: 'deferred', reason: 'locked_by_peer', until: facts.now },
    top: [],
  });
  const reasons = (status: DatabaseTargetStatus) =>
    ['Ready', 'CollectionHealthy'].map(
      (wanted) => status.conditions?.find(({ type }) => type === wanted)?.reason,
    );
  const collecting = nextStatus(undefined, { ...facts, report: report() });
  const once = nextStatus(collecting, { ...facts, report: waits });
  expect(reasons(once)).toEqual(['Collecting', 'Collecting']);
  expect(once.lastCycle).toMatchObject({ outcome: 'deferred', reason: 'locked_by_peer' });
  expect(statusChange(collecting, once)).toBe('figures');
  const again = nextStatus(once, { ...facts, report: waits });
  expect(reasons(again)).toEqual(['LockedByPeer', 'LockedByPeer']);
  expect(statusChange(collecting, again)).toBe('ready');
  expect(reasons(nextStatus(again, { ...facts, report: report() }))).toEqual([
    'Collecting',
    'Collecting',
  ]);
  expect(reasons(nextStatus(undefined, { ...facts, report: waits }))).toEqual([
    'LockedByPeer',
    'LockedByPeer',
  ]);
  const readyOf = (status: DatabaseTargetStatus) =>
    status.conditions?.find(({ type }) => type === 'Ready')?.status;
  expect([readyOf(again), readyOf(nextStatus(undefined, { ...facts, report: waits }))]).toEqual([
    'True',
    'Unknown',
  ]);
});

describe('a circuit that opened', () => {
  const failed = (code: 'connection_failed' | 'duplicate_target', open: boolean) =>
    report({
      outcome: { kind: 'failed', error: code, detail: 'because' },
      safety: { ...report().safety, ...(open ? opened(code) : {}) },
      top: [],
    });
  const opened = (code: 'connection_failed' | 'duplicate_target') => ({
    circuit: 'open' as const,
    open: { until: facts.now + 3_600_000, cause: { code, detail: 'because' } },
  });
  const resting = (code: 'connection_failed' | 'duplicate_target') =>
    report({
      outcome: { kind: 'deferred', reason: 'circuit_open', until: facts.now + 3_600_000 },
      safety: { ...report().safety, ...opened(code) },
      durationMs: 0,
      selected: 0,
      explained: 0,
      top: [],
    });
  const conditionsOf = ({ conditions = [] }: DatabaseTargetStatus) =>
    Object.fromEntries(
      conditions.map(({ type, status, reason, message }) => [type, { status, reason, message }]),
    );

  it.each([
    ['connection_failed', 'CircuitOpen', undefined],
    ['duplicate_target', 'DuplicateTarget', 'True'],
  ] as const)(
    'by %s keeps its cause and says when it is tried again, for as long as it is open',
    (code, reason, stalled) => {
      let status = nextStatus(undefined, { ...facts, report: failed(code, false) });
      status = nextStatus(status, { ...facts, report: failed(code, true) });
      for (const each of [
        status,
        nextStatus(status, { ...facts, report: resting(code) }),
        nextStatus(undefined, { ...facts, report: resting(code) }),
      ]) {
        const { Ready, CollectionHealthy, Stalled, SafetyThrottled } = conditionsOf(each);
        expect(Ready).toMatchObject({ status: 'False', reason });
        expect(Ready?.message).toMatch(/^because\. .* Next attempt at 23:13:21\.$/);
        expect(CollectionHealthy).toMatchObject({ status: 'False', message: Ready?.message });
        expect(Stalled?.status).toBe(stalled);
        expect(SafetyThrottled).toMatchObject({
          status: 'True',
          reason: 'CircuitOpen',
          message: 'Circuit breaker open; next attempt at 23:13:21',
        });
        expect(each.safety).toMatchObject({
          circuit: 'open',
          cause: code,
          nextTry: '2023-11-14T23:13:21.000Z',
        });
        expect(each.summary?.['safety']).toContain(
          `circuit open (${code}; next attempt at 23:13:21)`,
        );
      }
      expect(nextStatus(status, { ...facts, report: resting(code) }).lastCycle).toMatchObject({
        outcome: 'failed',
        reason: code,
      });
      const mended = nextStatus(status, { ...facts, report: report() });
      expect(conditionsOf(mended)).toMatchObject({
        Ready: { reason: 'Collecting' },
        CollectionHealthy: { status: 'True' },
      });
      expect(conditionsOf(mended)).not.toHaveProperty('Stalled');
      expect(mended.safety).not.toHaveProperty('cause');
    },
  );
});

it('a cycle that ended because this replica’s part in it did says nothing about the target', () => {
  for (const reason of ['ownership_lost', 'fenced', 'target_deleted', 'program_ending'] as const) {
    const collecting = nextStatus(undefined, { ...facts, report: report() });
    const cut = nextStatus(collecting, {
      ...facts,
      report: report({ outcome: { kind: 'skipped', reason }, top: [] }),
    });
    expect(cut.conditions).toEqual(collecting.conditions);
    expect(cut.lastCycle).toMatchObject({ outcome: 'skipped', reason });
  }
});
