import { AppError } from '../../base/errors.ts';
import type { Snapshot, StatementCounters } from '../../model/statistics.ts';
import { countIn, numberIn, type Row, readRows } from '../row.ts';
import { catalogSql } from './catalog-sql.ts';
import type { Connection } from './connection.ts';
import { bytesOf, nameReader } from './encoding.ts';
import { askCatalog } from './transaction.ts';

/**
 * Counters without texts: pg_stat_statements(false) does not read the file of texts (7.8 ms instead
 * of 38.8 for 9,002 entries). Our own role's statements are left out. Columns follow the
 * extension's version, not the server's.
 */
export interface StatementsExtension {
  schema: string;
  /** 1.10 of PostgreSQL 15 counts JIT; 1.11 of 17 has stats_since and counts deforming. */
  version: string;
  /** What our role may not: to ask for counters would leave ERROR lines in the server’s log. */
  lacks?: readonly ('usage' | 'execute')[];
}

export const findExtensionSql = catalogSql(`
SELECT n.nspname AS schema, e.extversion AS version,
  pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS usage,
  (SELECT pg_catalog.bool_and(pg_catalog.has_function_privilege(p.oid, 'EXECUTE'))
    FROM pg_catalog.pg_proc p WHERE p.pronamespace = n.oid
      AND p.proname IN ('pg_stat_statements', 'pg_stat_statements_info')) AS execute
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_stat_statements'`);

export const quoted = (schema: string) => `"${schema.replaceAll('"', '""')}"`;

export const atLeast = (version: string, wanted: string): boolean => {
  const [a, b] = [version, wanted].map((each) => each.split('.').map(Number));
  return (a?.[0] ?? 0) > (b?.[0] ?? 0) || (a?.[0] === b?.[0] && (a?.[1] ?? 0) >= (b?.[1] ?? 0));
};

/**
 * pg_stat_statements 1.9, of PostgreSQL 14, is the first with toplevel and pg_stat_statements_info.
 * An upgraded server keeps its old one.
 */
export const oldestExtension = '1.9';

const rowLimit = 20_000;

export function countersSql({ schema, version }: StatementsExtension): string {
  const since = atLeast(version, '1.11')
    ? "pg_catalog.date_part('epoch', s.stats_since) * 1000"
    : 'NULL';
  const compiling = [
    ...(atLeast(version, '1.10') ? ['generation', 'inlining', 'optimization', 'emission'] : []),
    ...(atLeast(version, '1.11') ? ['deform'] : []),
  ].map((part) => `s.jit_${part}_time`);
  return catalogSql(`
SELECT s.userid::text AS userid, s.dbid::text AS dbid, s.queryid::text AS queryid, s.toplevel,
  ${bytesOf('r.rolname::text')} AS "user", ${bytesOf('d.datname::text')} AS database,
  s.calls, s.total_exec_time AS total, s.mean_exec_time AS mean, s.stddev_exec_time AS stddev,
  s.rows, s.temp_blks_written AS temp, ${since} AS since,
  s.shared_blks_hit + s.shared_blks_read + s.local_blks_hit + s.local_blks_read AS pages,
  ${compiling.join(' + ') || 'NULL'} AS jit
FROM ${quoted(schema)}.pg_stat_statements(false) s
JOIN pg_catalog.pg_database d ON d.oid = s.dbid LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.userid
WHERE s.queryid IS NOT NULL AND s.userid <> (SELECT oid FROM pg_catalog.pg_roles
  WHERE rolname = current_user)
ORDER BY s.total_exec_time DESC LIMIT ${rowLimit}`);
}

/**
 * When the statistics began, and the server's own count of active time. By the function: a setting
 * can close views to our role.
 */
const infoSql = ({ schema }: StatementsExtension) =>
  catalogSql(`
SELECT i.stats_reset::text AS reset, i.dealloc AS evictions,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) * 1000 AS now,
  (SELECT pg_catalog.sum(active_time) FROM pg_catalog.pg_stat_database) AS active
FROM ${quoted(schema)}.pg_stat_statements_info() i`);

/** As that of the database we are in must be; another's, which may be read as well, need not. */
export const isReadable = (
  extension: StatementsExtension | undefined,
): extension is StatementsExtension =>
  extension !== undefined &&
  atLeast(extension.version, oldestExtension) &&
  !extension.lacks?.length;

export function requireExtension(extension: StatementsExtension | undefined): StatementsExtension {
  if (!extension)
    throw new AppError(
      'prerequisite_missing',
      'the extension pg_stat_statements is not created in this database',
    );
  if (!atLeast(extension.version, oldestExtension))
    throw new AppError(
      'prerequisite_missing',
      `the extension pg_stat_statements is of version ${extension.version}, older than ` +
        `${oldestExtension}`,
    );
  const { schema, lacks = [] } = extension;
  const denied = lacks.includes('usage') ? `schema ${schema}` : 'pg_stat_statements';
  if (lacks.length > 0)
    throw new AppError('insufficient_privilege', `permission denied for ${denied}`);
  return extension;
}

export async function readSnapshot(
  control: Connection,
  found: StatementsExtension | undefined,
  timeout_ms: number,
): Promise<Snapshot> {
  const extension = requireExtension(found);
  const nameOf = nameReader();
  const [info, { read: statements, unreadable }] = await askCatalog(
    control,
    [
      { sql: infoSql(extension), values: [], read: ([row]: Row[]) => row },
      {
        sql: countersSql(extension),
        values: [],
        read: (rows: Row[]) => readRows(rows, (row) => toCounters(row, nameOf)),
      },
    ],
    timeout_ms,
  );
  const at = numberIn(info, 'now');
  return {
    at,
    epoch: info?.['reset'] ?? '',
    evictions: countIn(info, 'evictions'),
    ...(info?.['active'] == null ? {} : { activeMs: countIn(info, 'active') }),
    // What began while counters were read is the next interval's: it would count twice.
    statements: statements.filter(({ since = 0 }) => since < at),
    ...(statements.length >= rowLimit || unreadable > 0 ? { cut: true } : {}),
  };
}

function toCounters(row: Row, nameOf: ReturnType<typeof nameReader>): StatementCounters {
  const toplevel = row['toplevel'] === 't';
  return {
    key: `${row['userid']}/${row['dbid']}/${row['queryid']}${toplevel ? '' : '/nested'}`,
    nativeId: row['queryid'] ?? '',
    database: nameOf(row['database']),
    user: nameOf(row['user']),
    toplevel,
    calls: countIn(row, 'calls'),
    totalMs: countIn(row, 'total'),
    meanMs: countIn(row, 'mean'),
    stddevMs: countIn(row, 'stddev'),
    rows: countIn(row, 'rows'),
    tempBlocksWritten: countIn(row, 'temp'),
    work: {
      pages: countIn(row, 'pages'),
      ...(row['jit'] == null ? {} : { jitMs: countIn(row, 'jit') }),
    },
    ...(row['since'] == null ? {} : { since: numberIn(row, 'since') }),
  };
}
