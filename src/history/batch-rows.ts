import {
  type BatchQuery,
  findingsOf,
  isExplained,
  type PlanBatch,
  type StatementUse,
} from '../model/batch.ts';
import type { Finding } from '../model/finding.ts';
import { knownCost } from '../model/plan.ts';
import type { Body } from './bodies.ts';

/**
 * A batch as rows, the same for every backend. A statement that several users run is several of a
 * batch and one row: use is added up, the last one speaks for the rest.
 */
export interface BatchRows {
  queries: QueryRow[];
  /** Of these, and of statements that were not selected. */
  usage: UsageRow[];
  plans: PlanRow[];
  findings: FindingRow[];
  /** Fingerprints that have a plan now: findings of theirs that are not among these are over. */
  explained: string[];
  /** Those that were looked at without one: it is so of findings that no plan has told. */
  unplanned: string[];
}

export interface UsageRow {
  fingerprint: string;
  calls: number;
  total_ms: number;
  rows: number;
  temp_blocks: number;
}

export interface QueryRow extends UsageRow {
  native_id: string;
  database: string;
  user_name: string;
  text: string | null;
  hash: string | null;
  cost: number | null;
  code: string | null;
}

export interface PlanRow extends Body {
  fingerprint: string;
  hash: string;
  /** What a plan of an earlier version is known by: it goes on under `hash`. */
  former_hash: string | null;
  cost: number;
}

export interface FindingRow extends Omit<Finding, 'timeShare'> {
  fingerprint: string;
  /** '' where no plan has told it. */
  hash: string;
  time_share: number;
}

export function batchRows({ queries, usage = [] }: PlanBatch): BatchRows {
  const rows = {
    queries: new Map<string, QueryRow>(),
    plans: new Map<string, PlanRow>(),
    findings: new Map<string, FindingRow>(),
  };
  for (const query of queries) {
    const row = queryRow(query);
    rows.queries.set(row.fingerprint, added(rows.queries.get(row.fingerprint), row));
    if (isExplained(query)) {
      const plan = planRow(row.fingerprint, query.result);
      rows.plans.set(`${plan.fingerprint} ${plan.hash}`, plan);
    }
    addFindings(rows.findings, row, query);
  }
  const plans = [...rows.plans.values()];
  const explained = new Set(plans.map(({ fingerprint }) => fingerprint));
  const unplanned = queries.flatMap(({ result, fingerprint: { value } }) =>
    result.kind === 'refused' && result.findings && !explained.has(value) ? [value] : [],
  );
  return {
    queries: [...rows.queries.values()],
    usage: usageRows([...rows.queries.values(), ...usage.map(usageRow)]),
    plans,
    findings: [...rows.findings.values()],
    explained: [...explained],
    unplanned: [...new Set(unplanned)],
  };
}

const usageRow = ({ fingerprint, calls, totalMs, rows, tempBlocks }: StatementUse): UsageRow => ({
  fingerprint,
  calls: Math.round(calls),
  total_ms: totalMs,
  rows: Math.round(rows),
  temp_blocks: Math.round(tempBlocks),
});

/** One a statement: several users run it, of which only one's was selected. */
function usageRows(all: readonly UsageRow[]): UsageRow[] {
  const rows = new Map<string, UsageRow>();
  for (const { fingerprint, calls, total_ms, rows: count, temp_blocks } of all) {
    const before = rows.get(fingerprint);
    rows.set(fingerprint, {
      fingerprint,
      calls: calls + (before?.calls ?? 0),
      total_ms: total_ms + (before?.total_ms ?? 0),
      rows: count + (before?.rows ?? 0),
      temp_blocks: temp_blocks + (before?.temp_blocks ?? 0),
    });
  }
  return [...rows.values()];
}

/**
 * Several matches of one rule at one statement are one finding; the first, worst one speaks, and
 * what a plan tells before what was told without one.
 */
function addFindings(
  rows: Map<string, FindingRow>,
  { fingerprint, hash }: QueryRow,
  query: BatchQuery,
): void {
  for (const { timeShare, ...finding } of findingsOf(query).toReversed()) {
    const key = `${fingerprint} ${finding.rule}`;
    if (hash !== null || !rows.get(key)?.hash)
      rows.set(key, { ...finding, fingerprint, hash: hash ?? '', time_share: timeShare });
  }
}

function queryRow(query: BatchQuery): QueryRow {
  const { stats, fingerprint, text = null, result } = query;
  const plan = isExplained(query) ? query.result.plan : undefined;
  return {
    fingerprint: fingerprint.value,
    native_id: stats.nativeId,
    database: stats.database,
    user_name: stats.user,
    text,
    hash: plan?.hash.shape ?? null,
    cost: (plan && knownCost(plan)) ?? null,
    code: result.kind === 'refused' ? result.code : null,
    calls: Math.round(stats.calls),
    total_ms: stats.totalMs,
    rows: Math.round(stats.rows),
    temp_blocks: Math.round(stats.tempBlocksWritten),
  };
}

/** As if the one had been recorded after the other. */
function added(before: QueryRow | undefined, row: QueryRow): QueryRow {
  if (!before) return row;
  return {
    ...row,
    text: row.text ?? before.text,
    hash: row.hash ?? before.hash,
    cost: row.cost ?? before.cost,
    calls: row.calls + before.calls,
    total_ms: row.total_ms + before.total_ms,
    rows: row.rows + before.rows,
    temp_blocks: row.temp_blocks + before.temp_blocks,
  };
}

const planRow = (fingerprint: string, { plan, context }: Body): PlanRow => ({
  fingerprint,
  hash: plan.hash.shape,
  former_hash: plan.hash.before ?? null,
  cost: plan.totals.estCost,
  plan,
  ...(context ? { context } : {}),
});
