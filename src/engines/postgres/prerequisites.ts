import type { Prerequisite } from '../engine.ts';
import type { Connection, Row } from './connection.ts';
import { connectionLimit } from './role-sql.ts';
import { sqlName } from './sql-names.ts';
import { readCatalog } from './transaction.ts';
import type { StatementsExtension } from './workload.ts';

/** What collection needs of a server and of its role, each with what was seen and the exact statement that mends it. */
const factsSql = `
SELECT pg_catalog.current_setting('server_version') AS version,
  coalesce((SELECT setting FROM pg_catalog.pg_settings WHERE name = 'pg_stat_statements.track'), '') AS track,
  coalesce((SELECT setting FROM pg_catalog.pg_settings WHERE name = 'pg_stat_statements.max'), '') AS max,
  pg_catalog.current_setting('compute_query_id') AS query_id,
  pg_catalog.current_setting('track_io_timing') AS io_timing,
  (SELECT setting::int FROM pg_catalog.pg_settings WHERE name = 'track_activity_query_size') AS text_size,
  r.rolname AS role, r.rolsuper AS super, r.rolconnlimit AS connection_limit,
  r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls AS more,
  pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS stats,
  EXISTS (SELECT FROM pg_catalog.pg_roles d WHERE d.rolname IN ('pg_read_all_data', 'pg_write_all_data') AND pg_catalog.pg_has_role(d.oid, 'MEMBER')) AS all_data,
  (SELECT s.ssl FROM pg_catalog.pg_stat_ssl s WHERE s.pid = pg_catalog.pg_backend_pid()) AS tls,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) * 1000 AS now,
  EXISTS (SELECT FROM pg_catalog.pg_settings WHERE name LIKE 'rds.%') AS rds,
  EXISTS (SELECT FROM pg_catalog.pg_settings WHERE name LIKE 'cloudsql.%') AS cloud_sql,
  EXISTS (SELECT FROM pg_catalog.pg_settings WHERE name LIKE 'azure.%') AS azure
FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`;

type Place = 'self-managed' | 'rds' | 'cloud-sql' | 'azure';

export const prerequisiteStatements = { factsSql };

export async function readPrerequisites(
  control: Connection,
  { extension, tlsMode, now, timeout_ms }: { extension: StatementsExtension | undefined; tlsMode: string; now: number; timeout_ms: number },
): Promise<Prerequisite[]> {
  const [row] = await readCatalog(control, factsSql, [], timeout_ms);
  return judgePrerequisites(row ?? {}, extension, tlsMode, now);
}

export function judgePrerequisites(row: Row, extension: StatementsExtension | undefined, tlsMode: string, now: number): Prerequisite[] {
  const place: Place =
    row['rds'] === 't' ? 'rds' : row['cloud_sql'] === 't' ? 'cloud-sql' : row['azure'] === 't' ? 'azure' : 'self-managed';
  return [
    versionCheck(row),
    preloadCheck(row, place),
    extensionCheck(extension),
    trackCheck(row, place),
    queryIdCheck(row, place),
    statsRightCheck(row),
    ownStatisticsCheck(row),
    excessRightsCheck(row),
    connectionLimitCheck(row),
    tlsCheck(row, tlsMode),
    textSizeCheck(row, place),
    ioTimingCheck(row, place),
    clockCheck(row, now),
  ];
}

const check = (name: string, ok: boolean, otherwise: 'warning' | 'failed', seen: string, mend: string): Prerequisite =>
  ok ? { name, verdict: 'ok', seen } : { name, verdict: otherwise, seen, mend };

/** How a server setting is changed, where the server stands. */
function changeSetting(place: Place, name: string, value: string, restart: boolean): string {
  const then = restart ? '  -- then restart' : '; SELECT pg_reload_conf();';
  switch (place) {
    case 'self-managed':
      return `ALTER SYSTEM SET ${name} = ${/^[a-z0-9_]+$/.test(value) ? value : `'${value}'`}${restart ? ';' : ''}${then}`;
    case 'rds':
      return `set ${name} = ${value} in the DB parameter group${restart ? ', then reboot the instance' : ''}`;
    case 'cloud-sql':
      return `set the database flag ${name}=${value} (gcloud sql instances patch … --database-flags)`;
    case 'azure':
      return `set the server parameter ${name} to ${value}${restart ? ', then restart' : ''}`;
    default:
      return place satisfies never;
  }
}

const versionCheck = (row: Row) =>
  check('version', Number.parseInt(row['version'] ?? '', 10) >= 14, 'failed', row['version'] ?? '', 'PostgreSQL 14 or newer is supported');

const preloadCheck = (row: Row, place: Place) =>
  check(
    'preload',
    row['max'] !== '',
    'failed',
    row['max'] !== '' ? 'pg_stat_statements is loaded' : 'pg_stat_statements is not in shared_preload_libraries',
    changeSetting(place, 'shared_preload_libraries', 'pg_stat_statements', true),
  );

