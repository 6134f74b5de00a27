import { findingsWhere, type QueryOrder, weightOf } from '../conditions.ts';
import type { FindingsFilter } from '../history-questions.ts';

/**
 * The SQL of the schema `dbintel`. Rows of a kind come as one JSON document, so that a batch is a
 * handful of statements whatever its size; they are taken in order of their keys, so that two
 * writers never wait for each other in a circle.
 */

/** Refuses an epoch older than the one that has written: then no row is counted. */
export const upsertTarget = `
INSERT INTO dbintel.target AS t (uid, namespace, name, engine, epoch) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (uid) DO UPDATE
SET namespace = excluded.namespace, name = excluded.name, epoch = excluded.epoch
WHERE excluded.epoch >= t.epoch`;

export const epoch = 'SELECT epoch FROM dbintel.target WHERE uid = $1';

export const upsertQueries = `
INSERT INTO dbintel.query AS q (target, fingerprint, native_id, database, user_name, text,
  first_seen, last_seen, latest_hash, latest_cost, latest_code)
SELECT $1, fingerprint, native_id, database, user_name, text, $2, $2, hash, cost, code
FROM jsonb_to_recordset($3::jsonb) AS r (fingerprint text, native_id text, database text,
  user_name text, text text, hash text, cost float8, code text)
ORDER BY fingerprint
ON CONFLICT (target, fingerprint) DO UPDATE
SET native_id = excluded.native_id, database = excluded.database,
  user_name = excluded.user_name, text = coalesce(excluded.text, q.text),
  last_seen = excluded.last_seen, latest_hash = coalesce(excluded.latest_hash, q.latest_hash),
  latest_cost = coalesce(excluded.latest_cost, q.latest_cost), latest_code = excluded.latest_code`;

export const upsertUsage = `
INSERT INTO dbintel.usage AS u (target, fingerprint, hour, calls, total_ms, rows, temp_blocks)
SELECT $1, fingerprint, $2, calls, total_ms, rows, temp_blocks
FROM jsonb_to_recordset($3::jsonb) AS r (fingerprint text, calls bigint, total_ms float8,
  rows bigint, temp_blocks bigint)
ORDER BY fingerprint
ON CONFLICT (target, fingerprint, hour) DO UPDATE
SET calls = u.calls + excluded.calls, total_ms = u.total_ms + excluded.total_ms,
  rows = u.rows + excluded.rows, temp_blocks = u.temp_blocks + excluded.temp_blocks`;

/** Returns those that are there already, and when their contexts were written. */
export const touchPlans = `
UPDATE dbintel.plan p SET last_seen = $2, cost = r.cost
FROM jsonb_to_recordset($3::jsonb) AS r (fingerprint text, hash text, cost float8)
WHERE p.target = $1 AND p.fingerprint = r.fingerprint AND p.hash = r.hash
RETURNING p.fingerprint, p.hash, p.context_at`;

export const insertPlan = `
INSERT INTO dbintel.plan (target, fingerprint, hash, first_seen, last_seen, cost, parameters,
  dominant_op, body, context_at)
VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING`;

/**
 * A plan that an earlier version knew by another hash goes on under its new one, with its tree as
 * it is read now, so that nobody is told of a change.
 */
export const continuePlan = `
UPDATE dbintel.plan SET hash = $3, former_hash = hash, last_seen = $4, cost = $5, parameters = $6,
  dominant_op = $7, body = $8, context_at = $9
WHERE target = $1 AND fingerprint = $2 AND hash = $10`;

/** The same plan of the other kind of parameters leaves the tree of the first. */
export const updateBody = `
UPDATE dbintel.plan SET body = $5, context_at = $6
WHERE target = $1 AND fingerprint = $2 AND hash = $3 AND parameters = $4`;

export const upsertSightings = `
INSERT INTO dbintel.sighting AS s (target, fingerprint, hash, hour, count, cost_min, cost_max)
SELECT $1, fingerprint, hash, $2, 1, cost, cost
FROM jsonb_to_recordset($3::jsonb) AS r (fingerprint text, hash text, cost float8)
ORDER BY fingerprint, hash
ON CONFLICT (target, fingerprint, hash, hour) DO UPDATE
SET count = s.count + 1, cost_min = least(s.cost_min, excluded.cost_min),
  cost_max = greatest(s.cost_max, excluded.cost_max)`;

