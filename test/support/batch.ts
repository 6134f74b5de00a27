import type { Code } from '../../src/base/codes.ts';
import { dialects } from '../../src/dialects/index.ts';
import type { BatchQuery, PlanBatch } from '../../src/model/batch.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { Plan } from '../../src/model/plan.ts';
import { emptyShape } from '../../src/model/query-shape.ts';
import type { PlanContext } from '../../src/model/statistics.ts';
import type { VerdictKind } from '../../src/model/verdict.ts';

/** What is known of a statement over one table besides its plan. */
export const contextOf = (table: string, rows = 1_000): PlanContext => ({
  shape: {
    ...emptyShape(),
    relations: [{ schema: 'public', name: table }],
    comparisons: [{ column: 'id', operator: '=', with: 'value' }],
    ordered: true,
    limit: true,
  },
  facts: [
    {
      schema: 'public',
      name: table,
      rows,
      pages: 10,
      neverAnalyzed: false,
      modifiedSinceAnalyze: 0,
      indexes: [{ name: `${table}_pkey`, unique: true, keys: ['id'], partial: false }],
    },
  ],
});

/** Batches as a cycle would make them, for what comes after it. */
export function makeBatch({
  at,
  epoch = 1,
  number = 1,
  queries = [],
  uid = 'uid',
}: {
  at: number;
  uid?: string;
  epoch?: number;
  number?: number;
  queries?: BatchQuery[];
}): PlanBatch {
  return {
    target: { uid, namespace: 'shop', name: 'orders', engine: 'postgres', epoch },
    cycle: {
      number,
      startedAt: at,
      durationMs: 12,
      databaseMs: 5,
      outcome: { kind: 'collected' },
      selected: queries.length,
      explained: queries.length,
      unexplained: {},
      safety: { statementTimeoutMs: 500, circuit: 'closed', databaseTimeUsed: 0.0001 },
      top: [],
    },
    queries,
  };
}

const stats = (fingerprint: string, totalMs: number) => ({
  key: fingerprint,
  nativeId: '-1',
  database: 'shop',
  user: 'app',
  toplevel: true,
  calls: 2,
  totalMs,
  meanMs: totalMs / 2,
  rows: 2,
  tempBlocksWritten: 0,
  isNew: false,
});

export function explained(
  value: string,
  {
    table = 'a',
    cost = 10,
    totalMs = 4,
    rule = 'full-scan',
    parameters = 'generic',
    context = undefined,
    verdict = undefined,
    earlier = false,
  }: {
    table?: string;
    cost?: number;
    totalMs?: number;
    rule?: string;
    parameters?: Plan['parameters'];
    context?: PlanContext | undefined;
    verdict?: VerdictKind | undefined;
    /** As a version before `ph2:` would have it. */
    earlier?: boolean;
  } = {},
): BatchQuery {
  const fingerprint = { algorithm: 'test', value };
  const json = JSON.stringify([
    {
      Plan: {
        'Node Type': 'Seq Scan',
        'Relation Name': table,
        Schema: 'public',
        'Total Cost': cost,
        'Plan Rows': 1,
      },
    },
  ]);
  const read = dialects.postgres.readPlan(json, {
    engineVersion: '18',
    namespace: 'shop',
    collectedAt: 0,
    parameters,
    fingerprint,
  });
  const { before = '', full } = read.hash;
  const plan = earlier ? { ...read, hash: { shape: before, full } } : read;
  return {
    stats: stats(value, totalMs),
    fingerprint,
    text: `SELECT ? FROM ${value}`,
    timeShare: 0.5,
    strategy: 'impact',
    result: {
      kind: 'explained',
      plan,
      explainMs: 1,
      findings: [{ ...finding(rule), ...(verdict ? { verdict } : {}) }],
      ...(context ? { context } : {}),
    },
  };
}

const finding = (rule: string): Finding => ({
  rule,
  category: 'index',
  severity: 'warning',
  message: 'm',
  fix: 'f',
  nodes: [0],
  timeShare: 0.5,
  saves: 0.05,
  confidence: 0.9,
  also: [{ rule: 'misestimate', message: 'm' }],
});

export const refused = (
  value: string,
  code: Code,
  { totalMs = 4, rules }: { totalMs?: number; rules?: readonly string[] } = {},
): BatchQuery => ({
  stats: stats(value, totalMs),
  fingerprint: { algorithm: 'test', value },
  text: `SELECT ? FROM ${value}`,
  timeShare: 0.5,
  strategy: 'impact',
  result: {
    kind: 'refused',
    code,
    ...(rules ? { findings: rules.map((rule) => ({ ...finding(rule), nodes: [] })) } : {}),
  },
});