const extensionCheck = (extension: StatementsExtension | undefined) =>
  check(
    'extension',
    extension !== undefined,
    'failed',
    extension ? `pg_stat_statements ${extension.version}` : 'pg_stat_statements is not created in this database',
    'CREATE EXTENSION pg_stat_statements;  -- as superuser, in the database of spec.connection',
  );

/** Our own role may have `none`; what matters is what others get, which our session cannot see if it was changed for us. */
const trackCheck = (row: Row, place: Place) =>
  check(
    'track',
    row['track'] === 'top' || row['track'] === 'all' || row['track'] === 'none' || row['max'] === '',
    'warning',
    `pg_stat_statements.track is ${row['track'] || 'not there'} for us`,
    changeSetting(place, 'pg_stat_statements.track', 'top', false),
  );

const queryIdCheck = (row: Row, place: Place) =>
  check(
    'query ids',
    row['query_id'] !== 'off',
    'failed',
    `compute_query_id is ${row['query_id']}`,
    changeSetting(place, 'compute_query_id', 'auto', false),
  );

const statsRightCheck = (row: Row) =>
  check(
    'statistics',
    row['stats'] === 't' || row['super'] === 't',
    'failed',
    row['stats'] === 't' || row['super'] === 't' ? 'pg_read_all_stats' : 'the role does not see other roles’ statements',
    `GRANT pg_read_all_stats TO ${sqlName(row['role'] ?? '')};  -- as superuser`,
  );

const ownStatisticsCheck = (row: Row) =>
  check(
    'own statistics',
    row['track'] === 'none' || row['max'] === '',
    'warning',
    row['track'] === 'none' ? 'our statements are not counted' : 'our EXPLAINs would fill pg_stat_statements',
    `ALTER ROLE ${sqlName(row['role'] ?? '')} SET pg_stat_statements.track = 'none';  -- as superuser`,
  );

function excessRightsCheck(row: Row): Prerequisite {
  const role = sqlName(row['role'] ?? '');
  if (row['super'] === 't')
    return {
      name: 'rights',
      verdict: 'warning',
      seen: 'the role is superuser: far more than needed',
      mend: 'use a role made by `dbintel prerequisites --print-sql`',
    };
  if (row['all_data'] === 't')
    return {
      name: 'rights',
      verdict: 'warning',
      seen: 'pg_read_all_data: more than needed',
      mend: `REVOKE pg_read_all_data FROM ${role};  -- and grant SELECT on the application’s schemas`,
    };
  return check(
    'rights',
    row['more'] !== 't',
    'warning',
    row['more'] === 't' ? 'the role may create roles or databases, replicate, or bypass row security' : 'no more than needed',
    `ALTER ROLE ${role} NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS;`,
  );
}

/** A cycle holds two. More than that does no harm: targets of one server take turns. */
const connectionsOfACycle = 2;
function connectionLimitCheck(row: Row): Prerequisite {
  const limit = Number(row['connection_limit']);
  const unlimited = limit === -1;
  return check(
    'connections',
    limit >= connectionsOfACycle,
    unlimited ? 'warning' : 'failed',
    unlimited ? 'no CONNECTION LIMIT' : `CONNECTION LIMIT ${limit}`,
    `ALTER ROLE ${sqlName(row['role'] ?? '')} CONNECTION LIMIT ${connectionLimit};  -- a cycle holds ${connectionsOfACycle}`,
  );
}

const tlsCheck = (row: Row, mode: string) =>
  check(
    'tls',
    row['tls'] === 't' && mode.startsWith('verify'),
    'warning',
    row['tls'] === 't' ? `encrypted, ${mode}` : 'not encrypted',
    'spec.connection.tls: { mode: verify-full, secretRef: … }',
  );

const textSizeCheck = (row: Row, place: Place) =>
  check(
    'text size',
    Number(row['text_size']) >= 4_096,
    'warning',
    `track_activity_query_size is ${row['text_size']}: longer running statements are not sampled`,
    changeSetting(place, 'track_activity_query_size', '4096', true),
  );

const ioTimingCheck = (row: Row, place: Place) =>
  check(
    'io timing',
    row['io_timing'] === 'on',
    'warning',
    `track_io_timing is ${row['io_timing']}`,
    changeSetting(place, 'track_io_timing', 'on', false),
  );

const clockTolerance_ms = 30_000;
function clockCheck(row: Row, now: number): Prerequisite {
  const skew = Number(row['now']) - now;
  const seen = Math.abs(skew) < 1_000 ? 'less than 1 s apart' : `${Math.round(skew / 1_000)} s apart`;
  return check(
    'clock',
    Math.abs(skew) < clockTolerance_ms,
    'warning',
    seen,
    'synchronise both clocks (NTP); windows and blackouts are read by ours',
  );
}
