import { because, deadlineOf, stay } from './machine-moves.ts';
import type {
  Failed,
  LoopCommand,
  LoopReason,
  LoopState,
  Observed,
  Stepped,
} from './machine-state.ts';

/**
 * What ends a change that is under way, and what that counts: a pause uses none of its tries. Pure.
 */

/** A replica that stays too far behind. */
export const lagging: LoopReason = 'brake_replication_lag';

/**
 * What ends a change that is no failure of it: it waits, and none of its tries is used. A stop, of
 * whatever it is made; the executor's own end; a replica.
 */
const pauses: ReadonlySet<LoopReason> = new Set([
  lagging,
  'emergency_stop',
  'suspended',
  'cluster_failed',
  'target_deleted',
  'program_ending',
]);

export const isPause = (failed: Pick<Failed, 'reason'> | undefined): boolean =>
  failed !== undefined && pauses.has(failed.reason);

export const withoutTry = (state: LoopState): LoopState => ({
  ...state,
  attempt: Math.max(0, state.attempt - 1),
});

/** Once for each attempt. To remove what one has left is none. */
export const pausing = (state: LoopState, failure: Failed): LoopState =>
  state.phase !== 'Applying' || !state.intent || isPause(state.failure)
    ? state
    : { ...withoutTry(state), failure };

/** Why it failed outlives the removal of what it left, and whatever that meets. */
export const noting = (state: LoopState, { failed }: Observed): LoopState =>
  !failed || (state.phase === 'Cleaning' && (state.failure || isPause(failed)))
    ? state
    : { ...state, failure: failed };

/** A build whose approval is taken back goes on: stopping it would leave more than it removes. */
export function whileBusy(state: LoopState, { deleted, gate }: Observed, now: number): Stepped {
  const cancel: LoopCommand[] = [{ kind: 'cancel' }];
  if (gate.kind === 'closed' && (gate.stop || (gate.reason === lagging && isBuilding(state)))) {
    // Who began it is gone, so that nobody else will say why it ended.
    const { reason } = gate;
    return stay(because(pausing(state, { reason, final: false }), reason), cancel);
  }
  if (deleted) return stay(because(state, 'deleted'), cancel);
  const late = now >= (deadlineOf(state) ?? Number.POSITIVE_INFINITY);
  return late
    ? stay(because(tooLate(state), 'deadline'), cancel)
    : stay(because(state, 'under_way'));
}

/** A replica that falls behind comes before a build; bringing back what is missed comes first. */
const isBuilding = ({ phase, intent }: LoopState): boolean =>
  phase === 'Applying' && intent?.command === 'build';

const tooLate = (state: LoopState): LoopState =>
  state.phase !== 'Applying' || state.failure?.reason === 'deadline'
    ? state
    : { ...state, failure: { reason: 'deadline', final: true } };