/** What a plan has told stays as it is until a plan tells otherwise. */
export const upsertFindings = `
INSERT INTO dbintel.finding AS f (target, fingerprint, rule, hash, severity, message, fix, nodes,
  time_share, category, saves, confidence, also, first_seen, last_seen)
SELECT $1, fingerprint, rule, hash, severity, message, fix, nodes, time_share, category, saves,
  confidence, also, $2, $2
FROM jsonb_to_recordset($3::jsonb) AS r (fingerprint text, rule text, hash text, severity text,
  message text, fix text, nodes jsonb, time_share float8, category text, saves float8,
  confidence float8, also jsonb)
ORDER BY fingerprint, rule
ON CONFLICT (target, fingerprint, rule) DO UPDATE
SET hash = excluded.hash, severity = excluded.severity, message = excluded.message,
  fix = excluded.fix, nodes = excluded.nodes, time_share = excluded.time_share,
  category = excluded.category, saves = excluded.saves, confidence = excluded.confidence,
  also = excluded.also,
  last_seen = excluded.last_seen, resolved_at = NULL
WHERE excluded.hash <> '' OR f.hash = '' OR f.resolved_at IS NOT NULL`;

/** $3: fingerprints that have a new plan; $4: what was found in them. */
export const resolveFindings = `
UPDATE dbintel.finding f SET resolved_at = $2
WHERE f.target = $1 AND f.resolved_at IS NULL
  AND f.fingerprint IN (SELECT jsonb_array_elements_text($3::jsonb))
  AND NOT EXISTS (
    SELECT FROM jsonb_to_recordset($4::jsonb) AS r (fingerprint text, rule text)
    WHERE r.fingerprint = f.fingerprint AND r.rule = f.rule)`;

export const resolveUnplanned = `${resolveFindings} AND f.hash = ''`;

/** Such a batch has been recorded: whoever brings it again has not heard the answer. */
export const knownCycle =
  'SELECT FROM dbintel.cycle WHERE target = $1 AND hour = $2 AND at = $3 AND number = $4';

export const upsertCycle = `
INSERT INTO dbintel.cycle (target, hour, at, number, report) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (target, at, number, hour) DO UPDATE SET report = excluded.report`;

export const targets = `
SELECT uid, namespace, name FROM dbintel.target t WHERE name = $1
ORDER BY (SELECT max(at) FROM dbintel.cycle c WHERE c.target = t.uid) DESC NULLS LAST, uid`;

/** Findings and people may still know it by the hash of an earlier version. */
export const plan = `
SELECT * FROM dbintel.plan
WHERE target = $1 AND fingerprint = $2 AND (hash = $3 OR former_hash = $3)
ORDER BY hash = $3 DESC LIMIT 1`;

export const plans = `
SELECT target, fingerprint, hash, first_seen, last_seen, cost, parameters, dominant_op
FROM dbintel.plan WHERE target = $1 AND ($2::text IS NULL OR fingerprint = $2)
ORDER BY last_seen DESC, fingerprint COLLATE "C", hash COLLATE "C" LIMIT $3`;

export const previousPlan = `
SELECT body FROM dbintel.plan
WHERE target = $1 AND fingerprint = $2 AND hash NOT IN ($3, $4) AND parameters = $5
ORDER BY last_seen DESC, hash COLLATE "C" LIMIT 1`;

/** Of a finding `f`: somebody does not want to be told of it. */
const notMuted = `NOT EXISTS (
  SELECT FROM dbintel.verdict v
  WHERE v.target = f.target AND v.fingerprint = f.fingerprint AND v.rule = f.rule
    AND v.verdict <> 'accepted')`;

/** $1: target, $2 to $3: hours, $4: where the later half begins. */
const used = `
  used AS MATERIALIZED (
    SELECT fingerprint, sum(calls) AS calls, sum(total_ms) AS total_ms,
      sum(total_ms * total_ms / calls) AS squares,
      sum(calls) FILTER (WHERE hour < $4) AS calls_before,
      sum(total_ms) FILTER (WHERE hour < $4) AS ms_before
    FROM dbintel.usage
    WHERE target = $1 AND hour BETWEEN $2 AND $3 AND calls > 0 GROUP BY fingerprint)`;

