import { begin, waitForApproval } from './machine-begin.ts';
import { end, release, stay, wantsIndex } from './machine-moves.ts';
import { pursue } from './machine-pursue.ts';
import {
  isFinal,
  isHeld,
  type LoopState,
  type Observed,
  type Stepped,
  type Subject,
} from './machine-state.ts';
import { takeBack } from './machine-take-back.ts';
import { observe, watchHidden } from './machine-watch.ts';

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
  if (seen.moved && isHeld(state)) return follow(subject, state, seen, seen.moved, now);
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

/**
 * Its target names another server, or the same by another name: what is there decides. Nothing is
 * built, dropped or called done on a server on which nothing was begun.
 */
function follow(
  subject: Subject,
  state: LoopState,
  { server }: Observed,
  { to, left }: { to: string; left: string },
  now: number,
): Stepped {
  if (!server || server.kind === 'busy') return stay(state);
  const ours = server.kind === 'present' && server.whose === 'ours';
  const isSame =
    state.phase === 'Observing' && !wantsIndex(subject, 'apply')
      ? server.kind === 'absent'
      : ours && (subject.kind === 'create-index' || server.hidden === true);
  if (isSame) return stay({ ...state, server: to });
  const { state: ended, commands } = end(state, 'Gone', 'server_changed', now);
  return { state: { ...ended, detail: left }, commands };
}

/** Nobody knows the server any more: a person has to see to what is left there. */
function giveUp(state: LoopState, left: string, now: number): Stepped {
  const { state: ended, commands } = end(state, 'Gone', 'target_deleted', now);
  return { state: isHeld(state) ? { ...ended, detail: left } : ended, commands };
}
