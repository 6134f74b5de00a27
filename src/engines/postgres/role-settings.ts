import * as z from 'zod';
import { jsonIn, type Row } from '../row.ts';
import { catalogSql } from './catalog-sql.ts';
import type { Question } from './transaction.ts';

/**
 * What a role has when it logs in to this database, as far as plans depend on it: its search path
 * (its own for the database, its own, the database's, the server's) and the planner's settings that
 * are its own. Settings of the database and of the server our session has anyway. What an
 * application sets after login nobody else can see. And those that say what a literal means:
 * `'1.2.2024'`.
 */
const ofPlanner = `(g.category LIKE 'Query Tuning%' OR g.name IN ('work_mem', 'hash_mem_multiplier',
  'max_parallel_workers_per_gather', 'max_parallel_workers',
  'effective_io_concurrency', 'temp_buffers', 'parallel_leader_participation',
  'debug_parallel_query', 'force_parallel_mode', 'DateStyle', 'IntervalStyle', 'TimeZone',
  'default_text_search_config', 'transform_null_equals')) AND g.name NOT IN ('plan_cache_mode',
    'default_statistics_target')`;
const here =
  '(SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())';
/**
 * Of pg_db_role_setting: each name with its value, one that is for this database before one that is
 * for all.
 */
const valuesOf = (roles: string) => `
  SELECT DISTINCT ON (pg_catalog.lower(x.name)) g.name, g.context, x.value
  FROM pg_catalog.pg_db_role_setting s CROSS JOIN pg_catalog.unnest(s.setconfig) c
  CROSS JOIN LATERAL (SELECT pg_catalog.split_part(c, '=', 1) AS name,
    pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) AS value) x
  JOIN pg_catalog.pg_settings g ON pg_catalog.lower(g.name) = pg_catalog.lower(x.name)
  WHERE s.setrole = ${roles} AND (s.setdatabase = 0 OR s.setdatabase = ${here}) AND ${ofPlanner}
  ORDER BY pg_catalog.lower(x.name), s.setdatabase <> 0 DESC`;
const me = '(SELECT m.oid FROM pg_catalog.pg_roles m WHERE m.rolname = session_user)';

const roleSettingsSql = catalogSql(`
SELECT r.rolname AS "user", coalesce(
  (SELECT pg_catalog.substr(c, 13) FROM pg_catalog.pg_db_role_setting s,
    pg_catalog.unnest(s.setconfig) c
   WHERE c LIKE 'search\\_path=%' AND (s.setrole = r.oid OR s.setrole = 0)
     AND (s.setdatabase = 0 OR s.setdatabase = ${here})
   ORDER BY (s.setrole <> 0)::int * 2 + (s.setdatabase <> 0)::int DESC LIMIT 1),
  -- The value at our login is the server's, unless we have one of our own.
  (SELECT nullif(g.reset_val, '') FROM pg_catalog.pg_settings g
   WHERE g.name = 'search_path' AND NOT EXISTS (
     SELECT FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) c
     WHERE s.setrole = ${me} AND c LIKE 'search\\_path=%')),
  '"$user", public') AS path,
  (SELECT pg_catalog.json_object_agg(v.name, v.value)::text FROM (${valuesOf('r.oid')}) v
   WHERE v.context = 'user') AS settings,
  EXISTS (SELECT FROM (${valuesOf('r.oid')}) v WHERE v.context <> 'user')
    OR EXISTS (SELECT v.name FROM (${valuesOf(me)}) v
      EXCEPT SELECT v.name FROM (${valuesOf('r.oid')}) v) AS differs
FROM pg_catalog.pg_roles r WHERE r.rolname = ANY ($1::text[])`);

export const roleSettingsStatements = { roleSettingsSql };

export interface RoleSettings {
  searchPath: string[];
  /** Planner settings to be set for its statements. */
  planner: Record<string, string>;
  /** Some that the role has may not be set by ours, or ours has one that it has not. */
  differs: boolean;
}

export const roleSettings = (users: readonly string[]): Question<Map<string, RoleSettings>> => ({
  sql: roleSettingsSql,
  values: [users],
  read: (rows) => new Map(rows.map((row) => [row['user'] ?? '', toSettings(row)])),
});

const toSettings = (row: Row): RoleSettings => ({
  searchPath: splitSearchPath(row['path'] ?? '', row['user'] ?? ''),
  planner: jsonIn(row, 'settings', z.record(z.string(), z.string()), {}),
  differs: row['differs'] === 't',
});

/** `"$user", public` of alice → alice, public. */
export function splitSearchPath(setting: string, user: string): string[] {
  const parts = setting.match(/"(?:[^"]|"")*"|[^,\s]+/g) ?? [];
  return parts
    .map((part) =>
      part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part.toLowerCase(),
    )
    .map((part) => (part === '$user' ? user : part));
}
