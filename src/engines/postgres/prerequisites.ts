import * as z from 'zod';
import type { Snapshot } from '../../model/statistics.ts';
import { check, clockCheck, tlsCheck } from '../checks.ts';
import type { Prerequisite } from '../engine.ts';
import { jsonIn, numberIn, numberOr, type Row } from '../row.ts';
import { catalogSql } from './catalog-sql.ts';
import type { Connection } from './connection.ts';
import type { PostgresNotes, TextsMemory } from './notes.ts';
import {
  databasesCheck,
  excessRightsCheck,
  rightsColumns,
  statsRightCheck,
} from './role-rights.ts';
import { connectionLimit } from './role-sql.ts';
import { sqlName } from './sql-names.ts';
import { megabytes } from './texts.ts';
import { readCatalog } from './transaction.ts';
import { atLeast, oldestExtension, type StatementsExtension } from './workload.ts';

/**
 * What collection needs of a server and of its role, each with what was seen and the exact
 * statement that mends it. Each look into pg_settings makes all of it, half a millisecond: one.
 * Settings and the limit of connections are of the role that logs in, rights of the one taken on.
 */
const factsSql = catalogSql(`
WITH settings AS MATERIALIZED (SELECT name, setting, source FROM pg_catalog.pg_settings
  WHERE name = ANY ('{pg_stat_statements.track,pg_stat_statements.max,track_activity_query_size,
      compute_query_id,track_io_timing}')
    OR name LIKE ANY ('{rds.%,cloudsql.%,azure.%}'))
SELECT pg_catalog.current_setting('server_version') AS version,
  coalesce((SELECT setting FROM settings WHERE name = 'pg_stat_statements.track'), '') AS track,
  (SELECT pg_catalog.min(CASE WHEN s.setdatabase = 0 THEN 'ROLE ALL'
    ELSE 'DATABASE ' || pg_catalog.quote_ident(d.datname) END)
    FROM pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
    WHERE s.setrole = 0 AND 'pg_stat_statements.track=none' = ANY (s.setconfig)) AS untracked,
  (SELECT pg_catalog.sum(xact_commit) FROM pg_catalog.pg_stat_database) AS commits,
  coalesce((SELECT setting FROM settings WHERE name = 'pg_stat_statements.max'), '') AS max,
  (SELECT pg_catalog.min(pg_catalog.quote_ident(datname)) FROM pg_catalog.pg_database
    WHERE encoding = 0 AND datallowconn AND NOT datistemplate) AS ascii_database,
  (SELECT pg_catalog.min(pg_catalog.quote_ident(datname)) FROM pg_catalog.pg_database
    WHERE encoding = 6 AND datallowconn AND NOT datistemplate
      AND pg_catalog.current_setting('server_encoding') <> 'UTF8') AS utf8_database,
  pg_catalog.current_setting('compute_query_id') AS query_id,
  pg_catalog.current_setting('track_io_timing') AS io_timing,
  (SELECT pg_catalog.json_object_agg(name, source)::text FROM settings) AS sources,
  pg_catalog.current_database() AS database,
  (SELECT setting::int FROM settings WHERE name = 'track_activity_query_size') AS text_size,
  r.rolname AS role, r.rolsuper AS super, session_user AS login,
  (SELECT l.rolconnlimit FROM pg_catalog.pg_roles l WHERE l.rolname = session_user)
    AS connection_limit,
  r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR r.rolbypassrls AS more,
  ${rightsColumns},
  (SELECT s.ssl FROM pg_catalog.pg_stat_ssl s WHERE s.pid = pg_catalog.pg_backend_pid()) AS tls,
  pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) * 1000 AS now,
  EXISTS (SELECT FROM settings WHERE name LIKE 'rds.%') AS rds,
  EXISTS (SELECT FROM settings WHERE name LIKE 'cloudsql.%') AS cloud_sql,
  EXISTS (SELECT FROM settings WHERE name LIKE 'azure.%') AS azure
FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`);

type Place = 'self-managed' | 'rds' | 'cloud-sql' | 'azure';

export const prerequisiteStatements = { factsSql };

export const readFacts = async (control: Connection, timeout_ms: number): Promise<Row> =>
  (await readCatalog(control, factsSql, [], timeout_ms))[0] ?? {};

export interface PrerequisiteContext {
  extension: StatementsExtension | undefined;
  tlsMode: string;
  now: number;
  /** Which databases the target includes. */
  included(database: string): boolean;
  /** Absent where it could not be read. */
  snapshot: Snapshot | undefined;
  counted: PostgresNotes['counted'];
}

