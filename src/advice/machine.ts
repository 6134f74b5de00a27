import type { IndexSeen } from '../model/index-seen.ts';
import {
  type Failed,
  type Intent,
  isFinal,
  isHeld,
  type LoopCommand,
  type LoopReason,
  type LoopState,
  type Observed,
  type Phase,
  type Refused,
  type Stepped,
  type Subject,
} from './machine-state.ts';

/**
 * What to do next about a recommendation: a pure function of what is remembered and of what is
 * there. Nothing is remembered of the server: the index is as its catalog says. Whoever runs this
 * writes `state` first, on condition that nobody else has written, and only then does `commands`.
 *
 *   Proposed → Approved → (Deferred) → Applying ⇄ Hidden
 *                  ↑          Cleaning ↙  ↓   ↘      ↓
 *                  └────────────┘      Failed Observing → Kept
 *                                                ↓
 *                                           RollingBack → RolledBack
 *
 * A change wants an index to be there, or not to be; taking it back wants the contrary. So both
 * changes are one machine with two directions. Where an index can be hidden, a drop hides it first,
 * and drops it when nobody has missed it: to show it again takes no time, to build it does.
 */
export function step(subject: Subject, state: LoopState, seen: Observed, now: number): Stepped {
  if (isFinal(state)) return stay(state, seen.deleted ? [release] : []);
  if (seen.targetGone) return giveUp(state, seen.targetGone.left, now);
  switch (state.phase) {
    case 'Proposed':
    case 'Withdrawn':
      return waitForApproval(subject, state, seen, now);
    case 'Approved':
    case 'Deferred':
      return begin(subject, state, seen, now);
    case 'Applying':
    case 'Cleaning':
      return pursue(subject, state, seen, now);
    case 'Hidden':
      return watchHidden(subject, state, seen, now);
    case 'Observing':
      return observe(subject, state, seen, now);
    case 'RollingBack':
      return takeBack(subject, state, seen, now);
    default:
      throw new Error(`${state.phase} is final`);
  }
}

/** A build that fails three times fails for a reason that a fourth would meet, too. */
export const mostAttempts = 3;
const firstRetry_ms = 60_000;
const mostRetry_ms = 3_600_000;
/** What cannot be now is looked at again after this. */
const deferral_ms = 300_000;
/** Of a large table; it is cancelled then, and what it has left is removed. */
export const mostBuild_ms = 12 * 3_600_000;
/** An index that is missed is given longer: it would be begun anew. */
const mostRestore_ms = 2 * mostBuild_ms;

/** When what runs has to be over; undefined: nothing was begun. */
export function deadlineOf({ phase, since, intent }: LoopState): number | undefined {
  if (phase === 'Cleaning') return since + mostBuild_ms;
  return intent && intent.at + (phase === 'RollingBack' ? mostRestore_ms : mostBuild_ms);
}

const release: LoopCommand = { kind: 'release' };
const retryAfter = (attempt: number): number =>
  Math.min(mostRetry_ms, firstRetry_ms * 2 ** Math.max(0, attempt - 1));

const stay = (state: LoopState, commands: LoopCommand[] = []): Stepped => ({ state, commands });

/** Why, without a new beginning of the phase. */
const because = (state: LoopState, reason: LoopReason): LoopState =>
  state.reason === reason ? state : { ...withoutDetail(state), reason };
function withoutDetail(state: LoopState): LoopState {
  const { detail: _, ...rest } = state;
  return rest;
}

const enter = (state: LoopState, phase: Phase, reason: LoopReason, now: number): LoopState => ({
  ...withoutDetail(state),
  phase,
  reason,
  since: state.phase === phase ? state.since : now,
});

function end(state: LoopState, phase: Phase, reason: LoopReason, now: number): Stepped {
  const { intent: _, ...rest } = enter(state, phase, reason, now);
  return { state: rest, commands: [release] };
}

