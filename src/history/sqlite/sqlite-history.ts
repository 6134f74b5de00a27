import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { compressJson, expandJson } from '../../base/node/compress.ts';
import {
  type BatchQuery,
  type CycleReport,
  isExplained,
  type PlanBatch,
} from '../../model/batch.ts';
import { knownCost, type Plan } from '../../model/plan.ts';
import {
  type KnownQuery,
  type PlanHistory,
  type PlanSummary,
  planLimit,
  type QuerySummary,
  type StoredFinding,
} from '../plan-history.ts';
import { migrate } from './migrations.ts';

/**
 * The embedded default: one file, one transaction per batch, WAL. A crash loses at most the batch
 * in flight. Bodies of plans are compressed JSON and written once; a plan that is seen again costs
 * one update and one roll-up.
 */
const hour_ms = 3_600_000;

export function openSqliteHistory(path: string): PlanHistory {
  const db = new DatabaseSync(path, { timeout: 5_000 });
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8000');
  migrate(db, path);
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string) => {
    const known = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, known);
    return known;
  };

  function recordQuery(batch: PlanBatch, query: BatchQuery): void {
    const { uid } = batch.target;
    const { stats, fingerprint, text, result } = query;
    const at = batch.cycle.startedAt;
    const hour = Math.floor(at / hour_ms);
    const explained = isExplained(query) ? query.result : undefined;
    const hash = explained?.plan.hash.shape ?? null;
    const code = result.kind === 'refused' ? result.code : null;
    prepare(upsertQuerySql).run(
      uid,
      fingerprint.value,
      stats.nativeId,
      stats.database,
      text ?? null,
      at,
      at,
      hash,
      (explained && knownCost(explained.plan)) ?? null,
      code,
    );
    prepare(upsertUsageSql).run(
      uid,
      fingerprint.value,
      hour,
      stats.calls,
      stats.totalMs,
      stats.rows,
      stats.tempBlocksWritten,
    );
    if (explained) recordPlan(uid, fingerprint.value, explained.plan, at);
    if (explained && hash) recordFindings(uid, query, hash, at);
  }

  function recordPlan(uid: string, fingerprint: string, plan: Plan, at: number): void {
    const { hash, totals, parameters, dominantOp } = plan;
    const seen = prepare(touchPlanSql).run(at, totals.estCost, uid, fingerprint, hash.shape);
    if (seen.changes === 0)
      prepare(insertPlanSql).run(
        uid,
        fingerprint,
        hash.shape,
        at,
        at,
        totals.estCost,
        parameters,
        dominantOp,
        compressJson(plan),
      );
    prepare(upsertSightingSql).run(
      uid,
      fingerprint,
      hash.shape,
      Math.floor(at / hour_ms),
      totals.estCost,
      totals.estCost,
    );
  }

  function recordFindings(uid: string, query: BatchQuery, hash: string, at: number): void {
    const findings = query.result.kind === 'explained' ? query.result.findings : [];
    // Several matches of one rule in one plan are one finding of the statement; the first, worst
    // one speaks.
    const byRule = new Map(findings.toReversed().map((finding) => [finding.rule, finding]));
    for (const { rule, severity, message, fix, nodes, timeShare } of byRule.values()) {
      prepare(upsertFindingSql).run(
        uid,
        query.fingerprint.value,
        rule,
        hash,
        severity,
        message,
        fix,
        JSON.stringify(nodes),
        timeShare,
        at,
        at,
      );
    }
    prepare(resolveFindingsSql).run(
      at,
      uid,
      query.fingerprint.value,
      JSON.stringify([...byRule.keys()]),
    );
  }

  function transaction(work: () => boolean): boolean {
    db.exec('BEGIN IMMEDIATE');
    try {
      const done = work();
      db.exec(done ? 'COMMIT' : 'ROLLBACK');
      return done;
    } catch (error) {
      db.exec('ROLLBACK');
      throw error;
    }
  }

  return {
    async record(batch) {
      const { uid, namespace, name, engine, epoch } = batch.target;
      return transaction(() => {
        if (prepare(upsertTargetSql).run(uid, namespace, name, engine, epoch).changes === 0)
          return false;
        for (const query of batch.queries) recordQuery(batch, query);
        prepare(
          'INSERT OR REPLACE INTO cycle (target, at, number, report) VALUES (?, ?, ?, ?)',
        ).run(uid, batch.cycle.startedAt, batch.cycle.number, JSON.stringify(batch.cycle));
        return true;
      });
    },
    async plan({ target, fingerprint, hash }) {
      const row = prepare(
        'SELECT * FROM plan WHERE target = ? AND fingerprint = ? AND hash = ?',
      ).get(target, fingerprint, hash);
      if (!row) return undefined;
      return { ...toPlanSummary(row), plan: toPlan(row) };
    },
    async plans({ target, fingerprint, limit }) {
      const columns =
        'target, fingerprint, hash, first_seen, last_seen, cost, parameters, dominant_op';
      const rows = fingerprint
        ? prepare(
            `SELECT ${columns} FROM plan WHERE target = ? AND fingerprint = ? ORDER BY last_seen DESC LIMIT ?`,
          ).all(target, fingerprint, limit)
        : prepare(
            `SELECT ${columns} FROM plan WHERE target = ? ORDER BY last_seen DESC LIMIT ?`,
          ).all(target, limit);
      return rows.map(toPlanSummary);
    },
    async queries({ target, since, limit }) {
      return prepare(`${querySql} GROUP BY q.target, q.fingerprint ORDER BY total_ms DESC LIMIT ?`)
        .all(Math.floor(since / hour_ms), target, limit)
        .map(toQuerySummary);
    },
    async recall(target, fingerprints) {
      return prepare(recallSql).all(target, JSON.stringify(fingerprints)).map(toKnownQuery);
    },
    async previousPlan({ target, fingerprint, hash, parameters }) {
      const row = prepare(previousPlanSql).get(target, fingerprint, hash, parameters);
      return row && toPlan(row);
    },
    async findings({ target, includeResolved = false, limit }) {
      // A condition for each question: one that covers both would read everything.
      const which = [
        ...(target === undefined ? [] : ['f.target = ?']),
        ...(includeResolved ? [] : ['f.resolved_at IS NULL']),
      ];
      const rows = prepare(
        `${findingsSql} ${which.length ? `WHERE ${which.join(' AND ')}` : ''} ${worstFirst} LIMIT ?`,
      );
      return rows.all(...(target === undefined ? [] : [target]), limit).map(toFinding);
    },
    async observations({ target, since, limit }) {
      const rows = prepare(
        'SELECT report FROM cycle WHERE target = ? AND at >= ? ORDER BY at DESC, number DESC LIMIT ?',
      ).all(target, since, limit);
      return rows.map((row) => JSON.parse(String(row['report'])) as CycleReport);
    },
    async counts(target) {
      const row = prepare(
        'SELECT (SELECT count(*) FROM plan WHERE target = ?) AS plans, (SELECT count(*) FROM finding WHERE target = ? AND resolved_at IS NULL) AS findings',
      ).get(target, target);
      return { plans: Number(row?.['plans']), openFindings: Number(row?.['findings']) };
    },
    async retain({ now, plans_ms, hours_ms, cycles_ms }) {
      let removed = 0;
      const remove = (sql: string, before: number) => {
        removed += Number(prepare(sql).run(Math.floor(before)).changes);
      };
      transaction(() => {
        remove('DELETE FROM plan WHERE last_seen < ?', now - plans_ms);
        remove('DELETE FROM query WHERE last_seen < ?', now - plans_ms);
        remove('DELETE FROM finding WHERE last_seen < ?', now - plans_ms);
        remove('DELETE FROM sighting WHERE hour < ?', (now - hours_ms) / hour_ms);
        remove('DELETE FROM usage WHERE hour < ?', (now - hours_ms) / hour_ms);
        remove('DELETE FROM cycle WHERE at < ?', now - cycles_ms);
        return true;
      });
      return removed;
    },
    async close() {
      db.close();
    },
  };
}