const summaries = (top: string) => `
SELECT top.*, array_to_json(ARRAY (
  SELECT f.rule FROM dbintel.finding f
  WHERE f.target = top.target AND f.fingerprint = top.fingerprint AND f.resolved_at IS NULL
    AND ${notMuted}
  ORDER BY f.rule COLLATE "C")) AS findings
FROM ${top}`;

const figures = `
  q.*, coalesce(used.calls, 0) AS calls, coalesce(used.total_ms, 0) AS total_ms,
  (SELECT coalesce(sum(total_ms), 0) FROM used) AS all_ms`;

/** $5: limit, $6: offset. */
export const queries = (order: QueryOrder): string => `
WITH ${used},
  top AS MATERIALIZED (
    SELECT ${figures}, ${weightOf[order]} AS weight
    FROM dbintel.query q LEFT JOIN used ON used.fingerprint = q.fingerprint
    WHERE q.target = $1
    ORDER BY weight DESC, total_ms DESC, q.fingerprint COLLATE "C" LIMIT $5 OFFSET $6)
${summaries('top')} ORDER BY weight DESC, total_ms DESC, fingerprint COLLATE "C"`;

/** $5: fingerprint. */
export const query = `
WITH ${used},
  top AS MATERIALIZED (
    SELECT ${figures} FROM dbintel.query q LEFT JOIN used ON used.fingerprint = q.fingerprint
    WHERE q.target = $1 AND q.fingerprint = $5)
${summaries('top')}`;

const severity = "CASE f.severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END";
/**
 * By what mending it should save. Of findings of an earlier version only the statement’s share is
 * known.
 */
const worstFirst =
  `${severity}, coalesce(f.saves * f.confidence, f.time_share) DESC, f.fingerprint COLLATE "C", ` +
  'f.rule COLLATE "C"';

export const recall = `
SELECT q.fingerprint, q.database, q.text, q.latest_hash, q.latest_cost, q.latest_code,
  coalesce((
    SELECT json_agg(json_build_object('rule', f.rule, 'message', f.message) ORDER BY ${worstFirst})
    FROM dbintel.finding f
    WHERE f.target = q.target AND f.fingerprint = q.fingerprint AND f.resolved_at IS NULL),
  '[]') AS findings
FROM dbintel.query q WHERE q.target = $1 AND q.fingerprint = ANY ($2::text[])`;

const isAmong = (column: string, place: string) => `${column} = ANY (${place}::text[])`;
/** In every locale as in C: of ASCII alone. */
const hasText = (expression: string, place: string) =>
  `strpos(lower((${expression}) COLLATE "C"), ${place}) > 0`;
const findingsFrom = `
FROM dbintel.finding f JOIN dbintel.target t ON t.uid = f.target
LEFT JOIN dbintel.verdict v
  ON v.target = f.target AND v.fingerprint = f.fingerprint AND v.rule = f.rule`;
const place = (at: number) => `$${at}`;
const asIs = (list: readonly string[]) => list;

/** Its last two values: limit and offset. */
export const findings = (filter: FindingsFilter) => {
  const { where, values } = findingsWhere(filter, place, isAmong, hasText, asIs);
  const sql = `
SELECT f.*, t.namespace, t.name, v.verdict, v.verdict_why, v.verdict_until, v.verdict_by,
  v.verdict_at, v.verdict_declared
${findingsFrom}
WHERE ${where}
ORDER BY ${worstFirst}, f.target COLLATE "C"
LIMIT $${values.length + 1} OFFSET $${values.length + 2}`;
  return { sql, values };
};

export const findingCounts = (filter: FindingsFilter) => {
  const { where, values } = findingsWhere(filter, place, isAmong, hasText, asIs);
  const sql = `
SELECT f.rule, f.severity, count(*) AS count ${findingsFrom}
WHERE ${where} GROUP BY f.rule, f.severity ORDER BY f.rule COLLATE "C", f.severity COLLATE "C"`;
  return { sql, values };
};

/** $2 to $3: when they began, $4 and $5: the one before which they came, $6: with the brake on. */
export const cycles = `
SELECT report FROM dbintel.cycle
WHERE target = $1 AND at >= $2 AND at <= $3 AND (at, number) < ($4, $5)
  AND ($6 = 0 OR report -> 'safety' ->> 'brake' IS NOT NULL)
ORDER BY at DESC, number DESC LIMIT $7`;