/** Nobody knows the server any more: a person has to see to what is left there. */
function giveUp(state: LoopState, left: string, now: number): Stepped {
  const { state: ended, commands } = end(state, 'Gone', 'target_deleted', now);
  return { state: isHeld(state) ? { ...ended, detail: left } : ended, commands };
}

const isApproved = ({ contentHash }: Subject, { approval }: Observed): boolean =>
  approval !== undefined && !approval.rejects && approval.contentHash === contentHash;
const isRejected = ({ contentHash }: Subject, { approval }: Observed): boolean =>
  approval?.rejects === true && approval.contentHash === contentHash;

/** Whether the change itself, or its reversal, ends with an index. */
const wantsIndex = ({ kind }: Subject, direction: 'apply' | 'rollback'): boolean =>
  (kind === 'create-index') === (direction === 'apply');

function waitForApproval(subject: Subject, state: LoopState, seen: Observed, now: number): Stepped {
  if (seen.deleted) return stay(state, [release]);
  if (isRejected(subject, seen)) return end(state, 'Rejected', 'rejected', now);
  if (now >= subject.expiresAt) return end(state, 'Expired', 'expired', now);
  const { approval } = seen;
  if (!isApproved(subject, seen) || !approval)
    return stay(approval ? because(state, 'content_changed') : state);
  const approved = enter(state, 'Approved', 'approved', now);
  return stay({ ...approved, approvedBy: approval.by, attempt: 0, notBefore: 0 });
}

/** Before each attempt: everything that was decided is asked for again. */
function begin(subject: Subject, state: LoopState, seen: Observed, now: number): Stepped {
  if (seen.deleted) return stay(state, [release]);
  if (isRejected(subject, seen)) return end(state, 'Rejected', 'rejected', now);
  if (!isApproved(subject, seen)) return withdraw(state, now);
  if (now >= subject.expiresAt) return end(state, 'Expired', 'expired', now);
  if (now < state.notBefore) return stay(state);
  if (seen.gate.kind === 'closed')
    return defer(state, seen.gate.reason, seen.gate.until ?? now + deferral_ms, now);
  if (seen.preflight?.kind === 'refused') return refuse(state, seen.preflight, now);
  if (!seen.server || !seen.preflight) return stay(state);
  return wantsIndex(subject, 'apply')
    ? beginBuild(state, seen.server, now)
    : beginDrop(subject, state, seen.server, now);
}

/** A replica that stays too far behind. */
const lagging: LoopReason = 'brake_replication_lag';
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
const isPause = (failed: Pick<Failed, 'reason'> | undefined): boolean =>
  failed !== undefined && pauses.has(failed.reason);

const withoutTry = (state: LoopState): LoopState => ({
  ...state,
  attempt: Math.max(0, state.attempt - 1),
});

/** Once for each attempt. To remove what one has left is none. */
const pausing = (state: LoopState, failure: Failed): LoopState =>
  state.phase !== 'Applying' || !state.intent || isPause(state.failure)
    ? state
    : { ...withoutTry(state), failure };

function withdraw(state: LoopState, now: number): Stepped {
  const { intent: _, approvedBy: __, ...rest } = enter(state, 'Withdrawn', 'approval_revoked', now);
  return stay(rest, [release]);
}

const defer = (state: LoopState, reason: LoopReason, until: number, now: number): Stepped =>
  stay({ ...enter(state, 'Deferred', reason, now), notBefore: until });

function refuse(state: LoopState, { reason, detail }: Refused, now: number): Stepped {
  const { state: deferred, commands } = defer(state, reason, now + deferral_ms, now);
  return { state: { ...deferred, ...(detail === undefined ? {} : { detail }) }, commands };
}

function beginBuild(state: LoopState, server: IndexSeen, now: number): Stepped {
  if (server.kind === 'busy') return defer(state, 'locked_by_peer', now + deferral_ms, now);
  if (server.kind === 'absent') return attempt(state, 'Applying', 'build', now);
  // What another attempt left was removed, or is marked: this is somebody else's.
  if (server.whose !== 'ours') return end(state, 'Failed', 'name_taken', now);
  return stay(enter(state, 'Applying', 'under_way', now));
}

