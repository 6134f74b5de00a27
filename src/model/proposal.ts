import type { Code } from '../base/codes.ts';
import type { EngineName } from './engine-name.ts';
import type { Confidence, IndexDef } from './index-def.ts';

/**
 * What is advised for a target: the product of one run, kept in the history, shown by commands,
 * API, pages and resources, and built only after a person has approved its `contentHash`. Plain
 * data; no text with a literal, no value of a column. Times: milliseconds since the epoch.
 */
export interface Proposal {
  /** `adv-` and the first 12 digits of `contentHash`: the same advice has the same id. */
  id: string;
  /** `sha256:…` of target uid, engine and `change`: exactly what an approval is for. */
  contentHash: string;
  target: { uid: string; name: string; namespace?: string };
  engine: EngineName;
  database: string;
  /** Which its target named when it was made: `host:port`; absent: of an older version. */
  server?: string;
  madeAt: number;
  expiresAt: number;
  change: Change;
  /** What the change is as SQL, and what takes it back; made by the engine from `change` alone. */
  apply: string[];
  rollback: string[];
  /** One sentence: what it is for. */
  reason: string;
  evidence: Evidence;
}

/** A closed set of changes, as data: never free SQL. */
export type Change =
  /** Of a partitioned table: the index of each partition that has rows. */
  | { kind: 'create-index'; name: string; index: IndexDef; partitions?: PartitionIndex[] }
  /** `index` restores it. */
  | { kind: 'drop-index'; name: string; index: IndexDef; because: DropReason }
  | { kind: 'create-statistics'; name: string; schema: string; table: string; columns: string[] }
  | { kind: 'analyze'; schema: string; table: string };

export interface PartitionIndex {
  schema: string;
  table: string;
  /** Of its index. */
  name: string;
}

export type DropReason =
  | { kind: 'redundant'; covered: string }
  | { kind: 'unused'; since: number; servers: string[]; unknownServers: boolean }
  | { kind: 'invalid' };

/** How it is known what a change does. */
export const advicePlanners = ['pglite', 'sandbox', 'rules', 'catalog'] as const;
export type AdvicePlanner = (typeof advicePlanners)[number];

export interface Evidence {
  planner: AdvicePlanner;
  confidence: Confidence;
  /** In a clause each, what the confidence stands on. */
  because: string[];
  /** Share of statements whose plan in the what-if world is the one in the history, 0..1. */
  agreement?: number;
  /** Those that gain and those that pay, heaviest change first; 20 at most. */
  statements: StatementEffect[];
  /** Database time a day that is saved if time follows cost; milliseconds. */
  benefitMsPerDay: number;
  /** Share of the observed database time of the target, 0..1. */
  benefitShare: number;
  /** Estimated bytes of the index; negative where the change frees them. */
  sizeBytes: number;
  /** Milliseconds a day that writes pay for it, or save. */
  writeMsPerDay: number;
  /** Milliseconds of history that all figures of a day stand on; absent: of an older version. */
  watchedMs?: number;
}

export interface StatementEffect {
  fingerprint: string;
  /** Redacted. */
  text?: string;
  callsPerDay: number;
  msPerDay: number;
  /** The planner's own units; what nobody has planned has none. */
  costBefore?: number | undefined;
  costAfter?: number | undefined;
  /** Hashes of the plans; `planAfter` is kept with the run. */
  planBefore?: string;
  planAfter?: string;
}

/** What a change does to a statement, as far as it was planned with it. */
export function effectOn({
  costBefore,
  costAfter,
}: Pick<StatementEffect, 'costBefore' | 'costAfter'>): 'gains' | 'pays' | 'same' | 'unplanned' {
  if (costBefore === undefined || costAfter === undefined) return 'unplanned';
  if (costAfter === costBefore) return 'same';
  return costAfter < costBefore ? 'gains' : 'pays';
}

/** One run of the advisor on one target, with what it could not do and why. */
export interface AdviceRun {
  target: Proposal['target'];
  engine: EngineName;
  startedAt: number;
  endedAt: number;
  planner: AdvicePlanner;
  budgetBytes: number;
  agreement?: { compared: number; agreed: number };
  /** Statements that no advice is given for, by why. */
  withheld: { code: Code; statements: number }[];
  /** Absent: of a version that did not say. */
  unseen?: Unseen[];
  statements: { weighed: number; planned: number };
  whatIfCalls: number;
  /** Cost of the workload before and with all that is chosen, and what no set can be below. */
  selection?: {
    costBefore: number;
    costAfter: number;
    bound: number;
    /** `costAfter / bound - 1`; 0 where it is proven to be the best. */
    gap: number;
    method: 'optimal' | 'time-limit' | 'greedy';
  };
  proposals: Proposal[];
}

/** Why a table gets no index, whatever it would save. */
export const tableRefusals = [
  'many_indexes',
  'many_partitions',
  'foreign_partitions',
  'nested_partitions',
] as const;
export type TableRefusal = (typeof tableRefusals)[number];

/** Of what nothing is said, and why: most of it the server did not show. */
export type Unseen =
  /** Of a database: what plans stand on, or its indexes. */
  | { kind: 'plans' | 'indexes'; database: string; code: Code }
  /** Statistics of several columns that the planner of the server has, and ours has not. */
  | { kind: 'extended-statistics'; database: string; count: number }
  /** An index would have been tried on it. */
  | { kind: 'table'; database: string; schema: string; table: string; reason: TableRefusal }
  /** The copy that plans were to be made on: all is by rules. */
  | { kind: 'sandbox'; code: Code }
  /** It went away before all was tried: what was measured stands, the rest is by rules. */
  | { kind: 'sandbox-cut'; code: Code }
  /** A table of the copy that others had open: some index was not tried on it. */
  | { kind: 'sandbox-table'; schema: string; table: string }
  /** What was made on the copy may still be there. */
  | { kind: 'sandbox-left'; code: Code }
  /** A target that is named as a replica, and was not looked at of late. */
  | { kind: 'replica'; name: string };

/** Where a proposal is on its way: what people and the executor have made of it. */
export const proposalPhases = [
  'Proposed',
  'Approved',
  'Deferred',
  'Applying',
  'Cleaning',
  'Hidden',
  'Observing',
  'RollingBack',
  'Kept',
  'RolledBack',
  'Failed',
  'Withdrawn',
  'Rejected',
  'Expired',
  'Gone',
] as const;
export type ProposalPhase = (typeof proposalPhases)[number];

export interface ProposalState {
  /** Of the proposal. */
  id: string;
  phase: ProposalPhase;
  since: number;
  /** Who brought it there; absent where nobody did. */
  by?: string;
  /** One sentence: what came of it, or why not. */
  outcome?: string;
}

export type StoredProposal = Proposal & { state: ProposalState };

/** Nobody has decided anything, so the next run may take it back or make it anew. */
export const isUndecided = (phase: ProposalPhase): boolean =>
  phase === 'Proposed' || phase === 'Expired' || phase === 'Withdrawn';

/** It was carried out, or should have been, and is not there: to do that once more is a choice. */
export const endedBadly = (phase: ProposalPhase): boolean =>
  phase === 'RolledBack' || phase === 'Failed' || phase === 'Gone';

/** Over, and not in force: somebody may say it once more, of what is advised by then. */
export const mayComeAgain = (phase: ProposalPhase): boolean =>
  phase === 'Rejected' || endedBadly(phase);
