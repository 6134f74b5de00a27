import { allCodes, type Code } from '../base/codes.ts';
import type { CycleReport } from '../model/batch.ts';
import { categories, severities } from '../model/finding.ts';
import { ops, type Plan } from '../model/plan.ts';
import { type Opinion, type Verdict, type VerdictCount, verdictKinds } from '../model/verdict.ts';
import { readBody } from './bodies.ts';
import {
  bytes,
  isNumber,
  isRecord,
  isText,
  json,
  known,
  listOf,
  maybe,
  number,
  type Row,
  text,
  word,
} from './columns.ts';
import type {
  FindingCount,
  FoundQuery,
  KnownQuery,
  KnownTarget,
  LatestAnswer,
  PlanSummary,
  QuerySummary,
  SeriesHour,
  StoredFinding,
  StoredPlan,
  TargetCounts,
  Weight,
  WorkloadStatement,
} from './history-questions.ts';
import { storedReport } from './stored-report.ts';

/** Rows of any backend → words. Columns have one name everywhere; the SQL is each one's own. */
export const hour_ms = 3_600_000;
export const hourOf = (at: number): number => Math.floor(at / hour_ms);

const parameterKinds: readonly Plan['parameters'][] = ['generic', 'sampled'];

export const toTarget = (row: Row): KnownTarget => ({
  uid: text(row, 'uid'),
  namespace: text(row, 'namespace'),
  name: text(row, 'name'),
});

export const toPlanSummary = (row: Row): PlanSummary => ({
  target: text(row, 'target'),
  fingerprint: text(row, 'fingerprint'),
  hash: text(row, 'hash'),
  firstSeen: number(row, 'first_seen'),
  lastSeen: number(row, 'last_seen'),
  cost: number(row, 'cost'),
  parameters: word(row, 'parameters', parameterKinds),
  dominantOp: word(row, 'dominant_op', ops, 'Unknown'),
});

const toBody = (row: Row) => readBody(bytes(row, 'body'));

export const toPlan = (row: Row): Plan => toBody(row).plan;

export const toStoredPlan = (row: Row): StoredPlan => ({
  ...toPlanSummary(row),
  plan: toPlan(row),
});

/** A code that this version does not know says nothing here. */
const latestCode = (row: Row): Code | undefined =>
  allCodes.find((code) => code === row['latest_code']);

const toLatest = (row: Row): LatestAnswer =>
  known({
    text: maybe(row, 'text', text),
    latestHash: maybe(row, 'latest_hash', text),
    latestCost: maybe(row, 'latest_cost', number),
    latestCode: latestCode(row),
  });

export const toQuerySummary = (row: Row): QuerySummary => ({
  target: text(row, 'target'),
  fingerprint: text(row, 'fingerprint'),
  nativeId: text(row, 'native_id'),
  database: text(row, 'database'),
  firstSeen: number(row, 'first_seen'),
  lastSeen: number(row, 'last_seen'),
  calls: number(row, 'calls'),
  totalMs: number(row, 'total_ms'),
  timeShare: shareOf(number(row, 'total_ms'), number(row, 'all_ms')),
  ...toLatest(row),
  findings: json(row, 'findings', listOf(isText)),
});

const shareOf = (part: number, whole: number) => (whole > 0 ? part / whole : 0);

export const toQuery = (row: Row): QuerySummary & { user?: string } => ({
  ...toQuerySummary(row),
  ...known({ user: maybe(row, 'user_name', text) }),
});

export const toFoundQuery = (row: Row): FoundQuery => ({
  target: text(row, 'target'),
  namespace: text(row, 'namespace'),
  name: text(row, 'name'),
  fingerprint: text(row, 'fingerprint'),
  database: text(row, 'database'),
  lastSeen: number(row, 'last_seen'),
  ...known({ text: maybe(row, 'text', text) }),
});

export const toFindingCount = (row: Row): FindingCount => ({
  rule: text(row, 'rule'),
  severity: word(row, 'severity', severities),
  count: number(row, 'count'),
});

export const toKnownQuery = (row: Row): KnownQuery => ({
  fingerprint: text(row, 'fingerprint'),
  database: text(row, 'database'),
  ...toLatest(row),
  findings: json(row, 'findings', listOf(isOpenFinding)),
});

const isOpenFinding = (value: unknown): value is { rule: string; message: string } =>
  isRecord(value) && isText(value['rule']) && isText(value['message']);

