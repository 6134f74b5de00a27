import { findingsWhere, type QueryOrder, weightOf } from '../conditions.ts';
import type { FindingsFilter } from '../history-questions.ts';

/**
 * The SQL of the file. CROSS JOIN keeps the order that is written: where keys are looked up, SQLite
 * would read the whole target and compare each row with every key.
 *
 * `upsertTarget` refuses an epoch older than the one that has written: the row
 * stays as it is, and no row counts as changed.
 */
export const upsertTarget = `
INSERT INTO target (uid, namespace, name, engine, epoch) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (uid) DO UPDATE
SET namespace = excluded.namespace, name = excluded.name, epoch = excluded.epoch
WHERE excluded.epoch >= epoch`;

export const epoch = 'SELECT epoch FROM target WHERE uid = ?';

export const upsertQuery = `
INSERT INTO query (target, fingerprint, native_id, database, user_name, text,
  first_seen, last_seen, latest_hash, latest_cost, latest_code)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (target, fingerprint) DO UPDATE
SET native_id = excluded.native_id, database = excluded.database,
  user_name = excluded.user_name, text = coalesce(excluded.text, text),
  last_seen = excluded.last_seen, latest_hash = coalesce(excluded.latest_hash, latest_hash),
  latest_cost = coalesce(excluded.latest_cost, latest_cost), latest_code = excluded.latest_code`;

export const upsertUsage = `
INSERT INTO usage (target, fingerprint, hour, calls, total_ms, rows, temp_blocks)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE
SET calls = calls + excluded.calls, total_ms = total_ms + excluded.total_ms,
  rows = rows + excluded.rows, temp_blocks = temp_blocks + excluded.temp_blocks`;

/** Returns when the context was written: no row where the plan is new. */
export const touchPlan = `
UPDATE plan SET last_seen = ?, cost = ? WHERE target = ? AND fingerprint = ? AND hash = ?
RETURNING context_at`;

export const insertPlan = `
INSERT INTO plan (target, fingerprint, hash, first_seen, last_seen, cost, parameters, dominant_op,
  body, context_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/**
 * A plan that an earlier version knew by another hash goes on under its new one, with its tree as
 * it is read now, so that nobody is told of a change.
 */
export const continuePlan = `
UPDATE plan SET hash = ?, former_hash = hash, last_seen = ?, cost = ?, parameters = ?,
  dominant_op = ?, body = ?, context_at = ?
WHERE target = ? AND fingerprint = ? AND hash = ?`;

/** The same plan of the other kind of parameters leaves the tree of the first. */
export const updateBody = `
UPDATE plan SET body = ?, context_at = ?
WHERE target = ? AND fingerprint = ? AND hash = ? AND parameters = ?`;

export const upsertSighting = `
INSERT INTO sighting (target, fingerprint, hash, hour, count, cost_min, cost_max)
VALUES (?, ?, ?, ?, 1, ?, ?)
ON CONFLICT DO UPDATE
SET count = count + 1, cost_min = min(cost_min, excluded.cost_min),
  cost_max = max(cost_max, excluded.cost_max)`;

/** What a plan has told stays as it is until a plan tells otherwise. */
export const upsertFinding = `
INSERT INTO finding (target, fingerprint, rule, hash, severity, message, fix, nodes, time_share,
  category, saves, confidence, also, first_seen, last_seen, resolved_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)
ON CONFLICT DO UPDATE
SET hash = excluded.hash, severity = excluded.severity, message = excluded.message,
  fix = excluded.fix, nodes = excluded.nodes, time_share = excluded.time_share,
  category = excluded.category, saves = excluded.saves, confidence = excluded.confidence,
  also = excluded.also,
  last_seen = excluded.last_seen, resolved_at = NULL
