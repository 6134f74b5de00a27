import { isFinal, isHeld, type LoopState } from '../advice/machine-state.ts';
import { systemClock } from '../base/node/clock.ts';
import { explain } from '../executor/cluster-status.ts';
import type { Recommendation } from '../executor/ports.ts';
import { standingWords } from '../executor/standing.ts';
import { endedBadly, type ProposalPhase } from '../model/proposal.ts';

/**
 * The approval loop without a cluster: a person approves as the user of the machine, and carries
 * the change out with credentials that the collector does not have. What is remembered lies beside
 * the history.
 */
export interface ChangeState {
  id: string;
  contentHash: string;
  phase: ProposalPhase;
  since: number;
  /** Why, in words. */
  why: string;
  approvedBy?: string;
  /** A person has approved it, and it is not over. */
  approved: boolean;
  /** Something of it may be on the server: it is gone on with, or taken back. */
  underWay: boolean;
  /** An approval would have to say that it is meant all the same. */
  needsAgain: boolean;
  /** It cannot be approved any more on what it stands on. */
  expired: boolean;
}

/** `login`: the folder of the role that builds. */
export function changeStateOf(
  { uid, subject, state, approval }: Recommendation,
  login?: string,
): ChangeState {
  const { phase, since, approvedBy } = state;
  const { contentHash, expiresAt } = subject;
  return {
    id: uid,
    contentHash,
    phase,
    since,
    why: whyOf(state, login),
    ...(approvedBy === undefined ? {} : { approvedBy }),
    approved: !isFinal(state) && approval?.contentHash === contentHash && !approval.rejects,
    underWay: isHeld(state),
    needsAgain: endedBadly(state.phase),
    expired: systemClock.now() >= expiresAt,
  };
}

export const whyOf = ({ reason, detail }: LoopState, login: string | undefined): string =>
  reason === 'authentication_failed' && login !== undefined
    ? refusedLogin(login)
    : explain(reason, detail);

export const refusedLogin = (login: string): string =>
  'authentication_failed: the server refused the role that builds; correct username and ' +
  `password in ${login}`;

/** How an earlier round ended. */
export const endedWords = standingWords;
