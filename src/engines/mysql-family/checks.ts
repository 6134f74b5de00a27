import { dialectOf } from '../../dialects/index.ts';
import { check, clockCheck, tlsCheck } from '../checks.ts';
import type { Prerequisite } from '../engine.ts';
import { numberOr, type Row } from '../row.ts';
import { hasRole, rightsOf } from './role-rights.ts';
import { isAtLeast, type PrerequisiteContext } from './variant.ts';

/** Prerequisites that MySQL and MariaDB have in common, each from the row that its engine read. */

/** Where the server stands: how its settings are changed. */
export type Place = 'self-managed' | 'rds' | 'cloud-sql';
export const placeOf = (row: Row): Place =>
  row['basedir']?.startsWith('/rdsdbbin')
    ? 'rds'
    : /google/i.test(`${row['version'] ?? ''} ${row['version_comment'] ?? ''}`)
      ? 'cloud-sql'
      : 'self-managed';

/** For settings that are read at start only. */
export function changeSetting(place: Place, name: string, value: string): string {
  switch (place) {
    case 'self-managed':
      return (
        `${name} = ${value}  -- under [mysqld] in the server’s configuration file, ` +
        'then restart'
      );
    case 'rds':
      return `set ${name} = ${value} in the DB parameter group, then reboot the instance`;
    case 'cloud-sql':
      return (
        `set the database flag ${name}=${value} ` +
        '(gcloud sql instances patch … --database-flags)'
      );
    default:
      return place satisfies never;
  }
}

/**
 * All that both have, in the order in which people read them. `values`: whether real values of
 * statements can be had, which each product keeps in its own way.
 */
export const familyChecks = (
  context: PrerequisiteContext,
  row: Row,
  values: readonly Prerequisite[],
): Prerequisite[] => {
  const place = placeOf(row);
  return [
    versionCheck(context),
    performanceSchemaCheck(row, place),
    consumerCheck(row),
    instrumentCheck(row),
    ...values,
    ownDigestsCheck(row),
    digestTableCheck(row, place),
    excessRightsCheck(row),
    connectionLimitCheck(row),
    tlsCheck(Boolean(row['cipher']), context.target.spec.connection.tls.mode),
    textSizeCheck(row, place),
    replicaCheck(row),
    clockCheck(row, context.now),
  ];
};

export const versionCheck = ({ server, target, oldest }: PrerequisiteContext) =>
  check(
    'version',
    isAtLeast(server, oldest),
    'failed',
    server.version,
    `${dialectOf(target.spec.engine).label} ${oldest.join('.')} or newer is supported`,
  );

export const performanceSchemaCheck = (row: Row, place: Place) =>
  check(
    'performance schema',
    row['performance_schema'] === '1',
    'failed',
    row['performance_schema'] === '1'
      ? 'performance_schema is on'
      : 'performance_schema is off: the server counts no statements',
    changeSetting(place, 'performance_schema', 'ON'),
  );

/** Columns for the two checks below; SQL of both products. */
export const instrumentationColumns = `
  (SELECT GROUP_CONCAT(NAME) FROM performance_schema.setup_consumers WHERE ENABLED = 'NO'
    AND NAME IN ('global_instrumentation', 'thread_instrumentation', 'statements_digest',
      'events_statements_current')) AS consumers_off,
  (SELECT COUNT(*) FROM performance_schema.setup_instruments WHERE (ENABLED = 'NO' OR TIMED = 'NO')
    AND NAME IN ('statement/sql/select', 'statement/sql/insert', 'statement/sql/update',
      'statement/sql/delete')) AS instruments_off,
  (SELECT COUNT(*) FROM performance_schema.setup_actors WHERE ENABLED = 'YES') AS actors_on,
  (SELECT COUNT(*) FROM performance_schema.setup_actors WHERE HOST = '%' AND USER = '%'
    AND ROLE = '%') AS actors_default`;