/**
 * Refuses an epoch older than the one that has written: the row stays as it is, and no row counts
 * as changed.
 */
const upsertTargetSql = `
INSERT INTO target (uid, namespace, name, engine, epoch) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (uid) DO UPDATE SET namespace = excluded.namespace, name = excluded.name, epoch = excluded.epoch WHERE excluded.epoch >= epoch`;
const upsertQuerySql = `
INSERT INTO query (target, fingerprint, native_id, database, text, first_seen, last_seen, latest_hash, latest_cost, latest_code) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (target, fingerprint) DO UPDATE SET native_id = excluded.native_id, database = excluded.database, text = coalesce(excluded.text, text), last_seen = excluded.last_seen,
  latest_hash = coalesce(excluded.latest_hash, latest_hash), latest_cost = coalesce(excluded.latest_cost, latest_cost), latest_code = excluded.latest_code`;
const upsertUsageSql = `
INSERT INTO usage (target, fingerprint, hour, calls, total_ms, rows, temp_blocks) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, total_ms = total_ms + excluded.total_ms, rows = rows + excluded.rows, temp_blocks = temp_blocks + excluded.temp_blocks`;
const touchPlanSql =
  'UPDATE plan SET last_seen = ?, cost = ? WHERE target = ? AND fingerprint = ? AND hash = ?';
const insertPlanSql =
  'INSERT INTO plan (target, fingerprint, hash, first_seen, last_seen, cost, parameters, dominant_op, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)';