export function judgePrerequisites(row: Row, context: PrerequisiteContext): Prerequisite[] {
  const { extension, tlsMode, now } = context;
  const place: Place =
    row['rds'] === 't'
      ? 'rds'
      : row['cloud_sql'] === 't'
        ? 'cloud-sql'
        : row['azure'] === 't'
          ? 'azure'
          : 'self-managed';
  return [
    versionCheck(row),
    preloadCheck(row, place),
    extensionCheck(extension),
    trackCheck(row, place, context),
    entriesCheck(row, place, context),
    queryIdCheck(row, place),
    statsRightCheck(row),
    ownStatisticsCheck(row),
    excessRightsCheck(row),
    databasesCheck(row, context.included),
    connectionLimitCheck(row),
    tlsCheck(row['tls'] === 't', tlsMode),
    textSizeCheck(row, place),
    ioTimingCheck(row, place),
    clockCheck(row, now),
  ];
}

/** How a server setting is changed, where the server stands. */
function changeSetting(place: Place, name: string, value: string, restart: boolean): string {
  const then = restart ? '  -- then restart' : '; SELECT pg_reload_conf();';
  switch (place) {
    case 'self-managed':
      return (
        `ALTER SYSTEM SET ${name} = ` +
        `${/^[a-z0-9_]+$/.test(value) ? value : `'${value}'`}${restart ? ';' : ''}${then}`
      );
    case 'rds':
      return (
        `set ${name} = ${value} in the DB parameter ` +
        `group${restart ? ', then reboot the instance' : ''}`
      );
    case 'cloud-sql':
      return (
        `set the database flag ${name}=${value} (gcloud sql instances patch … ` +
        '--database-flags)'
      );
    case 'azure':
      return `set the server parameter ${name} to ${value}${restart ? ', then restart' : ''}`;
    default:
      return place satisfies never;
  }
}

/** Setting → where it is set. */
const sourcesIn = (row: Row): Partial<Record<string, string>> =>
  jsonIn(row, 'sources', z.record(z.string(), z.string()), {});

/** Where it is set for one role or database, changing the server's changes nothing there. */
function mendSetting(row: Row, ...change: Parameters<typeof changeSetting>): string {
  const role = `ROLE ${sqlName(row['login'] ?? '')}`;
  const database = `DATABASE ${sqlName(row['database'] ?? '')}`;
  const holder = {
    user: role,
    database,
    'database user': `${role} IN ${database}`,
    global: 'ROLE ALL',
  }[sourcesIn(row)[change[1]] ?? ''];
  return holder ? `ALTER ${holder} RESET ${change[1]};` : changeSetting(...change);
}

const versionCheck = (row: Row) =>
  check(
    'version',
    Number.parseInt(row['version'] ?? '', 10) >= 14,
    'failed',
    row['version'] ?? '',
    'PostgreSQL 14 or newer is supported',
  );

const preloadCheck = (row: Row, place: Place) =>
  check(
    'preload',
    row['max'] !== '',
    'failed',
    row['max'] !== ''
      ? 'pg_stat_statements is loaded'
      : 'pg_stat_statements is not in shared_preload_libraries',
    changeSetting(place, 'shared_preload_libraries', 'pg_stat_statements', true),
  );

function extensionCheck(extension: StatementsExtension | undefined): Prerequisite {
  const create =
    'CREATE EXTENSION pg_stat_statements;  -- as superuser, in the database of spec.connection';
  if (!extension)
    return check(
      'extension',
      false,
      'failed',
      'pg_stat_statements is not created in this database',
      create,
    );
  const known = atLeast(extension.version, oldestExtension);
  const observed =
    'pg_stat_statements ' + `${extension.version}${known ? '' : `, older than ${oldestExtension}`}`;
  return check(
    'extension',
    known,
    'failed',
    observed,
    'ALTER EXTENSION pg_stat_statements UPDATE;',
  );
}

/** Where a setting of ours comes from that nobody else has. */
const ownSources = new Set(['user', 'database user', 'session', 'client']);
const leastCommits = 100;

/**
 * Our own role should have `none`, so our session does not see what others have: where it comes
 * from tells, or that nothing is counted while the server works.
 */
function trackCheck(
  row: Row,
  place: Place,
  { snapshot, counted, now }: PrerequisiteContext,
): Prerequisite {
  const observed = (what: string, remediation: string): Prerequisite =>
    check('track', false, 'warning', what, remediation);
  const set = changeSetting(place, 'pg_stat_statements.track', 'top', false);
  if (row['max'] === '') return check('track', true, 'warning', 'not loaded', set);
  if (row['untracked'] != null)
    return observed(
      `pg_stat_statements.track is none for ${row['untracked']}`,
      `ALTER ${row['untracked']} RESET pg_stat_statements.track;`,
    );
  if (row['track'] === 'none' && !ownSources.has(sourcesIn(row)['pg_stat_statements.track'] ?? ''))
    return observed('pg_stat_statements.track is none for everyone: nothing is counted', set);
  if (snapshot?.statements.length === 0)
    return observed(
      'no statement of another role is counted: pg_stat_statements.track may be none',
      set,
    );
  const { calls, commits } = countedNow(row, snapshot, now);
  const seconds = counted ? (now - counted.at) / 1_000 : 0;
  const committed = counted ? commits - counted.commits : 0;
  if (
    counted &&
    snapshot &&
    calls === counted.calls &&
    committed >= Math.max(leastCommits, seconds)
  )
    return observed(
      `${committed} transactions ended since the last look, but no statement was counted: track ` +
        'may be none',
      set,
    );
  return check('track', true, 'warning', `pg_stat_statements.track is ${row['track']} for us`, set);
}

