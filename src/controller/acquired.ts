import type { DatabaseTargetStatus } from '../resources/kinds/database-target/status.ts';
import type { Ownership } from '../targets/target-store.ts';

/** What a process knows of a target when it has become its owner. Pure. */
export interface Acquired {
  ownership: Ownership;
  status?: DatabaseTargetStatus;
  /** The status may tell of plans that another process has in its history. */
  inherited?: boolean;
}

/** Of a target that is ours: it outlives a change of the spec. */
export interface Owned {
  ownership: Ownership;
  status: DatabaseTargetStatus | undefined;
  /** What its former owner knew. */
  inherited: Counts | undefined;
}

export interface Counts {
  plans: number;
  openFindings: number;
  /** Of the open ones. */
  critical?: number;
  warning?: number;
}

/**
 * Under the same epoch nobody else has written in between: what is known here is fresher than what
 * was read.
 */
export function remember(
  before: Owned | undefined,
  { ownership, status, inherited }: Acquired,
): Owned {
  if (before?.status && before.ownership.epoch === ownership.epoch) return before;
  return {
    ownership,
    status,
    inherited: inherited
      ? { plans: status?.plans ?? 0, openFindings: status?.findings ?? 0, ...status?.severities }
      : undefined,
  };
}

/**
 * History is each replica's own: until it knows as much as its predecessor did, the predecessor's
 * figures stand.
 */
export const countsToTell = (own: Counts, { inherited }: Owned): Counts =>
  inherited && own.plans < inherited.plans ? inherited : own;