/**
 * What counts statements, and what keeps their texts, is a chain: one link that is off, and nothing
 * arrives.
 */
function consumerCheck(row: Row): Prerequisite {
  const off = (row['consumers_off'] ?? '').split(',').filter(Boolean).sort();
  return check(
    'digests',
    off.length === 0,
    'failed',
    off.length ? `off: the consumers ${off.join(', ')}` : 'the consumers of statements are on',
    "UPDATE performance_schema.setup_consumers SET ENABLED = 'YES' WHERE NAME IN " +
      `(${off.map((name) => `'${name}'`).join(', ')});`,
  );
}

export function instrumentCheck(row: Row): Prerequisite {
  if (numberOr(row, 'instruments_off', 0) > 0)
    return {
      name: 'instruments',
      verdict: 'failed',
      observed: 'instruments statement/sql/… are off or not timed: such statements are not counted',
      remediation:
        "UPDATE performance_schema.setup_instruments SET ENABLED = 'YES', TIMED = 'YES' " +
        "WHERE NAME LIKE 'statement/%';",
    };
  const on = numberOr(row, 'actors_on', 1) > 0;
  const statement =
    numberOr(row, 'actors_default', 0) > 0
      ? "UPDATE performance_schema.setup_actors SET ENABLED = 'YES', HISTORY = 'YES' " +
        "WHERE HOST = '%' AND USER = '%' AND ROLE = '%';"
      : "INSERT INTO performance_schema.setup_actors VALUES ('%', '%', '%', 'YES', 'YES');";
  return check(
    'instruments',
    on,
    'failed',
    on
      ? 'statements are counted and timed'
      : 'setup_actors has no account whose statements are counted',
    `${statement}  -- for connections made from now on`,
  );
}

/** From this share on it is worth a word. */
const preparedShare = 0.05;

/**
 * Values of statements that run prepared are kept nowhere: `share` of what, and what that means,
 * its engine says.
 */
export function preparedCheck(share: number, ofWhat: string): Prerequisite {
  const percent = `${Math.round(share * 100)}%`;
  return check(
    'prepared',
    share < preparedShare,
    'warning',
    share < preparedShare
      ? 'hardly anything runs prepared'
      : `${percent} of ${ofWhat}: the server keeps no values of these, so they have no plan`,
    'let the driver put values into texts: useServerPrepStmts=false (Connector/J), ' +
      'ATTR_EMULATE_PREPARES=true (PDO), query() instead of execute() (mysql2)',
  );
}

const ownDigestsCheck = (row: Row) =>
  check(
    'own digests',
    row['instrumented'] === 'NO',
    'warning',
    row['instrumented'] === 'NO'
      ? 'our statements are not counted'
      : 'our statements would fill the table of digests',
    `INSERT INTO performance_schema.setup_actors VALUES ` +
      `('%', '${userOf(row)}', '%', 'NO', 'NO');  -- lost at a restart: put it in init_file`,
  );

/** `dbintel@10.0.0.1` → dbintel */
const userOf = (row: Row) =>
  (row['user'] ?? 'dbintel').split('@')[0]?.replaceAll("'", '') ?? 'dbintel';

export const digestTableCheck = (row: Row, place: Place) => {
  const lost = numberOr(row, 'lost', 0);
  if (row['digests_size'] === '0')
    return check(
      'digest table',
      false,
      'failed',
      'no room for any statement',
      changeSetting(place, 'performance_schema_digests_size', '20000'),
    );
  return check(
    'digest table',
    lost === 0,
    'warning',
    lost === 0
      ? `room for ${row['digests_size']} statements`
      : `${lost} statements found no room in the table of ${row['digests_size']}`,
    'TRUNCATE performance_schema.events_statements_summary_by_digest;  -- or ' +
      `${changeSetting(place, 'performance_schema_digests_size', '20000')}`,
  );
};

