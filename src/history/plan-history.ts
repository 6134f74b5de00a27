import type { CycleReport, PlanBatch } from '../model/batch.ts';
import type { Severity } from '../model/finding.ts';
import type { Plan } from '../model/plan.ts';

/**
 * What was seen, kept: a plan once per (target, fingerprint, hash), sightings and use rolled up by
 * hour, findings with their beginning and end. Implementations pass one contract suite.
 */
export interface PlanHistory {
  /** All or nothing. False: refused, a newer owner of the target has written already. */
  record(batch: PlanBatch): Promise<boolean>;
  plan(id: PlanId): Promise<StoredPlan | undefined>;
  /** Newest first, without their trees. */
  plans(filter: { target: string; fingerprint?: string; limit: number }): Promise<PlanSummary[]>;
  /** Most database time in the range first. */
  queries(filter: { target: string; since: number; limit: number }): Promise<QuerySummary[]>;
  /** What is known of these statements, whenever they were last seen; in any order. */
  recall(target: string, fingerprints: readonly string[]): Promise<KnownQuery[]>;
  /**
   * The plan that was in use, with parameters of the same kind, before this one came: the latest
   * with another hash.
   */
  previousPlan(id: PlanId & { parameters: Plan['parameters'] }): Promise<Plan | undefined>;
  /** Open ones, worst first; of one target or of all. */
  findings(filter: {
    target?: string;
    includeResolved?: boolean;
    limit: number;
  }): Promise<StoredFinding[]>;
  /** Reports of cycles, newest first. */
  observations(range: { target: string; since: number; limit: number }): Promise<CycleReport[]>;
  counts(target: string): Promise<{ plans: number; openFindings: number }>;
  /** Removes what is older than the policy says; returns rows removed. */
  retain(policy: RetentionPolicy): Promise<number>;
  close(): Promise<void>;
}

/** Bytes of a plan's JSON: a server's answer is 4 MiB at most. */
export const planLimit = 64 * 1_048_576;

export interface PlanId {
  target: string;
  fingerprint: string;
  hash: string;
}

export interface PlanSummary extends PlanId {
  firstSeen: number;
  lastSeen: number;
  cost: number;
  parameters: 'generic' | 'sampled';
  dominantOp: string;
}

export interface StoredPlan extends PlanSummary {
  plan: Plan;
}

export interface QuerySummary {
  target: string;
  fingerprint: string;
  nativeId: string;
  database: string;
  text?: string;
  firstSeen: number;
  lastSeen: number;
  calls: number;
  totalMs: number;
  latestHash?: string;
  latestCost?: number;
  latestCode?: string;
  findings: string[];
}

export interface KnownQuery {
  fingerprint: string;
  text?: string;
  latestHash?: string;
  latestCost?: number;
  latestCode?: string;
  /** Open ones, worst first. */
  findings: { rule: string; message: string }[];
}

export interface StoredFinding {
  target: string;
  namespace: string;
  name: string;
  fingerprint: string;
  hash: string;
  rule: string;
  severity: Severity;
  message: string;
  fix: string;
  nodes: number[];
  timeShare: number;
  firstSeen: number;
  lastSeen: number;
  resolvedAt?: number;
}

export interface RetentionPolicy {
  now: number;
  plans_ms: number;
  hours_ms: number;
  cycles_ms: number;
}