export const toFinding = (row: Row): StoredFinding => ({
  target: text(row, 'target'),
  namespace: text(row, 'namespace'),
  name: text(row, 'name'),
  fingerprint: text(row, 'fingerprint'),
  rule: text(row, 'rule'),
  severity: word(row, 'severity', severities),
  message: text(row, 'message'),
  fix: text(row, 'fix'),
  nodes: json(row, 'nodes', listOf(isNumber)),
  timeShare: number(row, 'time_share'),
  firstSeen: number(row, 'first_seen'),
  lastSeen: number(row, 'last_seen'),
  ...known({
    hash: text(row, 'hash') || undefined,
    category: categories.find((each) => each === row['category']),
    saves: maybe(row, 'saves', number),
    confidence: maybe(row, 'confidence', number),
    also: maybe(row, 'also', (from, column) => json(from, column, listOf(isOpenFinding))),
    resolvedAt: maybe(row, 'resolved_at', number),
    verdict: maybe(row, 'verdict', toVerdict),
  }),
});

export const toVerdict = (row: Row): Verdict => ({
  rule: text(row, 'rule'),
  fingerprint: text(row, 'fingerprint'),
  ...toOpinion(row),
  by: text(row, 'verdict_by'),
  at: number(row, 'verdict_at'),
  declared: number(row, 'verdict_declared') === 1,
});

function toOpinion(row: Row): Opinion {
  const kind = word(row, 'verdict', verdictKinds);
  const why = known({ why: maybe(row, 'verdict_why', text) });
  switch (kind) {
    case 'accepted':
      return { kind, ...why };
    case 'dismissed':
      return { kind, why: text(row, 'verdict_why') };
    case 'snoozed':
      return { kind, until: number(row, 'verdict_until'), ...why };
    default:
      return kind satisfies never;
  }
}

export const toVerdictCount = (row: Row): VerdictCount => ({
  rule: text(row, 'rule'),
  kind: word(row, 'verdict', verdictKinds),
  count: number(row, 'count'),
});

/** A verdict as its row has it besides the target, in order of columns. */
export const fromVerdict = (verdict: Verdict) => ({
  fingerprint: verdict.fingerprint,
  rule: verdict.rule,
  verdict: verdict.kind,
  verdict_why: verdict.why ?? null,
  verdict_until: verdict.kind === 'snoozed' ? verdict.until : null,
  verdict_by: verdict.by,
  verdict_at: verdict.at,
  verdict_declared: verdict.declared ? 1 : 0,
});

export const toCycle = (row: Row): CycleReport => storedReport(json(row, 'report', isCycleReport));

const isCycleReport = (value: unknown): value is CycleReport =>
  isRecord(value) &&
  isNumber(value['number']) &&
  isNumber(value['startedAt']) &&
  isRecord(value['outcome']) &&
  isRecord(value['safety']);

export const toCounts = (row: Row): TargetCounts => ({
  plans: number(row, 'plans'),
  openFindings: number(row, 'findings'),
  critical: number(row, 'critical'),
  warning: number(row, 'warning'),
});

export const toWeight = (row: Row): Weight => ({
  calls: number(row, 'calls'),
  totalMs: number(row, 'total_ms'),
  rows: number(row, 'rows'),
  tempBlocks: number(row, 'temp_blocks'),
});

/** Use and sightings of one statement, both in order of hours. */
export function toSeries(usage: readonly Row[], sightings: readonly Row[]): SeriesHour[] {
  const plans = Map.groupBy(sightings, (row) => number(row, 'hour'));
  return usage.map((row) => {
    const hour = number(row, 'hour');
    return {
      at: hour * hour_ms,
      ...toWeight(row),
      plans: (plans.get(hour) ?? []).map((seen) => ({
        hash: text(seen, 'hash'),
        count: number(seen, 'count'),
        costMin: number(seen, 'cost_min'),
        costMax: number(seen, 'cost_max'),
      })),
    };
  });
}

const ofBody = (row: Row): Partial<WorkloadStatement> => {
  const { plan, context } = toBody(row);
  return { plan, ...context };
};

export const toWorkloadStatement = (row: Row, weight: Weight): WorkloadStatement => ({
  fingerprint: text(row, 'fingerprint'),
  nativeId: text(row, 'native_id'),
  database: text(row, 'database'),
  weight,
  ...known({
    user: maybe(row, 'user_name', text),
    text: maybe(row, 'text', text),
    latestCode: latestCode(row),
  }),
  ...maybe(row, 'body', ofBody),
});
