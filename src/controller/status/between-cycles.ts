import { codes } from '../../base/codes.ts';
import type { AppError } from '../../base/errors.ts';
import { formatTime } from '../../base/quantity.ts';
import {
  type Condition,
  removeCondition,
  setCondition,
  type Verdict,
} from '../../resources/conditions.ts';
import type { DatabaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import type { Ownership } from '../../targets/target-store.ts';
import { cut, messageLimit, toReason } from './words.ts';

/** What a status says when no cycle has: at the beginning, when none comes, at the end. Pure. */

interface Facts {
  target: { generation: number };
  ownership: Ownership;
  now: number;
}

const stamped = (
  previous: DatabaseTargetStatus | undefined,
  conditions: Condition[],
  { target, ownership, now }: Facts,
): DatabaseTargetStatus => ({
  ...previous,
  observedGeneration: target.generation,
  ownership,
  conditions,
  updatedAt: formatTime(now),
});

/** Whether the target has a status that speaks of its present spec and owner. */
export const startingChanges = (
  previous: DatabaseTargetStatus | undefined,
  { generation }: { generation: number },
): boolean => previous?.observedGeneration !== generation || !previous.conditions?.length;

/** Owned, and its first cycle (of this spec) still to come. */
export function startingStatus(
  previous: DatabaseTargetStatus | undefined,
  { ownership, now }: Omit<Facts, 'target'>,
): DatabaseTargetStatus {
  const why = {
    status: 'True' as const,
    reason: previous?.conditions?.length ? 'NewGeneration' : 'Starting',
    message: 'The first cycle of this spec is about to run',
  };
  let list: Condition[] = previous?.conditions ?? [];
  if (!list.some(({ type }) => type === 'Ready'))
    list = setCondition(
      list,
      'Ready',
      { status: 'Unknown', reason: 'Starting', message: 'No cycle has run yet' },
      now,
    );
  return {
    ...previous,
    ownership,
    conditions: setCondition(list, 'Reconciling', why, now),
    updatedAt: formatTime(now),
  };
}

/** It waits for others on its server; one of them, with why its latest cycle came to nothing. */
export interface Queue {
  address: string;
  failed?: { label: string; message: string } | undefined;
}

const wordsOf = ({ address, failed }: Queue): string =>
  `It waits for its turn at ${address}, where targets go one after the other${
    failed
      ? `, and cycles fail. ${failed.label}: ${failed.message}`
      : '. Lengthen their intervals, or have fewer of them.'
  }`;

/** Owned, but its cycles do not come: neither well nor ill, unknown. */
export function overdueStatus(
  previous: DatabaseTargetStatus | undefined,
  facts: Facts,
  queue?: Queue,
): DatabaseTargetStatus {
  const { meaning, remedy } = codes.not_collected;
  const verdict: Verdict = {
    status: 'Unknown',
    reason: toReason('not_collected'),
    message: cut(`${meaning} ${queue ? wordsOf(queue) : remedy}`, messageLimit),
  };
  return stamped(
    previous,
    setCondition(previous?.conditions ?? [], 'Ready', verdict, facts.now),
    facts,
  );
}

/**
 * The last program that could collect has ended: what the status knows stays, that somebody
 * collects does not.
 */
export function endedStatus(
  previous: DatabaseTargetStatus | undefined,
  facts: Facts & { pod: string },
): DatabaseTargetStatus {
  const { pod, now } = facts;
  const ended = `${pod} was the last replica and ended at ${formatTime(now).slice(0, 19)}Z`;
  const message = `${ended}; nobody collects until one runs again`;
  const verdict: Verdict = { status: 'Unknown', reason: 'CollectorEnded', message };
  let list = removeCondition(previous?.conditions ?? [], 'Reconciling');
  for (const type of ['Ready', 'CollectionHealthy'] as const)
    list = setCondition(list, type, verdict, now);
  return stamped(previous, list, facts);
}

/**
 * The spec is none that this version understands, or the resource is being deleted: a person must
 * act, and nothing is collected meanwhile.
 */
export function invalidStatus(
  previous: DatabaseTargetStatus | undefined,
  { code, message }: Pick<AppError, 'code' | 'message'>,
  facts: Facts,
): DatabaseTargetStatus {
  const why = { reason: toReason(code), message: cut(message, messageLimit) };
  const { now } = facts;
  let list = removeCondition(previous?.conditions ?? [], 'Reconciling');
  list = setCondition(list, 'Ready', { status: 'False', ...why }, now);
  list = setCondition(list, 'Stalled', { status: 'True', ...why }, now);
  return stamped(previous, list, facts);
}