export const counts = `
SELECT (SELECT count(*) FROM dbintel.plan WHERE target = $1) AS plans, count(*) AS findings,
  count(*) FILTER (WHERE f.severity = 'critical') AS critical,
  count(*) FILTER (WHERE f.severity = 'warning') AS warning
FROM dbintel.finding f WHERE f.target = $1 AND f.resolved_at IS NULL AND ${notMuted}`;

export const usageByHour = `
SELECT hour, calls, total_ms, rows, temp_blocks FROM dbintel.usage
WHERE target = $1 AND fingerprint = $2 AND hour BETWEEN $3 AND $4 ORDER BY hour`;

/** Sightings of an earlier version are of the plan that goes on under another hash. */
export const sightingsByHour = `
SELECT hour, known AS hash, sum(count) AS count, min(cost_min) AS cost_min,
  max(cost_max) AS cost_max
FROM (SELECT s.hour, s.count, s.cost_min, s.cost_max, coalesce((
    SELECT p.hash FROM dbintel.plan p
    WHERE p.target = s.target AND p.fingerprint = s.fingerprint AND p.former_hash = s.hash
    ORDER BY p.first_seen, p.hash COLLATE "C" LIMIT 1), s.hash) AS known
  FROM dbintel.sighting s
  WHERE s.target = $1 AND s.fingerprint = $2 AND s.hour BETWEEN $3 AND $4) seen
GROUP BY hour, known ORDER BY hour, known COLLATE "C"`;

/**
 * $1: text, $2: as it is written, $3: namespaces or null, $4: how many are looked at, $5: limit.
 * Reads `query` backwards by when it was last seen.
 */
export const searchQueries = `
WITH newest AS (
  SELECT q.target, t.namespace, t.name, q.fingerprint, q.native_id, q.database, q.text, q.last_seen
  FROM dbintel.query q JOIN dbintel.target t ON t.uid = q.target
  WHERE $3::text[] IS NULL OR q.target = ANY ($3::text[])
  ORDER BY q.last_seen DESC LIMIT $4)
SELECT * FROM newest
WHERE strpos(lower(text COLLATE "C"), $1) > 0 OR starts_with(fingerprint, $1)
  OR starts_with(native_id, $2)
ORDER BY last_seen DESC, fingerprint COLLATE "C", target COLLATE "C" LIMIT $5`;

/** $1: uids of targets or null, $2: at most. */
export const countSearched = `
SELECT count(*) AS count FROM (
  SELECT FROM dbintel.query q JOIN dbintel.target t ON t.uid = q.target
  WHERE $1::text[] IS NULL OR q.target = ANY ($1::text[]) LIMIT $2) looked_at`;

export const weigh = `
SELECT fingerprint, sum(calls) AS calls, sum(total_ms) AS total_ms, sum(rows) AS rows,
  sum(temp_blocks) AS temp_blocks
FROM dbintel.usage WHERE target = $1 AND hour >= $2
GROUP BY fingerprint ORDER BY total_ms DESC, fingerprint COLLATE "C" LIMIT $3`;

export const describe = `
SELECT q.fingerprint, q.native_id, q.database, q.user_name, q.text, q.latest_code, p.body
FROM dbintel.query q
LEFT JOIN dbintel.plan p
  ON p.target = q.target AND p.fingerprint = q.fingerprint AND p.hash = q.latest_hash
WHERE q.target = $1 AND q.fingerprint = ANY ($2::text[])`;

export const allTargets = 'SELECT uid FROM dbintel.target ORDER BY uid';

/** What is too old of one target, by its key: whole months of a fleet are too much to look at. */
export const removals = [
  ['DELETE FROM dbintel.plan WHERE target = $1 AND last_seen < $2', 'plans'],
  ['DELETE FROM dbintel.query WHERE target = $1 AND last_seen < $2', 'plans'],
  ['DELETE FROM dbintel.finding WHERE target = $1 AND last_seen < $2', 'plans'],
  ['DELETE FROM dbintel.sighting WHERE target = $1 AND hour < $2', 'hours'],
  ['DELETE FROM dbintel.usage WHERE target = $1 AND hour < $2', 'hours'],
  ['DELETE FROM dbintel.cycle WHERE target = $1 AND at < $2', 'cycles'],
] as const;

export const serverTime = `
SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now`;

/** Of the schema with its indexes and what is stored aside. */
export const size = `
SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint AS bytes
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'dbintel' AND c.relkind = 'r'`;
