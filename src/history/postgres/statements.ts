import { isExplained, type PlanBatch } from '../../model/batch.ts';
import type { Finding } from '../../model/finding.ts';
import { knownCost } from '../../model/plan.ts';

/**
 * A batch as rows, and the statements that take them: one JSON document for all rows of a kind. Two
 * statements of one fingerprint in a batch are one row.
 */
export function batchRows(batch: PlanBatch) {
  const queries = new Map<string, ReturnType<typeof queryRow>>();
  for (const query of batch.queries) {
    const row = queryRow(query);
    const other = queries.get(row.fingerprint);
    queries.set(
      row.fingerprint,
      other
        ? {
            ...row,
            calls: row.calls + other.calls,
            total_ms: row.total_ms + other.total_ms,
            rows: row.rows + other.rows,
            temp_blocks: row.temp_blocks + other.temp_blocks,
          }
        : row,
    );
  }
  const plans = new Map<string, { fingerprint: string; hash: string; cost: number }>();
  const findings = new Map<string, ReturnType<typeof findingRow>>();
  for (const { fingerprint, result } of batch.queries.filter(isExplained)) {
    const hash = result.plan.hash.shape;
    plans.set(`${fingerprint.value} ${hash}`, {
      fingerprint: fingerprint.value,
      hash,
      cost: result.plan.totals.estCost,
    });
    // Several matches of one rule in one plan are one finding of the statement; the first, worst
    // one speaks.
    for (const finding of result.findings.toReversed())
      findings.set(
        `${fingerprint.value} ${finding.rule}`,
        findingRow(fingerprint.value, hash, finding),
      );
  }
  const explained = [
    ...new Set(batch.queries.filter(isExplained).map(({ fingerprint }) => fingerprint.value)),
  ];
  return {
    queries: [...queries.values()],
    plans: [...plans.values()],
    findings: [...findings.values()],
    explained,
  };
}

const queryRow = ({ stats, fingerprint, text, result }: PlanBatch['queries'][number]) => ({
  fingerprint: fingerprint.value,
  native_id: stats.nativeId,
  database: stats.database,
  text: text ?? null,
  hash: result.kind === 'explained' ? result.plan.hash.shape : null,
  cost: (result.kind === 'explained' ? knownCost(result.plan) : undefined) ?? null,
  code: result.kind === 'refused' ? result.code : null,
  calls: stats.calls,
  total_ms: stats.totalMs,
  rows: Math.round(stats.rows),
  temp_blocks: Math.round(stats.tempBlocksWritten),
});

const findingRow = (
  fingerprint: string,
  hash: string,
  { rule, severity, message, fix, nodes, timeShare }: Finding,
) => ({
  fingerprint,
  rule,
  hash,
  severity,
  message,
  fix,
  nodes,
  time_share: timeShare,
});

const worstFirst =
  "ORDER BY CASE f.severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, f.time_share DESC";

