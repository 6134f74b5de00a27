import type { Code } from '../base/codes.ts';
import type { EngineName } from './engine-name.ts';
import type { Finding } from './finding.ts';
import type { Fingerprint, Plan } from './plan.ts';
import type { Refusal } from './refusal.ts';
import type { PlanContext, QueryStats } from './statistics.ts';

/** What one cycle of one target gave: the value that goes to history, exporters and status. */
export interface PlanBatch {
  target: BatchTarget;
  cycle: CycleReport;
  /** Every statement that was selected, with its plan or the reason why not. */
  queries: BatchQuery[];
  /** What others did that earlier cycles told of; only where advice is wanted. */
  usage?: StatementUse[];
}

export interface StatementUse {
  fingerprint: string;
  calls: number;
  totalMs: number;
  rows: number;
  tempBlocks: number;
}

export interface BatchTarget {
  uid: string;
  namespace: string;
  name: string;
  engine: EngineName;
  /** Fencing token and the cycle's number in it: history refuses older ones. */
  epoch: number;
}

export interface BatchQuery {
  stats: QueryStats;
  fingerprint: Fingerprint;
  /** Redacted; absent where the target keeps none. */
  text?: string;
  /** Share of the interval's database time, 0..1. */
  timeShare: number;
  /** Why it was selected. */
  strategy: string;
  result: ExplainedResult | Unexplained;
}

export interface ExplainedResult {
  kind: 'explained';
  plan: Plan;
  explainMs: number;
  findings: Finding[];
  /** What the findings were judged by. */
  context?: PlanContext;
}

/** Why there is no plan, and what the statement's text and its tables tell without one. */
export interface Unexplained extends Refusal {
  /** Absent: nothing was looked at. */
  findings?: Finding[];
}

export type CycleOutcome =
  | { kind: 'collected' }
  | { kind: 'skipped'; reason: Code; detail?: string }
  | { kind: 'deferred'; reason: Code; until: number; detail?: string }
  | { kind: 'failed'; error: Code; detail?: string };

export interface CycleReport {
  number: number;
  /** Milliseconds since the epoch. */
  startedAt: number;
  durationMs: number;
  /** Time our statements took on the server, as we waited for it. */
  databaseMs: number;
  outcome: CycleOutcome;
  server?: { version: string; role: 'primary' | 'standby' };
  /** Over which time the statistics were compared. */
  window?: {
    sinceStatisticsBegan: boolean;
    began?: WindowBegan;
    ms: number;
    /** Sessions that were active in it on average; absent where there was no interval. */
    sessions?: number;
  };
  selected: number;
  explained: number;
  unexplained: Partial<Record<Code, number>>;
  coverage?: Coverage;
  safety: {
    statementTimeoutMs: number;
    circuit: 'closed' | 'open' | 'half-open';
    /** While the circuit is open: until when (milliseconds since the epoch), and what opened it. */
    open?: { until: number; cause?: { code: Code; detail?: string } };
    brake?: Code;
    databaseTimeUsed: number;
  };
  top: TopQuery[];
}

/**
 * Why there was nothing to compare with: never looked before, the statistics were reset, or another
 * server answered than last time.
 */
export type WindowBegan = 'first_look' | 'reset' | 'other_server';

/** Shares of the interval's database time, 0..1, in the databases that the target covers. */
export interface Coverage {
  /** Has a current plan. */
  explained: number;
  /** Has a current plan, or a reason of its own why not. */
  accountedFor: number;
  /**
   * Of statements that may have run but could not be compared with the last look; at most so much.
   * This and what follows: absent in reports of earlier versions.
   */
  unknown?: number;
  /** How many those are. */
  uncompared?: number;
  /** By the reason why there is no plan. */
  reasons?: Partial<Record<Code, number>>;
  /** Of all the server's time: what is spent in databases that the target does not cover. */
  elsewhere?: number;
  /** How much of the server's own active time the statements add up to, where it says. */
  attributed?: number;
}

export interface TopQuery {
  fingerprint: string;
  timeShare: number;
  text: string;
  meanMs: number;
  plan?: string;
  cost?: number;
  code?: Code;
  /** Those that are muted are not among them. */
  findings: TopFinding[];
}

export type TopFinding = Pick<Finding, 'rule' | 'message' | 'verdict'>;

/** Those that somebody has muted, too. */
export const findingsOf = ({ result }: BatchQuery): readonly Finding[] => result.findings ?? [];

export type ExplainedQuery = BatchQuery & { result: ExplainedResult };
export const isExplained = (query: BatchQuery): query is ExplainedQuery =>
  query.result.kind === 'explained';
