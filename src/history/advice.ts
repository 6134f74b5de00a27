import type { Plan } from '../model/plan.ts';
import type { AdviceRun, ProposalPhase, ProposalState, StoredProposal } from '../model/proposal.ts';

/**
 * What history keeps of advice: each run with what it could not do, each proposal with where it is
 * on its way, and the plans that statements would have. No value of a column, no literal.
 */
export interface AdviceQuestions {
  /** Of one target, newest first. */
  adviceRuns(of: { target: string; limit: number }): Promise<StoredRun[]>;
  /** What saves most first; of one target or of all, in some phases or in any. */
  proposals(filter: ProposalFilter): Promise<StoredProposal[]>;
  proposal(id: string): Promise<StoredProposal | undefined>;
  /** The plan that a statement would have. */
  proposedPlan(of: { proposal: string; fingerprint: string }): Promise<Plan | undefined>;
}

export interface AdviceWriter {
  /**
   * All or nothing. What nobody has decided on is as this run says: proposed, or taken back. What
   * somebody has decided on stays where it is, what is over with new evidence; and so does what is
   * of a database that the run did not see (`unseenDatabases`).
   */
  recordAdvice(made: MadeAdvice): Promise<void>;
  /** False: there is no such proposal, or it is not in one of `from` any more. */
  moveProposal(state: ProposalState, from: readonly ProposalPhase[]): Promise<boolean>;
}

/** With the ids of its proposals. */
export interface StoredRun extends Omit<AdviceRun, 'proposals'> {
  proposals: string[];
}

export interface ProposalFilter {
  /** Uid. */
  target?: string;
  /** Of these, by uid; what is kept of one that is gone is left out by it. */
  targets?: readonly string[];
  phases?: readonly ProposalPhase[];
  limit: number;
}

export interface MadeAdvice {
  run: AdviceRun;
  plans: readonly ProposedPlan[];
}

export interface ProposedPlan {
  /** Id of the proposal. */
  proposal: string;
  fingerprint: string;
  plan: Plan;
}

/** Of which a run says nothing: what an earlier one advised there is neither confirmed nor gone. */
export const unseenDatabases = ({ unseen = [] }: Pick<AdviceRun, 'unseen'>): string[] => [
  ...new Set(
    unseen.flatMap((each) =>
      each.kind === 'plans' || each.kind === 'indexes' ? [each.database] : [],
    ),
  ),
];

/** What a run that does not make it any more says of a proposal that nobody decided on. */
export const takenBack = 'the latest run does not advise it any more';
