import type { Code } from '../base/codes.ts';
import type { CycleReport } from '../model/batch.ts';
import type { Finding, Severity } from '../model/finding.ts';
import type { Op, Plan } from '../model/plan.ts';
import type { PlanContext } from '../model/statistics.ts';
import type { StopRecord } from '../model/stop.ts';
import type { Verdict, VerdictCount } from '../model/verdict.ts';
import type { AdviceQuestions } from './advice.ts';
import type { IndexQuestions } from './index-looks.ts';

/**
 * The half of history that answers. Targets are named by their uid, times are milliseconds since
 * the epoch; a failure is an error, never an empty answer. The other half: `history-writer.ts`.
 */
export interface HistoryQuestions extends AdviceQuestions, IndexQuestions {
  /** Those of one name, in whatever namespace; the one that was collected last first. */
  targets(name: string): Promise<KnownTarget[]>;
  /** By its hash, or by the one that an earlier version gave it. */
  plan(id: PlanId): Promise<StoredPlan | undefined>;
  /** Newest first, without their trees. */
  plans(filter: { target: string; fingerprint?: string; limit: number }): Promise<PlanSummary[]>;
  /** Most database time in the range first, or by another order; whole hours count. */
  queries(filter: QueriesFilter): Promise<QuerySummary[]>;
  /** One of them, whenever it was last seen; its use is that since `since`. */
  query(id: {
    target: string;
    fingerprint: string;
    since: number;
  }): Promise<(QuerySummary & { user?: string }) | undefined>;
  /**
   * Statements that have this text in theirs, in whatever case of ASCII, or whose fingerprint or
   * native id begins with it; those seen last come first. Of very many only so many are looked at.
   */
  searchQueries(question: SearchQuestion): Promise<{ items: FoundQuery[]; whole: boolean }>;
  /** What is known of these statements, whenever they were last seen; in any order. */
  recall(target: string, fingerprints: readonly string[]): Promise<KnownQuery[]>;
  /**
   * The plan that was in use, with parameters of the same kind, before this one came: the latest
   * with another hash; `before` is what earlier versions called this one.
   */
  previousPlan(
    id: PlanId & { parameters: Plan['parameters']; before?: string | undefined },
  ): Promise<Plan | undefined>;
  /** Open ones, worst first; of one target or of all. Muted ones only where that is said. */
  findings(filter: FindingsFilter & { limit: number; offset?: number }): Promise<StoredFinding[]>;
  /** How many such findings there are, by rule and severity; the same filter, without its rules. */
  findingCounts(filter: Omit<FindingsFilter, 'rules'>): Promise<FindingCount[]>;
  /** What people said of a target's findings, open or not; newest first, `mostVerdicts` at most. */
  verdicts(target: string): Promise<Verdict[]>;
  /**
   * Stops that are over: lifted, or not seen in force since `seenBefore`. Those that ended last
   * come first, `mostPastStops` at most.
   */
  pastStops(seenBefore: number): Promise<StopRecord[]>;
  /** How many verdicts of each kind stand, by rule; over all targets. */
  verdictCounts(): Promise<VerdictCount[]>;
  /** Reports of cycles, newest first. */
  cycles(range: {
    target: string;
    since: number;
    limit: number;
    until?: number;
    /** Only those before that one, in the order in which they come. */
    before?: { startedAt: number; number: number };
    /** Only those in which the health brake was on. */
    braked?: boolean;
  }): Promise<CycleReport[]>;
  /** The highest that has written of the target: those of lower ones are refused. */
  epoch(target: string): Promise<number | undefined>;
  /** Muted findings are not counted. */
  counts(target: string): Promise<TargetCounts>;
  /** Use of one statement hour by hour, and the plans that were seen in each; oldest first. */
  series(range: {
    target: string;
    fingerprint: string;
    since: number;
    until: number;
  }): Promise<SeriesHour[]>;
  /**
   * Statements that ran since the hour of `since`, most database time first, each with its latest
   * plan. A page is read when it is wanted: memory is bounded whatever their number, and nothing is
   * held between two pages. Every page has the backend's own limit; `signal` ends the whole, with
   * an AppError.
   */
  workload(question: WorkloadQuestion): AsyncIterable<WorkloadStatement>;
}

/** What a cycle asks before it judges. Undefined: the history is away, and nobody knows. */
export type CycleMemory = Pick<HistoryQuestions, 'recall' | 'previousPlan' | 'counts' | 'epoch'> & {
  [Question in 'verdicts' | 'verdictCounts' | 'proposals']: (
    ...of: Parameters<HistoryQuestions[Question]>
  ) => Promise<Awaited<ReturnType<HistoryQuestions[Question]>> | undefined>;
};

