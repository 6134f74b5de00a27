import { isFinal, isHeld, type LoopState } from '../advice/machine-state.ts';
import { formatTime } from '../base/quantity.ts';
import { endedBadly } from '../model/proposal.ts';
import { explain } from './cluster-status.ts';

/** Where a change stands, and whether a person may decide on it from there. Pure. */
export interface Standing {
  id: string;
  state: LoopState;
  expiresAt: number;
  /** The latest run does not advise it any more. */
  superseded: boolean;
}

export interface Decision {
  decision: 'Approve' | 'Reject';
  /** It is meant although it came to a bad end before. */
  again: boolean;
}

const minute = (at: number): string => `${formatTime(at).slice(0, 16).replace('T', ' ')} UTC`;

/** `RolledBack since 2026-03-01 10:00 UTC: something got slower`. */
export const standingWords = ({ phase, since, reason, detail }: LoopState): string =>
  `${phase} since ${minute(since)}: ${explain(reason, detail)}`;

/** Approving it begins a round of its own. */
export const mayBeginAnew = ({ phase }: Pick<LoopState, 'phase'>): boolean =>
  isFinal({ phase }) && phase !== 'Kept';

/** In words, with what to do instead; undefined: nothing is against it. */
export function againstDecision(
  { id, state, expiresAt, superseded }: Standing,
  { decision, again }: Decision,
  now: number,
): string | undefined {
  const stands = `${id} is ${standingWords(state)}`;
  if (state.phase === 'Kept' || isHeld(state))
    return `${stands}; \`dbintel apply\` goes on with it, \`dbintel rollback\` takes it back`;
  if (decision === 'Reject')
    return isFinal(state) ? `${stands}; there is nothing left to reject` : undefined;
  if (superseded)
    return `${id}: the latest run does not advise it any more; \`dbintel advise\` says what is`;
  if (now >= expiresAt)
    return (
      `${id}: what it stands on has expired on ${minute(expiresAt)}; run \`dbintel advise\` on ` +
      'its target anew'
    );
  return endedBadly(state.phase) && !again
    ? `${stands}; if it is meant all the same, say so with --again`
    : undefined;
}