const harmless = new Set([
  'USAGE',
  'SELECT',
  'SHOW VIEW',
  'PROCESS',
  'REPLICATION CLIENT',
  'SLAVE MONITOR',
  'BINLOG MONITOR',
  'REPLICA MONITOR',
  'SHOW DATABASES',
]);

/**
 * Who may read the server's own tables is shown the rights of every account; these are of its own.
 */
export const ownRights = `information_schema.USER_PRIVILEGES
    WHERE REPLACE(GRANTEE, '''', '') = CURRENT_USER()`;

/**
 * Global rights only: what it may do everywhere is what hurts. `kinds` is a list of privileges,
 * comma-separated.
 */
function excessRightsCheck(row: Row): Prerequisite {
  const rights = rightsOf(row);
  const by = hasRole(row) ? `, itself or by ${row['active_role']}` : '';
  const more = rights.filter((right) => !harmless.has(right));
  const dangerous = more.includes('SUPER') ? 'SUPER' : more[0];
  const another = 'use an account made by `dbintel prerequisites --print-sql`';
  if (dangerous)
    return {
      name: 'rights',
      verdict: 'warning',
      observed: `the account has ${named(more, dangerous)}${by}: more than needed`,
      remediation: another,
    };
  if (rights.includes('SELECT'))
    return {
      name: 'rights',
      verdict: 'warning',
      observed: `SELECT on *.*${by}: also on the server’s own tables, where passwords are`,
      remediation:
        by && !rightsOf(row, 'own_rights').includes('SELECT')
          ? another
          : `REVOKE SELECT ON *.* FROM ${userOf(row)};  ` +
            '-- and grant it on the application’s databases',
    };
  return { name: 'rights', verdict: 'ok', observed: 'no more than needed' };
}

const named = (rights: readonly string[], worst: string): string =>
  rights.length > 3
    ? `${rights.length} global rights that it does not need, ${worst} among them`
    : rights.join(', ');

export function connectionLimitCheck(row: Row): Prerequisite {
  const limit = numberOr(row, 'connection_limit', 0);
  return check(
    'connections',
    limit >= 2,
    limit === 1 ? 'failed' : 'warning',
    limit === 0 ? 'no MAX_USER_CONNECTIONS' : `MAX_USER_CONNECTIONS ${limit}`,
    `ALTER USER ${userOf(row)} WITH MAX_USER_CONNECTIONS 4;  -- a cycle holds 2`,
  );
}

const leastText = 4_096;
const digestLengths = ['performance_schema_max_digest_length', 'max_digest_length'];

/** Without room for digests nothing is counted, or all statements as one. */
export const textSizeCheck = (row: Row, place: Place): Prerequisite => {
  const widen = (names: readonly string[]) =>
    names.map((name) => changeSetting(place, name, String(leastText))).join('; ');
  const none = digestLengths.filter((name) => row[name] === '0');
  if (none.length)
    return {
      name: 'text size',
      verdict: 'failed',
      observed: `${none.join(', ')}: 0 bytes; the server tells no statement from another`,
      remediation: widen(none),
    };
  const short = ['performance_schema_max_sql_text_length', ...digestLengths].filter(
    (name) => numberOr(row, name, leastText) < leastText,
  );
  return check(
    'text size',
    short.length === 0,
    'warning',
    short.length
      ? `${short.map((name) => `${name}: ${row[name]} bytes`).join(', ')}; longer statements ` +
          'are cut and cannot be explained'
      : `texts of ${row['performance_schema_max_sql_text_length']} bytes`,
    widen(short),
  );
};

const replicaCheck = (row: Row) =>
  check(
    'replication',
    row['may_monitor'] === '1' || row['replica'] !== '1',
    'warning',
    row['may_monitor'] === '1'
      ? 'lag can be read'
      : row['replica'] === '1'
        ? 'the account may not see the lag of this replica: no brake for it'
        : 'not a replica',
    `GRANT REPLICATION CLIENT ON *.* TO ${userOf(row)};`,
  );
