import type { Condition } from '../../resources/conditions.ts';
import type { DatabaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import type { TargetEvent } from '../../targets/target-store.ts';
import { toReason } from './words.ts';

/**
 * What changed between two statuses that a person wants to find among the events. Transitions only,
 * never figures. Pure.
 */
export function statusEvents(
  before: DatabaseTargetStatus | undefined,
  after: DatabaseTargetStatus,
): TargetEvent[] {
  return [...circuit(before, after), ...readiness(before, after), ...prerequisites(before, after)];
}

const find = (status: DatabaseTargetStatus | undefined, type: string): Condition | undefined =>
  status?.conditions?.find((each) => each.type === type);

function circuit(
  before: DatabaseTargetStatus | undefined,
  after: DatabaseTargetStatus,
): TargetEvent[] {
  const [was, is] = [before?.safety?.circuit ?? 'closed', after.safety?.circuit ?? 'closed'];
  if (was !== 'open' && is === 'open')
    return [
      {
        type: 'Warning',
        reason: 'CircuitOpened',
        message: find(after, 'CollectionHealthy')?.message || 'Several cycles in a row failed',
      },
    ];
  return was !== 'closed' && is === 'closed'
    ? [
        {
          type: 'Normal',
          reason: 'CircuitClosed',
          message: 'Circuit breaker closed; cycles run again',
        },
      ]
    : [];
}

/** Somebody's wish, or a turn that comes by itself. */
const noFault = new Set(
  (['emergency_stop', 'suspended', 'blackout', 'locked_by_peer'] as const).map(toReason),
);

function readiness(
  before: DatabaseTargetStatus | undefined,
  after: DatabaseTargetStatus,
): TargetEvent[] {
  const [was, is] = [find(before, 'Ready'), find(after, 'Ready')];
  if (!is || (was?.status === is.status && was.reason === is.reason) || is.reason === 'Starting')
    return [];
  if (is.reason === 'CircuitOpen') return []; // told as CircuitOpened
  return [
    {
      type: is.status === 'True' || noFault.has(is.reason) ? 'Normal' : 'Warning',
      reason: is.reason,
      message: is.message,
    },
  ];
}

function prerequisites(
  before: DatabaseTargetStatus | undefined,
  after: DatabaseTargetStatus,
): TargetEvent[] {
  const [was, is] = [find(before, 'PrerequisitesMet'), find(after, 'PrerequisitesMet')];
  if (!is || was?.status === is.status || is.status === 'Unknown') return [];
  if (is.status === 'False')
    return [{ type: 'Warning', reason: 'PrerequisiteMissing', message: is.message }];
  return was?.status === 'False'
    ? [{ type: 'Normal', reason: 'PrerequisitesMet', message: 'All prerequisites are met' }]
    : [];
}