function beginDrop({ hides }: Subject, state: LoopState, server: IndexSeen, now: number): Stepped {
  if (server.kind === 'busy') return defer(state, 'locked_by_peer', now + deferral_ms, now);
  if (server.kind === 'absent') return end(state, 'Gone', 'changed_by_hand', now);
  if (server.whose !== 'ours') return end(state, 'Failed', 'definition_changed', now);
  return attempt(state, 'Applying', hides && !server.hidden ? 'hide' : 'drop', now);
}

const attempt = (
  state: LoopState,
  phase: Phase,
  command: Intent['command'],
  now: number,
): Stepped => {
  const { failure: _, ...rest } = enter(state, phase, 'under_way', now);
  return {
    state: { ...rest, attempt: state.attempt + 1, intent: { command, at: now } },
    commands: [{ kind: command }],
  };
};

function pursue(subject: Subject, before: LoopState, seen: Observed, now: number): Stepped {
  const { server, gate, failed } = seen;
  const state = failed && isPause(failed) ? pausing(before, failed) : before;
  if (server?.kind === 'busy') return whileBusy(state, seen, now);
  // What was begun is brought to its end, but under a stop nothing is touched.
  if (gate.kind === 'closed' && gate.stop) return stay(because(state, gate.reason));
  if (!server) return stay(state);
  return wantsIndex(subject, 'apply')
    ? pursueBuild(subject, state, seen, server, now)
    : pursueDrop(subject, state, seen, server, now);
}