export const countedNow = (
  row: Row,
  snapshot: Snapshot | undefined,
  now: number,
): NonNullable<PostgresNotes['counted']> => ({
  calls: snapshot?.statements.reduce((sum, { calls }) => sum + calls, 0) ?? 0,
  commits: numberOr(row, 'commits', 0),
  ...(snapshot?.evictions === undefined ? {} : { evictions: snapshot.evictions }),
  at: now,
});

/** Each time the server throws out so many, of those that ran least. */
const evictedShare = 0.05;
const leastEvicted = 10;
const leastTurnover_ms = 3_600_000;

/**
 * Where entries come and go faster than cycles, a statement that runs seldom, or anew in each
 * spelling, is not there when we look, and nothing else tells of it.
 */
function entriesCheck(
  row: Row,
  place: Place,
  { snapshot, counted, now }: PrerequisiteContext,
): Prerequisite {
  const [max, evictions] = [numberOr(row, 'max', 0), snapshot?.evictions ?? 0];
  const before = snapshot?.otherServer ? undefined : counted?.evictions;
  const times = before === undefined ? 0 : evictions - before;
  const thrownOut = times * Math.max(leastEvicted, max * evictedShare);
  const turnover_ms = counted && times > 1 ? ((now - counted.at) * max) / thrownOut : Infinity;
  const room = `room for ${max} statements`;
  return check(
    'entries',
    turnover_ms >= leastTurnover_ms,
    'warning',
    turnover_ms >= leastTurnover_ms
      ? room
      : `${room}, which others take every ${Math.ceil(turnover_ms / 60_000)} min: of most that ` +
          'run less often nothing is known',
    changeSetting(place, 'pg_stat_statements.max', String(Math.max(10_000, 2 * max)), true),
  );
}

/** Known once statements have been prepared. */
export function textsCheck(row: Row, { code, detail, bytes, database }: TextsMemory): Prerequisite {
  const size = bytes === undefined ? 'not read yet' : megabytes(bytes);
  if (code === 'texts_too_large')
    return check(
      'texts',
      false,
      'warning',
      detail ?? '',
      'SELECT pg_stat_statements_reset();  -- a lower pg_stat_statements.max keeps it small',
    );
  if (code === 'text_unreadable')
    return check('texts', false, 'warning', detail ?? '', textsRemedy(row));
  return check(
    'texts',
    true,
    'warning',
    database === undefined ? size : `${size}, read in database ${database}`,
    '',
  );
}

/**
 * A database that takes every text: one of SQL_ASCII, which converts nothing; or UTF8, where nobody
 * has that.
 */
function textsRemedy(row: Row): string {
  const database = row['ascii_database'] ?? row['utf8_database'];
  if (database != null)
    return `CREATE EXTENSION pg_stat_statements;  -- as superuser, in database ${database}`;
  const provider = Number.parseInt(row['version'] ?? '', 10) >= 15 ? ` LOCALE_PROVIDER 'libc'` : '';
  return (
    `CREATE DATABASE dbintel_texts ENCODING 'SQL_ASCII'${provider} LOCALE 'C' TEMPLATE ` +
    'template0;  -- then in it: CREATE EXTENSION pg_stat_statements;'
  );
}

const queryIdCheck = (row: Row, place: Place) =>
  check(
    'query ids',
    row['query_id'] !== 'off',
    'failed',
    `compute_query_id is ${row['query_id']}`,
    mendSetting(row, place, 'compute_query_id', 'auto', false),
  );

const ownStatisticsCheck = (row: Row) =>
  check(
    'own statistics',
    row['track'] === 'none' || row['max'] === '',
    'warning',
    row['track'] === 'none'
      ? 'our statements are not counted'
      : 'our EXPLAINs would fill pg_stat_statements',
    `ALTER ROLE ${sqlName(row['login'] ?? '')} SET pg_stat_statements.track = 'none';  -- as ` +
      'superuser',
  );

/** A cycle holds two. More than that does no harm: targets of one server take turns. */
const connectionsOfACycle = 2;
function connectionLimitCheck(row: Row): Prerequisite {
  const limit = numberIn(row, 'connection_limit');
  const unlimited = limit === -1;
  return check(
    'connections',
    limit >= connectionsOfACycle,
    unlimited ? 'warning' : 'failed',
    unlimited ? 'no CONNECTION LIMIT' : `CONNECTION LIMIT ${limit}`,
    `ALTER ROLE ${sqlName(row['login'] ?? '')} CONNECTION LIMIT ${connectionLimit};  -- a cycle ` +
      `holds ${connectionsOfACycle}`,
  );
}

const textSizeCheck = (row: Row, place: Place) =>
  check(
    'text size',
    numberOr(row, 'text_size', 0) >= 4_096,
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
    mendSetting(row, place, 'track_io_timing', 'on', false),
  );
