import type { IndexSeen } from '../model/index-seen.ts';
import {
  attempt,
  because,
  defer,
  deferral_ms,
  end,
  enter,
  isApproved,
  isRejected,
  release,
  stay,
  wantsIndex,
  withdraw,
} from './machine-moves.ts';
import type { LoopState, Observed, Refused, Stepped, Subject } from './machine-state.ts';

/** Until a change is begun: who approved it, and whether it may be now. Pure. */

export function waitForApproval(
  subject: Subject,
  state: LoopState,
  seen: Observed,
  now: number,
): Stepped {
  if (seen.deleted) return stay(state, [release]);
  if (isRejected(subject, seen)) return end(state, 'Rejected', 'rejected', now);
  if (now >= subject.expiresAt) return end(state, 'Expired', 'expired', now);
  const { approval } = seen;
  if (!isApproved(subject, seen) || !approval)
    return stay(approval ? because(state, 'content_changed') : state);
  if (seen.moved) return stay(because(state, 'server_changed'));
  const approved = enter(state, 'Approved', 'approved', now);
  return stay({ ...approved, approvedBy: approval.by, attempt: 0, notBefore: 0 });
}

/** Before each attempt: everything that was decided is asked for again. */
export function begin(subject: Subject, state: LoopState, seen: Observed, now: number): Stepped {
  if (seen.deleted) return stay(state, [release]);
  if (isRejected(subject, seen)) return end(state, 'Rejected', 'rejected', now);
  if (!isApproved(subject, seen)) return withdraw(state, now);
  if (now >= subject.expiresAt) return end(state, 'Expired', 'expired', now);
  if (now < state.notBefore) return stay(state);
  if (seen.gate.kind === 'closed')
    return defer(state, seen.gate.reason, seen.gate.until ?? now + deferral_ms, now);
  if (seen.preflight?.kind === 'refused') return refuse(state, seen.preflight, now);
  if (!seen.server || !seen.preflight) return stay(state);
  const approved = approvedNow(state, seen);
  return wantsIndex(subject, 'apply')
    ? beginBuild(approved, seen.server, now)
    : beginDrop(subject, approved, seen.server, now);
}

/** Who approved it first may have taken that back, and another said so since. */
const approvedNow = (state: LoopState, { approval }: Observed): LoopState =>
  approval && approval.by !== state.approvedBy ? { ...state, approvedBy: approval.by } : state;

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