export const sql = {
  /** Refuses an epoch older than the one that has written: then no row is counted. */
  upsertTarget: `
INSERT INTO dbintel.target AS t (uid, namespace, name, engine, epoch) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (uid) DO UPDATE SET namespace = excluded.namespace, name = excluded.name, epoch = excluded.epoch WHERE excluded.epoch >= t.epoch`,
  upsertQueries: `
INSERT INTO dbintel.query AS q (target, fingerprint, native_id, database, text, first_seen, last_seen, latest_hash, latest_cost, latest_code)
SELECT $1, fingerprint, native_id, database, text, $2, $2, hash, cost, code
FROM jsonb_to_recordset($3::jsonb) AS r (fingerprint text, native_id text, database text, text text, hash text, cost float8, code text) ORDER BY fingerprint
ON CONFLICT (target, fingerprint) DO UPDATE SET native_id = excluded.native_id, database = excluded.database, text = coalesce(excluded.text, q.text), last_seen = excluded.last_seen,
  latest_hash = coalesce(excluded.latest_hash, q.latest_hash), latest_cost = coalesce(excluded.latest_cost, q.latest_cost), latest_code = excluded.latest_code`,
  upsertUsage: `
INSERT INTO dbintel.usage AS u (target, fingerprint, hour, calls, total_ms, rows, temp_blocks)
SELECT $1, fingerprint, $2, calls, total_ms, rows, temp_blocks
FROM jsonb_to_recordset($3::jsonb) AS r (fingerprint text, calls bigint, total_ms float8, rows bigint, temp_blocks bigint) ORDER BY fingerprint
ON CONFLICT (target, fingerprint, hour) DO UPDATE SET calls = u.calls + excluded.calls, total_ms = u.total_ms + excluded.total_ms, rows = u.rows + excluded.rows, temp_blocks = u.temp_blocks + excluded.temp_blocks`,
  /** Returns those that are there already: the others' bodies are to be stored. */
  touchPlans: `
UPDATE dbintel.plan p SET last_seen = $2, cost = r.cost FROM jsonb_to_recordset($3::jsonb) AS r (fingerprint text, hash text, cost float8)
WHERE p.target = $1 AND p.fingerprint = r.fingerprint AND p.hash = r.hash RETURNING p.fingerprint, p.hash`,
  insertPlan: `
INSERT INTO dbintel.plan (target, fingerprint, hash, first_seen, last_seen, cost, parameters, dominant_op, body) VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
  upsertSightings: `
INSERT INTO dbintel.sighting AS s (target, fingerprint, hash, hour, count, cost_min, cost_max)
SELECT $1, fingerprint, hash, $2, 1, cost, cost FROM jsonb_to_recordset($3::jsonb) AS r (fingerprint text, hash text, cost float8) ORDER BY fingerprint, hash
ON CONFLICT (target, fingerprint, hash, hour) DO UPDATE SET count = s.count + 1, cost_min = least(s.cost_min, excluded.cost_min), cost_max = greatest(s.cost_max, excluded.cost_max)`,
  upsertFindings: `
INSERT INTO dbintel.finding (target, fingerprint, rule, hash, severity, message, fix, nodes, time_share, first_seen, last_seen)
SELECT $1, fingerprint, rule, hash, severity, message, fix, nodes, time_share, $2, $2
FROM jsonb_to_recordset($3::jsonb) AS r (fingerprint text, rule text, hash text, severity text, message text, fix text, nodes jsonb, time_share float8) ORDER BY fingerprint, rule
ON CONFLICT (target, fingerprint, rule) DO UPDATE SET hash = excluded.hash, severity = excluded.severity, message = excluded.message, fix = excluded.fix, nodes = excluded.nodes,
  time_share = excluded.time_share, last_seen = excluded.last_seen, resolved_at = NULL`,
  /** $3: fingerprints that have a new plan; $4: what was found in them. */
  resolveFindings: `
UPDATE dbintel.finding f SET resolved_at = $2 WHERE f.target = $1 AND f.resolved_at IS NULL AND f.fingerprint IN (SELECT jsonb_array_elements_text($3::jsonb))
  AND NOT EXISTS (SELECT FROM jsonb_to_recordset($4::jsonb) AS r (fingerprint text, rule text) WHERE r.fingerprint = f.fingerprint AND r.rule = f.rule)`,
  upsertCycle: `
INSERT INTO dbintel.cycle (target, hour, at, number, report) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (target, at, number, hour) DO UPDATE SET report = excluded.report`,
  plans: `
SELECT target, fingerprint, hash, first_seen, last_seen, cost, parameters, dominant_op FROM dbintel.plan
WHERE target = $1 AND ($2::text IS NULL OR fingerprint = $2) ORDER BY last_seen DESC LIMIT $3`,
  queries: `
SELECT q.*, coalesce(sum(u.calls), 0) AS calls, coalesce(sum(u.total_ms), 0) AS total_ms,
  ARRAY (SELECT f.rule FROM dbintel.finding f WHERE f.target = q.target AND f.fingerprint = q.fingerprint AND f.resolved_at IS NULL ORDER BY f.rule) AS findings
FROM dbintel.query q LEFT JOIN dbintel.usage u ON u.target = q.target AND u.fingerprint = q.fingerprint AND u.hour >= $2
WHERE q.target = $1 GROUP BY q.target, q.fingerprint ORDER BY total_ms DESC LIMIT $3`,
  recall: `
SELECT q.fingerprint, q.text, q.latest_hash, q.latest_cost, q.latest_code, coalesce((SELECT json_agg(json_build_object('rule', f.rule, 'message', f.message) ${worstFirst})
  FROM dbintel.finding f WHERE f.target = q.target AND f.fingerprint = q.fingerprint AND f.resolved_at IS NULL), '[]') AS findings
FROM dbintel.query q WHERE q.target = $1 AND q.fingerprint = ANY ($2::text[])`,
  previousPlan: `
SELECT body FROM dbintel.plan WHERE target = $1 AND fingerprint = $2 AND hash <> $3 AND parameters = $4 ORDER BY last_seen DESC LIMIT 1`,
  /**
   * $1: limit; $2: target, where one is meant. A condition for each question: one that covers both
   * would read everything.
   */
  findings: (ofTarget: boolean, resolved: boolean) => `
SELECT f.*, t.namespace, t.name FROM dbintel.finding f JOIN dbintel.target t ON t.uid = f.target
WHERE ${ofTarget ? 'f.target = $2' : 'true'} AND ${resolved ? 'true' : 'f.resolved_at IS NULL'} ${worstFirst} LIMIT $1`,
  counts: `
SELECT (SELECT count(*) FROM dbintel.plan WHERE target = $1) AS plans, (SELECT count(*) FROM dbintel.finding WHERE target = $1 AND resolved_at IS NULL) AS findings`,
} as const;