WHERE excluded.hash <> '' OR hash = '' OR resolved_at IS NOT NULL`;

/** Most statements have none: only these are asked whether theirs are over. */
export const openFindings =
  'SELECT DISTINCT fingerprint FROM finding WHERE target = ? AND resolved_at IS NULL';

/** Rules that are found now: the last parameter, as JSON. */
export const resolveFindings = `
UPDATE finding SET resolved_at = ?
WHERE target = ? AND fingerprint = ? AND resolved_at IS NULL
  AND rule NOT IN (SELECT value FROM json_each(?))`;

export const resolveUnplanned = `${resolveFindings} AND hash = ''`;

/** Such a batch has been recorded: whoever brings it again has not heard the answer. */
export const knownCycle = 'SELECT 1 FROM cycle WHERE target = ? AND at = ? AND number = ?';

export const upsertCycle =
  'INSERT OR REPLACE INTO cycle (target, at, number, report) VALUES (?, ?, ?, ?)';

export const targets = `
SELECT uid, namespace, name FROM target t WHERE name = ?
ORDER BY (SELECT max(at) FROM cycle c WHERE c.target = t.uid) DESC NULLS LAST, uid`;

/** Findings and people may still know it by the hash of an earlier version. */
export const plan = `
SELECT * FROM plan WHERE target = ?1 AND fingerprint = ?2 AND (hash = ?3 OR former_hash = ?3)
ORDER BY hash = ?3 DESC LIMIT 1`;

const summary = 'target, fingerprint, hash, first_seen, last_seen, cost, parameters, dominant_op';
const newestFirst = 'ORDER BY last_seen DESC, fingerprint, hash LIMIT ?';
export const plansOfTarget = `SELECT ${summary} FROM plan WHERE target = ? ${newestFirst}`;
export const plansOfQuery = `
SELECT ${summary} FROM plan WHERE target = ? AND fingerprint = ? ${newestFirst}`;

export const previousPlan = `
SELECT body FROM plan
WHERE target = ? AND fingerprint = ? AND hash NOT IN (?, ?) AND parameters = ?
ORDER BY last_seen DESC, hash LIMIT 1`;

/** Of a finding `f`: somebody does not want to be told of it. */
const notMuted = `NOT EXISTS (
  SELECT 1 FROM verdict v
  WHERE v.target = f.target AND v.fingerprint = f.fingerprint AND v.rule = f.rule
    AND v.verdict <> 'accepted')`;

/**
 * Use is added up first: the key has the hour before the statement. ?1: target, ?2 to ?3: hours,
 * ?4: where the later half begins.
 */
const used = `
  used AS MATERIALIZED (
    SELECT fingerprint, sum(calls) AS calls, sum(total_ms) AS total_ms,
      sum(total_ms * total_ms / calls) AS squares,
      sum(CASE WHEN hour < ?4 THEN calls END) AS calls_before,
      sum(CASE WHEN hour < ?4 THEN total_ms END) AS ms_before
    FROM usage
    WHERE target = ?1 AND hour BETWEEN ?2 AND ?3 AND calls > 0 GROUP BY fingerprint)`;

const summaries = (top: string) => `
SELECT top.*, (
  SELECT json_group_array(f.rule ORDER BY f.rule) FROM finding f
  WHERE f.target = top.target AND f.fingerprint = top.fingerprint
    AND f.resolved_at IS NULL AND ${notMuted}) AS findings
FROM ${top}`;

const figures = `
  q.*, coalesce(used.calls, 0) AS calls, coalesce(used.total_ms, 0) AS total_ms,
  (SELECT coalesce(sum(total_ms), 0) FROM used) AS all_ms`;

/** ?5: limit, ?6: offset. */
export const queries = (order: QueryOrder): string => `
WITH ${used},
  top AS MATERIALIZED (
    SELECT ${figures}, ${weightOf[order]} AS weight
    FROM query q LEFT JOIN used ON used.fingerprint = q.fingerprint
    WHERE q.target = ?1 ORDER BY weight DESC, total_ms DESC, q.fingerprint LIMIT ?5 OFFSET ?6)
${summaries('top')} ORDER BY weight DESC, total_ms DESC, fingerprint`;

/** ?5: fingerprint. */
export const query = `
WITH ${used},
  top AS MATERIALIZED (
    SELECT ${figures} FROM query q LEFT JOIN used ON used.fingerprint = q.fingerprint
    WHERE q.target = ?1 AND q.fingerprint = ?5)
