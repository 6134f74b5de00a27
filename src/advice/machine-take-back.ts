import type { IndexSeen } from '../model/index-seen.ts';
import { isPause, whileBusy, withoutTry } from './machine-ends.ts';
import { again, end, type Looked, mayTakeBack, stay, wantsIndex } from './machine-moves.ts';
import type { Failed, LoopState, Observed, Stepped, Subject } from './machine-state.ts';

/** It is taken back: what it made goes, what it dropped is there again. Pure. */

export function takeBack(
  subject: Subject,
  before: LoopState,
  seen: Observed,
  now: number,
): Stepped {
  const { server, gate, failed } = seen;
  const state = isPause(failed) ? { ...withoutTry(before), notBefore: 0 } : telling(before, failed);
  // Why it is taken back is what it ends with.
  if (server?.kind === 'busy')
    return stay(state, whileBusy(state, { ...seen, deleted: false }, now).commands);
  if (gate.kind === 'closed' && gate.stop) return stay(state);
  if (!mayTakeBack(subject, seen) && !isHalfDone(server)) return stay(state);
  if (!server) return stay(state);
  return wantsIndex(subject, 'rollback')
    ? restore(state, seen, server, now)
    : remove(state, server, now);
}

/** Why it was begun stays, and why it is not over yet is told beside it. */
const telling = (state: LoopState, failed: Failed | undefined): LoopState =>
  failed ? { ...state, detail: `to take it back failed: ${failed.reason}` } : state;

/** Every write may pay for it, and no plan uses it. */
const isHalfDone = (server: IndexSeen | undefined): boolean =>
  server?.kind === 'present' && (!server.valid || server.hidden === true);

/** Only what has our mark is ever dropped: anything else is somebody's. */
function remove(state: LoopState, server: Looked, now: number): Stepped {
  if (server.kind === 'absent')
    return state.intent ? end(state, 'RolledBack', state.reason, now) : lost(state, now);
  if (server.whose !== 'ours') return end(state, 'Gone', 'changed_by_hand', now);
  return again(state, 'RollingBack', 'drop', now);
}

/** Nothing of ours has dropped it: somebody has, or it has another name, or its table has. */
function lost(before: LoopState, now: number): Stepped {
  const { state, commands } = end(before, 'Gone', 'changed_by_hand', now);
  const detail = 'where its table or itself was renamed or moved, it is still there';
  return { state: { ...state, detail }, commands };
}

function restore(state: LoopState, { failed }: Observed, server: Looked, now: number): Stepped {
  // Nobody misses an index of what is not there any more.
  const lacks = failed?.reason;
  if (server.kind === 'absent' && (lacks === 'table_missing' || lacks === 'column_missing'))
    return end(state, 'Gone', lacks, now);
  if (server.kind === 'absent') return again(state, 'RollingBack', 'build', now);
  if (server.whose !== 'ours') return end(state, 'Failed', 'name_taken', now);
  if (server.hidden) return again(state, 'RollingBack', 'show', now);
  if (server.valid) return end(state, 'RolledBack', state.reason, now);
  return again(state, 'RollingBack', 'drop', now);
}
