import { AppError } from '../../base/errors.ts';
import type { Snapshot, StatementCounters } from '../../plans/statistics.ts';
import type { Connection, Row } from './connection.ts';
import { askCatalog } from './transaction.ts';

/**
 * Counters without texts: pg_stat_statements(false) does not read the file of texts (7.8 ms instead of 38.8 for 9,002 entries).
 * Our own role's statements are left out. Columns follow the extension's version, not the server's.
 */
export interface StatementsExtension {
  schema: string;
  /** 1.11 with PostgreSQL 17 has stats_since. */
  version: string;
}

export const findExtensionSql = `
SELECT n.nspname AS schema, e.extversion AS version FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_stat_statements'`;

const quoted = (schema: string) => `"${schema.replaceAll('"', '""')}"`;

export const atLeast = (version: string, wanted: string): boolean => {
  const [a, b] = [version, wanted].map((each) => each.split('.').map(Number));
  return (a?.[0] ?? 0) > (b?.[0] ?? 0) || (a?.[0] === b?.[0] && (a?.[1] ?? 0) >= (b?.[1] ?? 0));
};

const rowLimit = 20_000;

export function countersSql({ schema, version }: StatementsExtension): string {
  const since = atLeast(version, '1.11') ? "pg_catalog.date_part('epoch', s.stats_since) * 1000" : 'NULL';
  const toplevel = atLeast(version, '1.9') ? 's.toplevel' : 'true';
  return `
SELECT s.userid::text AS userid, s.dbid::text AS dbid, s.queryid::text AS queryid, ${toplevel} AS toplevel, r.rolname AS "user", d.datname AS database,
  s.calls, s.total_exec_time AS total, s.mean_exec_time AS mean, s.stddev_exec_time AS stddev, s.rows, s.temp_blks_written AS temp, ${since} AS since
FROM ${quoted(schema)}.pg_stat_statements(false) s
JOIN pg_catalog.pg_database d ON d.oid = s.dbid LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.userid
WHERE s.queryid IS NOT NULL AND s.userid <> (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user)
ORDER BY s.total_exec_time DESC LIMIT ${rowLimit}`;
}

/** When the statistics began, how many entries were thrown out, and the server's own count of active time. */
const infoSql = ({ schema }: StatementsExtension) => `
SELECT i.dealloc, i.stats_reset::text AS reset, pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) * 1000 AS now,
  (SELECT pg_catalog.sum(active_time) FROM pg_catalog.pg_stat_database) AS active
FROM ${quoted(schema)}.pg_stat_statements_info i`;

export async function readSnapshot(control: Connection, extension: StatementsExtension | undefined, timeout_ms: number): Promise<Snapshot> {
  if (!extension) throw new AppError('prerequisite_missing', 'the extension pg_stat_statements is not created in this database');
  const [info, statements] = await askCatalog(
    control,
    [
      { sql: infoSql(extension), values: [], read: ([row]: Row[]) => row },
      { sql: countersSql(extension), values: [], read: (rows: Row[]) => rows.map(toCounters) },
    ],
    timeout_ms,
  );
  return {
    at: Number(info?.['now']),
    epoch: info?.['reset'] ?? '',
    evictions: Number(info?.['dealloc']),
    ...(info?.['active'] == null ? {} : { activeMs: Number(info['active']) }),
    statements,
  };
}

function toCounters(row: Row): StatementCounters {
  const toplevel = row['toplevel'] === 't';
  return {
    key: `${row['userid']}/${row['dbid']}/${row['queryid']}${toplevel ? '' : '/nested'}`,
    nativeId: row['queryid'] ?? '',
    database: row['database'] ?? '',
    user: row['user'] ?? '',
    toplevel,
    calls: Number(row['calls']),
    totalMs: Number(row['total']),
    meanMs: Number(row['mean']),
    stddevMs: Number(row['stddev']),
    rows: Number(row['rows']),
    tempBlocksWritten: Number(row['temp']),
    ...(row['since'] == null ? {} : { since: Number(row['since']) }),
  };
}

/** Texts of the ids that are asked for; null where this role may not see them. Reads the whole file of texts: ask rarely. */
export const textsSql = ({ schema }: StatementsExtension) =>
  `SELECT DISTINCT ON (s.queryid) s.queryid::text AS id, s.query FROM ${quoted(schema)}.pg_stat_statements(true) s WHERE s.queryid = ANY ($1::int8[])`;

/** Running statements with their real values. Short-lived in our memory; the text never leaves. */
export const samplesSql = `
SELECT query_id::text AS id, query FROM pg_catalog.pg_stat_activity
WHERE query_id = ANY ($1::int8[]) AND pid <> pg_catalog.pg_backend_pid() AND pg_catalog.length(query) < (SELECT setting::int FROM pg_catalog.pg_settings WHERE name = 'track_activity_query_size') - 4`;
