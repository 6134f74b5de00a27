import { describe, expect, it } from 'vitest';
import { cycleReport, statusFacts } from '../../../test/support/cycle-report.ts';
import type { DatabaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import {
  endedStatus,
  invalidStatus,
  overdueStatus,
  startingChanges,
  startingStatus,
} from './between-cycles.ts';
import { nextStatus } from './next-status.ts';

const collecting = nextStatus(undefined, { ...statusFacts, report: cycleReport() });
const later = { ...statusFacts, ownership: { holder: 'h2', epoch: 4 }, now: statusFacts.now + 1 };
const conditionOf = (status: DatabaseTargetStatus, wanted: string) =>
  status.conditions?.find(({ type }) => type === wanted);

describe('before the first cycle of a spec', () => {
  it('a status that speaks of this generation stays; any other one is begun', () => {
    expect(startingChanges(undefined, { generation: 1 })).toBe(true);
    expect(startingChanges(collecting, { generation: 1 })).toBe(false);
    expect(startingChanges(collecting, { generation: 2 })).toBe(true);
    expect(startingChanges({ observedGeneration: 1 }, { generation: 1 })).toBe(true);
  });
  it('Ready is unknown where it was never said, and stays as it was said where it was', () => {
    const first = startingStatus(undefined, later);
    expect(conditionOf(first, 'Ready')).toMatchObject({ status: 'Unknown', reason: 'Starting' });
    expect(conditionOf(first, 'Reconciling')).toMatchObject({ reason: 'Starting' });
    const edited = startingStatus(collecting, later);
    expect(conditionOf(edited, 'Ready')).toEqual(conditionOf(collecting, 'Ready'));
    expect(conditionOf(edited, 'Reconciling')).toMatchObject({ reason: 'NewGeneration' });
    expect(edited.ownership).toEqual(later.ownership);
  });
});

it('cycles that do not come make Ready unknown, and leave the rest as it was', () => {
  const overdue = overdueStatus(collecting, later);
  expect(conditionOf(overdue, 'Ready')).toMatchObject({
    status: 'Unknown',
    reason: 'NotCollected',
  });
  expect(overdue.topQueries).toEqual(collecting.topQueries);
  expect(conditionOf(overdue, 'CollectionHealthy')).toEqual(
    conditionOf(collecting, 'CollectionHealthy'),
  );
});

it('the last replica says that nobody collects, and names itself', () => {
  const ended = endedStatus(startingStatus(collecting, later), { ...later, pod: 'dbintel-0' });
  for (const type of ['Ready', 'CollectionHealthy'])
    expect(conditionOf(ended, type)).toMatchObject({
      status: 'Unknown',
      reason: 'CollectorEnded',
      message: expect.stringMatching(/^dbintel-0 was the last replica and ended at 2023-11-14T/),
    });
  expect(conditionOf(ended, 'Reconciling')).toBeUndefined();
});

it('a spec that is not understood is stalled until a person acts', () => {
  const invalid = invalidStatus(
    startingStatus(collecting, later),
    { code: 'invalid_manifest', message: 'x'.repeat(2_000) },
    later,
  );
  for (const [type, status] of [
    ['Ready', 'False'],
    ['Stalled', 'True'],
  ] as const)
    expect(conditionOf(invalid, type)).toMatchObject({ status, reason: 'InvalidManifest' });
  expect(conditionOf(invalid, 'Ready')?.message.length).toBeLessThanOrEqual(480);
  expect(conditionOf(invalid, 'Reconciling')).toBeUndefined();
});
