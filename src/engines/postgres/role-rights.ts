import * as z from 'zod';
import { check } from '../checks.ts';
import type { Prerequisite } from '../engine.ts';
import { jsonIn, type Row } from '../row.ts';
import { bytesOf, nameReader } from './encoding.ts';
import { sqlName } from './sql-names.ts';

/**
 * Rights of the collector's role: what it lacks, and what it has beyond need. Each remedy is the
 * very statement, whatever way the right came.
 */

/**
 * Predefined roles that read or write data, files or programs, or act on sessions. A collector
 * reads statistics and plans SELECTs.
 */
const tooMuch = [
  'pg_read_all_data',
  'pg_write_all_data',
  'pg_execute_server_program',
  'pg_read_server_files',
  'pg_write_server_files',
  'pg_signal_backend',
  'pg_signal_autovacuum_worker',
  'pg_maintain',
  'pg_checkpoint',
  'pg_create_subscription',
  'pg_use_reserved_connections',
  'pg_monitor',
];

/** Columns of a query over pg_roles r, which is our own role. Every role may read them. */
export const rightsColumns = `r.rolinherit AS inherits,
  pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS stats,
  pg_catalog.pg_has_role('pg_read_all_stats', 'MEMBER') AS stats_member,
  EXISTS (SELECT FROM pg_catalog.pg_auth_members m WHERE m.member = r.oid
    AND m.roleid = 'pg_read_all_stats'::regrole) AS stats_granted,
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('role', g.rolname, 'grantor',
    CASE WHEN o.oid <> 10 THEN o.rolname END, 'gives', x.names))
    FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid
      LEFT JOIN pg_catalog.pg_roles o ON o.oid = m.grantor
    CROSS JOIN LATERAL (SELECT pg_catalog.array_agg(d.rolname ORDER BY d.rolname) AS names
      FROM pg_catalog.pg_roles d
      WHERE (d.rolname = ANY ('{${tooMuch.join(',')}}'::name[]) OR d.rolsuper)
        AND pg_catalog.pg_has_role(g.oid, d.oid, 'MEMBER')) x
    WHERE m.member = r.oid AND x.names IS NOT NULL)::text AS excess,
  (SELECT pg_catalog.json_agg(${bytesOf('d.datname::text')}) FROM pg_catalog.pg_database d
    WHERE d.datallowconn AND NOT d.datistemplate AND NOT pg_catalog.has_database_privilege(d.oid,
      'CONNECT'))::text AS closed`;

const major = (row: Row) => Number.parseInt(row['version'] ?? '', 10);

/** From 16 on, inheritance belongs to the grant; before, to the role. */
function grantStats(row: Row): string {
  const role = sqlName(row['role'] ?? '');
  if (major(row) >= 16) return `GRANT pg_read_all_stats TO ${role} WITH INHERIT TRUE;`;
  return (
    'GRANT pg_read_all_stats TO ' +
    `${role};${row['inherits'] === 't' ? '' : ` ALTER ROLE ${role} INHERIT;`}`
  );
}

export function statsRightCheck(row: Row): Prerequisite {
  const has = row['stats'] === 't' || row['super'] === 't';
  const lacking =
    row['stats_member'] === 't'
      ? 'the role is a member of pg_read_all_stats but does not inherit it'
      : 'the role does not see other roles’ statements';
  return check(
    'statistics',
    has,
    'failed',
    has ? 'pg_read_all_stats' : lacking,
    `${grantStats(row)}  -- as superuser`,
  );
}

const excessGrant = z.object({
  role: z.string(),
  grantor: z.string().nullable(),
  gives: z.array(z.string()),
});

export function excessRightsCheck(row: Row): Prerequisite {
  const role = sqlName(row['role'] ?? '');
  const own = 'use a role made by `dbintel prerequisites --print-sql`';
  if (row['super'] === 't')
    return check('rights', false, 'warning', 'the role is superuser: far more than needed', own);
  const grants = jsonIn(row, 'excess', z.array(excessGrant), []);
  if (grants.length === 0) {
    const attributes = 'the role may create roles or databases, replicate, or bypass row security';
    const remediation = `ALTER ROLE ${role} NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS;`;
    return check(
      'rights',
      row['more'] !== 't',
      'warning',
      row['more'] === 't' ? attributes : 'no more than needed',
      remediation,
    );
  }
  const names = [...new Set(grants.flatMap(({ gives }) => gives))].filter((name) =>
    tooMuch.includes(name),
  );
  const revokes = grants.map(
    (grant) =>
      `REVOKE ${sqlName(grant.role)} FROM ` +
      `${role}${major(row) >= 16 && grant.grantor ? ` GRANTED BY ${sqlName(grant.grantor)}` : ''};`,
  );
  const keeping = row['stats_granted'] === 't' ? [] : [grantStats(row)];
  const remediation =
    `${[...keeping, ...revokes].join(' ')}  -- and grant SELECT on the ` + 'application’s schemas';
  return check('rights', false, 'warning', `${names.join(', ')}: more than needed`, remediation);
}

/** Statements of a database that we may not enter have no plan; the others have. */
export function databasesCheck(row: Row, included: (database: string) => boolean): Prerequisite {
  const closed = jsonIn(row, 'closed', z.array(z.string()), []).map(nameReader()).filter(included);
  const remediation = closed
    .map((name) => `GRANT CONNECT ON DATABASE ${sqlName(name)} TO ${sqlName(row['role'] ?? '')};`)
    .join(' ');
  return check(
    'databases',
    closed.length === 0,
    'warning',
    closed.length ? `no CONNECT on ${closed.join(', ')}` : 'all may be entered',
    remediation,
  );
}