export interface QueriesFilter {
  target: string;
  since: number;
  /** Absent: all since then. */
  until?: number;
  /**
   * `impact`: by database time. `variance`: by what varies from hour to hour, in database time.
   * `regression`: by what more it took in the later half of the range than it would have with the
   * mean of the earlier one. Those that cannot be compared come last.
   */
  order?: 'impact' | 'variance' | 'regression';
  limit: number;
  offset?: number;
}

export interface SearchQuestion {
  text: string;
  /** Of these, by uid; what is kept of one that is gone is left out by it. Absent: all. */
  targets?: readonly string[];
  limit: number;
}

/**
 * More than that of statements is looked at for nobody: it takes a server some tenths of a second.
 */
export const mostSearched = 50_000;

export interface FoundQuery {
  target: string;
  namespace: string;
  name: string;
  fingerprint: string;
  database: string;
  /** Redacted; absent where the target keeps none. */
  text?: string;
  lastSeen: number;
}

export interface FindingsFilter {
  target?: string;
  /** That have this in rule, message, remedy or fingerprint, in whatever case of ASCII. */
  text?: string;
  fingerprint?: string;
  /** Of these targets, by uid; what is kept of one that is gone is left out by it. */
  targets?: readonly string[];
  /** Of targets in these. */
  namespaces?: readonly string[];
  rules?: readonly string[];
  severities?: readonly Severity[];
  includeResolved?: boolean;
  onlyResolved?: boolean;
  includeMuted?: boolean;
}

export interface FindingCount {
  rule: string;
  severity: Severity;
  count: number;
}

export interface TargetCounts {
  plans: number;
  openFindings: number;
  /** Of the open ones. */
  critical: number;
  warning: number;
}

export interface KnownTarget {
  uid: string;
  namespace: string;
  name: string;
}

export interface PlanId {
  target: string;
  fingerprint: string;
  hash: string;
}

export interface PlanSummary extends PlanId {
  firstSeen: number;
  lastSeen: number;
  cost: number;
  parameters: Plan['parameters'];
  dominantOp: Op;
}

export interface StoredPlan extends PlanSummary {
  plan: Plan;
}

/** What the last look at a statement gave: a plan, or the code of the reason why not. */
export interface LatestAnswer {
  /** Redacted; absent where the target keeps none. */
  text?: string;
  latestHash?: string;
  latestCost?: number;
  latestCode?: Code;
}

export interface QuerySummary extends LatestAnswer {
  target: string;
  fingerprint: string;
  nativeId: string;
  database: string;
  firstSeen: number;
  lastSeen: number;
  calls: number;
  totalMs: number;
  /** Of the database time of all statements in the range, 0..1. */
  timeShare: number;
  /** Rules of open findings that are not muted, by name. */
  findings: string[];
}

export interface KnownQuery extends LatestAnswer {
  fingerprint: string;
  /** In which it ran last. */
  database: string;
  /** Open ones, worst first; muted ones too. */
  findings: { rule: string; message: string }[];
}

/** What an earlier version recorded has no category, saving and confidence. */
type Added = 'category' | 'saves' | 'confidence';
/** `verdict`: what somebody said of it. */
export interface StoredFinding
  extends Omit<Finding, Added | 'verdict'>,
    Partial<Pick<Finding, Added>> {
  target: string;
  namespace: string;
  name: string;
  fingerprint: string;
  /** Absent where no plan has told it. */
  hash?: string;
  firstSeen: number;
  lastSeen: number;
  resolvedAt?: number;
  verdict?: Verdict;
}

/** What a statement did in some time. */
export interface Weight {
  calls: number;
  totalMs: number;
  rows: number;
  tempBlocks: number;
}

export interface SeriesHour extends Weight {
  /** When the hour begins. */
  at: number;
  /** Plans seen in it, by hash; several where it changed or differs by parameters. */
  plans: { hash: string; count: number; costMin: number; costMax: number }[];
}

export interface WorkloadQuestion {
  target: string;
  since: number;
  signal: AbortSignal;
}

export interface WorkloadStatement extends Partial<PlanContext> {
  fingerprint: string;
  nativeId: string;
  database: string;
  /** Whose statement it was at last; absent where it was last seen by an earlier version. */
  user?: string;
  text?: string;
  weight: Weight;
  /** Absent where it never had one, or where it is older than plans are kept. */
  plan?: Plan;
  /** Why the last look gave none. */
  latestCode?: Code;
}