${summaries('top')}`;

const severity = "CASE f.severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END";
/**
 * By what mending it should save. Of findings of an earlier version only the statement’s share is
 * known.
 */
const worstFirst =
  `${severity}, coalesce(f.saves * f.confidence, f.time_share) DESC, ` + 'f.fingerprint, f.rule';

export const recall = `
SELECT q.fingerprint, q.database, q.text, q.latest_hash, q.latest_cost, q.latest_code,
  (SELECT json_group_array(json_object('rule', rule, 'message', message)) FROM (
     SELECT f.rule, f.message FROM finding f
     WHERE f.target = q.target AND f.fingerprint = q.fingerprint AND f.resolved_at IS NULL
     ORDER BY ${worstFirst})) AS findings
FROM json_each(?2) wanted
CROSS JOIN query q ON q.target = ?1 AND q.fingerprint = wanted.value`;

/** Where a list is asked for, it comes as JSON. */
const isAmong = (column: string) => `${column} IN (SELECT value FROM json_each(?))`;
const hasText = (expression: string) => `instr(lower(${expression}), ?) > 0`;
const findingsFrom = `
FROM finding f JOIN target t ON t.uid = f.target LEFT JOIN verdict v
  ON v.target = f.target AND v.fingerprint = f.fingerprint AND v.rule = f.rule`;

export const findings = (filter: FindingsFilter): { sql: string; values: string[] } => {
  const { where, values } = findingsWhere(filter, () => '?', isAmong, hasText, JSON.stringify);
  const sql = `
SELECT f.*, t.namespace, t.name, v.verdict, v.verdict_why, v.verdict_until, v.verdict_by,
  v.verdict_at, v.verdict_declared
${findingsFrom}
WHERE ${where}
ORDER BY ${worstFirst}, f.target LIMIT ? OFFSET ?`;
  return { sql, values };
};

export const findingCounts = (filter: FindingsFilter): { sql: string; values: string[] } => {
  const { where, values } = findingsWhere(filter, () => '?', isAmong, hasText, JSON.stringify);
  const sql = `
SELECT f.rule, f.severity, count(*) AS count ${findingsFrom}
WHERE ${where} GROUP BY f.rule, f.severity ORDER BY f.rule, f.severity`;
  return { sql, values };
};

/** ?2 to ?3: when they began, ?4 and ?5: the one before which they came, ?6: with the brake on. */
export const cycles = `
SELECT report FROM cycle
WHERE target = ?1 AND at >= ?2 AND at <= ?3 AND (at, number) < (?4, ?5)
  AND (?6 = 0 OR report ->> '$.safety.brake' IS NOT NULL)
ORDER BY at DESC, number DESC LIMIT ?7`;

export const counts = `
SELECT (SELECT count(*) FROM plan WHERE target = ?1) AS plans, count(*) AS findings,
  count(*) FILTER (WHERE f.severity = 'critical') AS critical,
  count(*) FILTER (WHERE f.severity = 'warning') AS warning
FROM finding f WHERE f.target = ?1 AND f.resolved_at IS NULL AND ${notMuted}`;

/** The key begins with the hour, so each hour there is is looked up: ?1, ?2, from ?3 to ?4. */
export const usageByHour = `
WITH RECURSIVE
  known (first, last) AS (SELECT
    (SELECT min(hour) FROM usage WHERE target = ?1),
    (SELECT max(hour) FROM usage WHERE target = ?1)),
  each (hour) AS (
    SELECT max(first, ?3) FROM known WHERE first IS NOT NULL
    UNION ALL SELECT hour + 1 FROM each, known WHERE hour < min(last, ?4))
SELECT u.hour, u.calls, u.total_ms, u.rows, u.temp_blocks FROM each
CROSS JOIN usage u ON u.target = ?1 AND u.hour = each.hour AND u.fingerprint = ?2
WHERE u.hour <= ?4 ORDER BY u.hour`;

/** Sightings of an earlier version are of the plan that goes on under another hash. */
export const sightingsByHour = `
SELECT hour, known AS hash, sum(count) AS count, min(cost_min) AS cost_min,
  max(cost_max) AS cost_max
FROM (SELECT s.hour, s.count, s.cost_min, s.cost_max, coalesce((
    SELECT p.hash FROM plan p
    WHERE p.target = s.target AND p.fingerprint = s.fingerprint AND p.former_hash = s.hash
    ORDER BY p.first_seen, p.hash LIMIT 1), s.hash) AS known
  FROM sighting s
  WHERE s.target = ? AND s.fingerprint = ? AND s.hour BETWEEN ? AND ?)
