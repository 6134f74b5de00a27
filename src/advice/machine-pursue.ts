import { isPause, lagging, noting, pausing, whileBusy } from './machine-ends.ts';
import {
  again,
  attempt,
  because,
  defer,
  deferral_ms,
  end,
  enter,
  isApproved,
  type Looked,
  mostAttempts,
  refusalOf,
  retryAfter,
  stay,
  turn,
  wantsIndex,
  withdraw,
} from './machine-moves.ts';
import type { LoopState, Observed, Stepped, Subject } from './machine-state.ts';

/** What was begun is brought to its end, or removed. Pure. */

export function pursue(subject: Subject, before: LoopState, seen: Observed, now: number): Stepped {
  const { server, gate, failed } = seen;
  const state = failed && isPause(failed) ? pausing(before, failed) : before;
  if (server?.kind === 'busy') return whileBusy(noting(state, seen), seen, now);
  // What was begun is brought to its end, but under a stop nothing is touched.
  if (gate.kind === 'closed' && gate.stop) return stay(because(state, gate.reason));
  if (!server) return stay(state);
  return wantsIndex(subject, 'apply')
    ? pursueBuild(subject, state, seen, server, now)
    : pursueDrop(subject, state, seen, server, now);
}

function pursueBuild(
  subject: Subject,
  state: LoopState,
  seen: Observed,
  server: Looked,
  now: number,
): Stepped {
  if (server.kind === 'absent') return afterFailure(subject, state, seen, now);
  // What was there before ours could be begun is somebody's, though it be as ours would be.
  const wasThere = server.whose === 'unmarked' && seen.failed?.reason === 'name_taken';
  if (server.whose === 'foreign' || wasThere) return end(state, 'Failed', 'name_taken', now);
  if (!server.valid && server.resumable && mayResume(subject, state, seen))
    return resume(state, seen, now);
  if (!server.valid)
    return {
      state: enter(noting(state, seen), 'Cleaning', 'removing_invalid', now),
      commands: [{ kind: 'drop' }],
    };
  // A valid index stays when its recommendation is deleted: somebody may count on it.
  if (seen.deleted) return end(state, 'Gone', 'deleted', now);
  if (server.whose === 'unmarked')
    return stay(telling(because(state, 'under_way'), seen), [{ kind: 'mark' }]);
  return inForce(subject, state, seen, now);
}

/** It is there, and is not ours to take back before it has our mark: a person has to see to it. */
const telling = (state: LoopState, { failed }: Observed): LoopState =>
  failed ? { ...state, detail: `it is built, to mark it failed: ${failed.reason}` } : state;

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