const upsertSightingSql = `
INSERT INTO sighting (target, fingerprint, hash, hour, count, cost_min, cost_max) VALUES (?, ?, ?, ?, 1, ?, ?)
ON CONFLICT DO UPDATE SET count = count + 1, cost_min = min(cost_min, excluded.cost_min), cost_max = max(cost_max, excluded.cost_max)`;
const upsertFindingSql = `
INSERT INTO finding (target, fingerprint, rule, hash, severity, message, fix, nodes, time_share, first_seen, last_seen, resolved_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)
ON CONFLICT DO UPDATE SET hash = excluded.hash, severity = excluded.severity, message = excluded.message, fix = excluded.fix, nodes = excluded.nodes,
  time_share = excluded.time_share, last_seen = excluded.last_seen, resolved_at = NULL`;
const resolveFindingsSql = `
UPDATE finding SET resolved_at = ? WHERE target = ? AND fingerprint = ? AND resolved_at IS NULL AND rule NOT IN (SELECT value FROM json_each(?))`;
const querySql = `
SELECT q.*, coalesce(sum(u.calls), 0) AS calls, coalesce(sum(u.total_ms), 0) AS total_ms,
  (SELECT json_group_array(rule) FROM finding f WHERE f.target = q.target AND f.fingerprint = q.fingerprint AND f.resolved_at IS NULL) AS findings
FROM query q LEFT JOIN usage u ON u.target = q.target AND u.fingerprint = q.fingerprint AND u.hour >= ? WHERE q.target = ?`;
const worstFirst =
  "ORDER BY CASE f.severity WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END, f.time_share DESC";
const findingsSql =
  'SELECT f.*, t.namespace, t.name FROM finding f JOIN target t ON t.uid = f.target';
const recallSql = `
SELECT q.fingerprint, q.text, q.latest_hash, q.latest_cost, q.latest_code, (SELECT json_group_array(json_object('rule', rule, 'message', message)) FROM (
  SELECT f.rule, f.message FROM finding f WHERE f.target = q.target AND f.fingerprint = q.fingerprint AND f.resolved_at IS NULL ${worstFirst})) AS findings
FROM json_each(?2) wanted JOIN query q ON q.target = ?1 AND q.fingerprint = wanted.value`;
const previousPlanSql =
  'SELECT body FROM plan WHERE target = ? AND fingerprint = ? AND hash <> ? AND parameters = ? ORDER BY last_seen DESC LIMIT 1';

type SqlRow = Record<string, SQLOutputValue>;

const toPlanSummary = (row: SqlRow): PlanSummary => ({
  target: String(row['target']),
  fingerprint: String(row['fingerprint']),
  hash: String(row['hash']),
  firstSeen: Number(row['first_seen']),
  lastSeen: Number(row['last_seen']),
  cost: Number(row['cost']),
  parameters: row['parameters'] as PlanSummary['parameters'],
  dominantOp: String(row['dominant_op']),
});

const latestOf = (row: SqlRow) => ({
  ...(row['text'] === null ? {} : { text: String(row['text']) }),
  ...(row['latest_hash'] === null ? {} : { latestHash: String(row['latest_hash']) }),
  ...(row['latest_cost'] === null ? {} : { latestCost: Number(row['latest_cost']) }),
  ...(row['latest_code'] === null ? {} : { latestCode: String(row['latest_code']) }),
});

const toQuerySummary = (row: SqlRow): QuerySummary => ({
  target: String(row['target']),
  fingerprint: String(row['fingerprint']),
  nativeId: String(row['native_id']),
  database: String(row['database']),
  firstSeen: Number(row['first_seen']),
  lastSeen: Number(row['last_seen']),
  calls: Number(row['calls']),
  totalMs: Number(row['total_ms']),
  ...latestOf(row),
  findings: JSON.parse(String(row['findings'])) as string[],
});

const toPlan = (row: SqlRow) => expandJson(row['body'] as Uint8Array, planLimit) as Plan;

const toKnownQuery = (row: SqlRow): KnownQuery => ({
  fingerprint: String(row['fingerprint']),
  ...latestOf(row),
  findings: JSON.parse(String(row['findings'])) as KnownQuery['findings'],
});

const toFinding = (row: SqlRow): StoredFinding => ({
  target: String(row['target']),
  namespace: String(row['namespace']),
  name: String(row['name']),
  fingerprint: String(row['fingerprint']),
  hash: String(row['hash']),
  rule: String(row['rule']),
  severity: row['severity'] as StoredFinding['severity'],
  message: String(row['message']),
  fix: String(row['fix']),
  nodes: JSON.parse(String(row['nodes'])) as number[],
  timeShare: Number(row['time_share']),
  firstSeen: Number(row['first_seen']),
  lastSeen: Number(row['last_seen']),
  ...(row['resolved_at'] === null ? {} : { resolvedAt: Number(row['resolved_at']) }),
});