GROUP BY hour, known ORDER BY hour, known`;

/** Each by the key: both in one would read every row. */
/** Those of one target after a fingerprint. */
export const searched = `
SELECT target, fingerprint, native_id, database, text, last_seen FROM query
WHERE target = ? AND fingerprint > ? ORDER BY fingerprint LIMIT ?`;

export const allTargets = 'SELECT uid, namespace, name FROM target ORDER BY uid';

export const knownHours = `
SELECT (SELECT min(hour) FROM usage WHERE target = ?1 AND hour >= ?2) AS first,
  (SELECT max(hour) FROM usage WHERE target = ?1 AND hour >= ?2) AS last`;

export const usageOfHour = `
SELECT fingerprint, calls, total_ms, rows, temp_blocks FROM usage WHERE target = ? AND hour = ?`;

export const describe = `
SELECT q.fingerprint, q.native_id, q.database, q.user_name, q.text, q.latest_code, p.body
FROM json_each(?2) wanted
CROSS JOIN query q ON q.target = ?1 AND q.fingerprint = wanted.value
LEFT JOIN plan p
  ON p.target = q.target AND p.fingerprint = q.fingerprint AND p.hash = q.latest_hash`;

/** What is too old of one target: rows by its key, what they are compared with in the policy. */
export const removals = [
  ['DELETE FROM plan WHERE target = ? AND last_seen < ?', 'plans'],
  ['DELETE FROM query WHERE target = ? AND last_seen < ?', 'plans'],
  ['DELETE FROM finding WHERE target = ? AND last_seen < ?', 'plans'],
  ['DELETE FROM sighting WHERE target = ? AND hour < ?', 'hours'],
  ['DELETE FROM usage WHERE target = ? AND hour < ?', 'hours'],
  ['DELETE FROM cycle WHERE target = ? AND at < ?', 'cycles'],
] as const;

/** By the indexes of their times. */
export const oldestSeen = `
SELECT (SELECT min(last_seen) FROM plan) AS plan, (SELECT min(last_seen) FROM query) AS query`;

/**
 * By age, with whether another has replaced it and no open finding speaks of it. ?1, ?2: after
 * which, ?3: before when, ?4: limit.
 */
export const plansAfter = `
SELECT p.rowid AS row, p.last_seen, p.target, p.fingerprint, p.hash,
  NOT EXISTS (SELECT 1 FROM query q WHERE q.target = p.target AND q.fingerprint = p.fingerprint
    AND coalesce(q.latest_hash, p.hash) = p.hash)
  AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.target = p.target
    AND f.fingerprint = p.fingerprint AND f.hash = p.hash AND f.resolved_at IS NULL) AS replaced
FROM plan p WHERE (p.last_seen, p.rowid) > (?1, ?2) AND p.last_seen < ?3
ORDER BY p.last_seen, p.rowid LIMIT ?4`;

/** As above. ?1 to ?3: after which, ?4: before when, ?5: those with open findings, too. */
export const statementsAfter = `
SELECT q.last_seen, q.target, q.fingerprint,
  NOT EXISTS (SELECT 1 FROM verdict v
    WHERE v.target = q.target AND v.fingerprint = q.fingerprint)
  AND (?5 OR NOT EXISTS (SELECT 1 FROM finding f WHERE f.target = q.target
    AND f.fingerprint = q.fingerprint AND f.resolved_at IS NULL)) AS goes
FROM query q WHERE (q.last_seen, q.target, q.fingerprint) > (?1, ?2, ?3) AND q.last_seen < ?4
ORDER BY q.last_seen, q.target, q.fingerprint LIMIT ?6`;

/** Of one target, by the keys. */
export const oldestOf = `
SELECT (SELECT min(hour) FROM usage WHERE target = ?1) AS hour,
  (SELECT min(at) FROM cycle WHERE target = ?1) AS cycle`;

/** What is little whatever the fleet; all by the age of plans. */
export const smallRemovals = [
  `DELETE FROM verdict WHERE verdict_at < ? AND NOT EXISTS (
    SELECT 1 FROM query q
    WHERE q.target = verdict.target AND q.fingerprint = verdict.fingerprint)`,
  'DELETE FROM stop WHERE coalesce(lifted_at, seen_at) < ?',
] as const;