/** A build whose approval is taken back goes on: stopping it would leave more than it removes. */
function whileBusy(state: LoopState, { deleted, gate }: Observed, now: number): Stepped {
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

type Looked = Exclude<IndexSeen, { kind: 'busy' }>;

function pursueBuild(
  subject: Subject,
  state: LoopState,
  seen: Observed,
  server: Looked,
  now: number,
): Stepped {
  if (server.kind === 'absent') return afterFailure(subject, state, seen, now);
  if (server.whose === 'foreign') return end(state, 'Failed', 'name_taken', now);
  if (!server.valid && server.resumable && mayResume(subject, state, seen))
    return resume(state, seen, now);
  if (!server.valid)
    return {
      state: enter(noting(state, seen), 'Cleaning', 'removing_invalid', now),
      commands: [{ kind: 'drop' }],
    };
  // A valid index stays when its recommendation is deleted: somebody may count on it.
  if (seen.deleted) return end(state, 'Gone', 'deleted', now);
  if (server.whose === 'unmarked') return stay(because(state, 'under_way'), [{ kind: 'mark' }]);
  return inForce(subject, state, seen, now);
}

const mayResume = (subject: Subject, state: LoopState, seen: Observed): boolean =>
  isApproved(subject, seen) &&
  !seen.deleted &&
  // Each attempt has its time for itself.
  (!seen.failed?.final || seen.failed.reason === 'deadline') &&
  state.attempt < mostAttempts;

/** Of a partitioned table, what is built stays, and the rest is built. */
function resume(state: LoopState, seen: Observed, now: number): Stepped {
  if (now < state.notBefore) return stay(state);
  if (seen.gate.kind === 'closed') return stay(because(state, seen.gate.reason));
  if (seen.preflight?.kind !== 'ok') return stay(because(state, refusalOf(seen) ?? 'retrying'));
  const { state: next, commands } = attempt(state, 'Applying', 'build', now);
  return { state: { ...next, notBefore: now + retryAfter(next.attempt) }, commands };
}

const refusalOf = ({ preflight }: Observed): LoopReason | undefined =>
  preflight?.kind === 'refused' ? preflight.reason : undefined;

/** Why it failed outlives the removal of what it left, and whatever that meets. */
const noting = (state: LoopState, { failed }: Observed): LoopState =>
  !failed || (state.phase === 'Cleaning' && (state.failure || isPause(failed)))
    ? state
    : { ...state, failure: failed };

function afterFailure(subject: Subject, before: LoopState, seen: Observed, now: number): Stepped {
  const { failure, intent: _, ...state } = noting(before, seen);
  const reason = failure?.reason ?? 'retrying';
  if (seen.deleted) return end(state, 'Gone', 'deleted', now);
  if (!isApproved(subject, seen)) return withdraw(state, now);
  // What else ended it says itself when it is over.
  if (isPause(failure))
    return defer(state, reason, reason === lagging ? now + deferral_ms : 0, now);
  if (failure?.final) return end(state, 'Failed', reason, now);
  if (state.attempt >= mostAttempts)
    return end(state, 'Failed', failure ? reason : 'attempts_used_up', now);
  const approved = enter(state, 'Approved', reason, now);
  return stay({ ...approved, notBefore: now + retryAfter(state.attempt) });
}

function pursueDrop(
  subject: Subject,
  state: LoopState,
  seen: Observed,
  server: Looked,
  now: number,
): Stepped {
  if (server.kind === 'absent') {
    if (seen.deleted) return end(state, 'Gone', 'deleted', now);
    return inForce(subject, state, seen, now);
  }
  if (server.whose !== 'ours') return end(state, 'Failed', 'definition_changed', now);
  if (state.intent?.command === 'hide' && server.hidden) return hidden(subject, state, seen, now);
  if (state.unmissed) return dropRefused(subject, state, seen, server, now);
  if (server.valid) return afterFailure(subject, state, seen, now);
  // Half a drop: no plan uses it any more, and there is only one way on.
  if (!isApproved(subject, seen) && !seen.deleted)
    return stay(turn(state, 'approval_revoked', now));
  return again(state, 'Applying', 'drop', now);
}

function hidden(subject: Subject, state: LoopState, seen: Observed, now: number): Stepped {
  if (seen.deleted) return stay(turn(state, 'deleted', now));
  if (!isApproved(subject, seen)) return stay(turn(state, 'approval_revoked', now));
  const { intent: _, failure: __, ...rest } = enter(state, 'Hidden', 'hidden', now);
  return stay({ ...rest, appliedAt: now, attempt: 0, notBefore: 0 });
}

/** Whoever shows it again has missed it; so has a statement that got slower. */
function watchHidden(subject: Subject, state: LoopState, seen: Observed, now: number): Stepped {
  const { server, gate, verdict, preflight } = seen;
  if ((gate.kind === 'closed' && gate.stop) || !server || server.kind === 'busy')
    return stay(state);
  if (server.kind === 'absent' || server.whose !== 'ours' || !server.hidden)
    return end(state, 'Gone', 'changed_by_hand', now);
  if (seen.deleted) return stay(turn(state, 'deleted', now));
  if (!isApproved(subject, seen)) return stay(turn(state, 'approval_revoked', now));
  if (verdict?.kind === 'regression') return stay(turn(state, verdict.reason, now));
  if (gate.kind === 'closed' || now < state.notBefore) return stay(state);
  if (!state.unmissed && !verdict) return stay(state);
  if (preflight?.kind !== 'ok') return stay(because(state, refusalOf(seen) ?? state.reason));
  return attempt({ ...state, unmissed: true }, 'Applying', 'drop', now);
}

/** It stays hidden until the next attempt, and is shown again after the last. */
function dropRefused(
  subject: Subject,
  before: LoopState,
  seen: Observed,
  server: Extract<Looked, { kind: 'present' }>,
  now: number,
): Stepped {
  if (!server.hidden) return end(before, 'Gone', 'changed_by_hand', now);
  const { failure, intent: _, ...state } = noting(before, seen);
  if (seen.deleted) return stay(turn(state, 'deleted', now));
  if (!isApproved(subject, seen)) return stay(turn(state, 'approval_revoked', now));
  const reason = failure?.reason ?? 'retrying';
  if (failure?.final || state.attempt >= mostAttempts) return stay(turn(state, reason, now));
  const next = enter(state, 'Hidden', reason, now);
  return stay({ ...next, notBefore: now + retryAfter(state.attempt) });
}

function inForce(subject: Subject, state: LoopState, seen: Observed, now: number): Stepped {
  if (!isApproved(subject, seen)) return stay(turn(state, 'approval_revoked', now));
  const { intent: _, failure: __, ...rest } = enter(state, 'Observing', 'collecting_evidence', now);
  return stay({ ...rest, appliedAt: now, notBefore: 0 });
}

const turn = (state: LoopState, reason: LoopReason, now: number): LoopState => {
  const { intent: _, unmissed: __, ...rest } = enter(state, 'RollingBack', reason, now);
  return { ...rest, attempt: 0, notBefore: 0 };
};

function observe(subject: Subject, state: LoopState, seen: Observed, now: number): Stepped {
  const { server, gate, verdict } = seen;
  if (seen.deleted) return end(state, 'Gone', 'deleted', now);
  if (gate.kind === 'closed' || !server || server.kind === 'busy') return stay(state);
  const there = server.kind === 'present' && server.whose === 'ours';
  if (wantsIndex(subject, 'apply') !== there && (server.kind === 'absent' || there))
    return end(state, 'Gone', 'changed_by_hand', now);
  if (server.kind === 'present' && !there) return end(state, 'Gone', 'changed_by_hand', now);
  if (server.kind === 'present' && !server.valid) return stay(turn(state, 'index_invalid', now));
  if (!isApproved(subject, seen)) return stay(turn(state, 'approval_revoked', now));
  if (!verdict) return stay(state);
  if (verdict.kind === 'regression' && subject.autoRollback)
    return stay(turn(state, verdict.reason, now));
  const reason = verdict.kind === 'improved' ? 'improved' : verdict.reason;
  return end(state, 'Kept', reason, now);
}

function takeBack(subject: Subject, before: LoopState, seen: Observed, now: number): Stepped {
  const { server, gate, failed } = seen;
  const state = isPause(failed) ? { ...withoutTry(before), notBefore: 0 } : before;
  // Why it is taken back is what it ends with.
  if (server?.kind === 'busy')
    return stay(state, whileBusy(state, { ...seen, deleted: false }, now).commands);
  if (gate.kind === 'closed' && (gate.stop || !isHalfDone(server))) return stay(state);
  if (!server) return stay(state);
  return wantsIndex(subject, 'rollback') ? restore(state, server, now) : remove(state, server, now);
}

/** Every write may pay for it, and no plan uses it. */
const isHalfDone = (server: IndexSeen | undefined): boolean =>
  server?.kind === 'present' && (!server.valid || server.hidden === true);

/** Only what has our mark is ever dropped: anything else is somebody's. */
function remove(state: LoopState, server: Looked, now: number): Stepped {
  if (server.kind === 'absent') return end(state, 'RolledBack', state.reason, now);
  if (server.whose !== 'ours') return end(state, 'Gone', 'changed_by_hand', now);
  return again(state, 'RollingBack', 'drop', now);
}

function restore(state: LoopState, server: Looked, now: number): Stepped {
  if (server.kind === 'absent') return again(state, 'RollingBack', 'build', now);
  if (server.whose !== 'ours') return end(state, 'Failed', 'name_taken', now);
  if (server.hidden) return again(state, 'RollingBack', 'show', now);
  if (server.valid) return end(state, 'RolledBack', state.reason, now);
  return again(state, 'RollingBack', 'drop', now);
}

/** However often it takes, further and further apart: it must not stay as it is. */
const again = (state: LoopState, phase: Phase, command: Intent['command'], now: number): Stepped =>
  now < state.notBefore
    ? stay(state)
    : {
        state: {
          ...enter(state, phase, state.reason, now),
          attempt: state.attempt + 1,
          notBefore: now + retryAfter(state.attempt + 1),
          intent: { command, at: now },
        },
        commands: [{ kind: command }],
      };
