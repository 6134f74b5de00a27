import {
  attempt,
  because,
  end,
  isApproved,
  mayTakeBack,
  refusalOf,
  stay,
  turn,
  wantsIndex,
} from './machine-moves.ts';
import type { LoopState, Observed, Stepped, Subject } from './machine-state.ts';

/** In force, or hidden: until its effect is known. Pure. */

/** Whoever shows it again has missed it; so has a statement that got slower. */
export function watchHidden(
  subject: Subject,
  state: LoopState,
  seen: Observed,
  now: number,
): Stepped {
  const { server, gate, verdict, preflight } = seen;
  if ((gate.kind === 'closed' && gate.stop) || !server || server.kind === 'busy')
    return stay(state);
  if (server.kind === 'absent' || server.whose !== 'ours') return lost(state, now);
  if (!server.hidden) return end(state, 'Gone', 'changed_by_hand', now);
  if (seen.deleted) return stay(turn(state, 'deleted', now));
  if (!isApproved(subject, seen)) return stay(turn(state, 'approval_revoked', now));
  if (verdict?.kind === 'regression') return stay(turn(state, verdict.reason, now));
  const refusal = refusalOf(seen);
  if (refusal === 'index_hinted' || refusal === 'cover_gone')
    return stay(turn(state, refusal, now));
  if (gate.kind === 'closed' || now < state.notBefore) return stay(state);
  if (!state.unmissed && !verdict) return stay(state);
  // Who names it in a hint has failed since it is hidden; to drop it is no more than that.
  if (preflight?.kind !== 'ok' && refusal !== 'hints_cut')
    return stay(because(state, refusal ?? state.reason));
  return attempt({ ...state, unmissed: true }, 'Applying', 'drop', now);
}

/** It goes with its table, whatever that is called now. */
function lost(before: LoopState, now: number): Stepped {
  const { state, commands } = end(before, 'Gone', 'changed_by_hand', now);
  const detail = 'where its table or itself was renamed, it is still hidden there';
  return { state: { ...state, detail }, commands };
}

export function observe(subject: Subject, state: LoopState, seen: Observed, now: number): Stepped {
  const { server, verdict } = seen;
  if (seen.deleted) return end(state, 'Gone', 'deleted', now);
  if (!mayTakeBack(subject, seen) || !server || server.kind === 'busy') return stay(state);
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
