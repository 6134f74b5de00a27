import { formatDuration, parseDuration } from '../../base/quantity.ts';
import { check } from '../checks.ts';
import type { Prerequisite } from '../engine.ts';
import {
  changeSetting,
  familyChecks,
  instrumentationColumns,
  ownRights,
  type Place,
  performanceSchemaCheck,
  placeOf,
  preparedCheck,
  versionCheck,
} from '../mysql-family/checks.ts';
import type { Connection } from '../mysql-family/connection.ts';
import { withRoleRights } from '../mysql-family/role-rights.ts';
import type { PrerequisiteContext } from '../mysql-family/variant.ts';
import { countIn, numberOr, type Row } from '../row.ts';
import { consumersSql, nameOf, sourcesOn } from './workload.ts';

/** Everything that the checks look at, in one row. Needs SELECT on performance_schema. */
export const factsSql = `
SELECT VERSION() AS version, @@version_comment AS version_comment, @@basedir AS basedir,
  CURRENT_USER() AS user, CURRENT_ROLE() AS active_role, @@performance_schema AS performance_schema,
${instrumentationColumns},
  (SELECT SUM(IF(VARIABLE_NAME = 'COM_STMT_EXECUTE', VARIABLE_VALUE, 0)) /
    NULLIF(SUM(IF(VARIABLE_NAME = 'QUESTIONS', VARIABLE_VALUE, 0)), 0)
    FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME IN ('COM_STMT_EXECUTE', 'QUESTIONS'))
      AS prepared_share,
  (SELECT INSTRUMENTED FROM performance_schema.threads WHERE PROCESSLIST_ID = CONNECTION_ID())
    AS instrumented,
  (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS
    WHERE VARIABLE_NAME = 'PERFORMANCE_SCHEMA_DIGEST_LOST') AS lost,
  @@performance_schema_digests_size AS digests_size,
  @@performance_schema_max_sql_text_length AS performance_schema_max_sql_text_length,
  @@performance_schema_max_digest_length AS performance_schema_max_digest_length,
  @@max_digest_length AS max_digest_length,
  (SELECT GROUP_CONCAT(PRIVILEGE_TYPE) FROM ${ownRights}) AS global_rights,
  EXISTS (SELECT 1 FROM ${ownRights}
    AND PRIVILEGE_TYPE IN ('SLAVE MONITOR', 'REPLICA MONITOR', 'SUPER')) AS may_monitor,
  EXISTS (SELECT 1 FROM information_schema.PROCESSLIST WHERE COMMAND = 'Slave_SQL'
    OR COMMAND = 'Slave_IO') AS replica,
  @@SESSION.max_user_connections AS connection_limit,
  (SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'SSL_CIPHER')
    AS cipher, UNIX_TIMESTAMP(NOW(3)) * 1000 AS now`;

/** Not of the account: its password’s hash would come along. */
export const roleRights = {
  sql: 'SHOW GRANTS FOR CURRENT_ROLE',
  monitors: ['SLAVE MONITOR', 'REPLICA MONITOR', 'SUPER', 'ALL PRIVILEGES'],
};

/** While it is off its tables are not even there to be asked, in some versions. */
const enabledSql =
  'SELECT @@performance_schema AS performance_schema, @@basedir AS basedir, ' +
  'VERSION() AS version, @@version_comment AS version_comment';

export async function readPrerequisites(
  control: Connection,
  context: PrerequisiteContext,
): Promise<Prerequisite[]> {
  const [enabled = {}] = await control.query(enabledSql, context.timeout_ms);
  const place = placeOf(enabled);
  if (enabled['performance_schema'] !== '1')
    return [versionCheck(context), performanceSchemaCheck(enabled, place)];
  const { timeout_ms } = context;
  const facts = (await control.query(factsSql, timeout_ms))[0] ?? {};
  const row = await withRoleRights(control, facts, roleRights, timeout_ms);
  const source = {
    ...(await control.query(consumersSql, context.timeout_ms))[0],
    ...(await control.query(historySpanSql, context.timeout_ms))[0],
  };
  return familyChecks(context, row, [
    samplesCheck(source, place, parseDuration(context.target.spec.collection.interval)),
    preparedCheck(
      numberOr(row, 'prepared_share', 0),
      'statements run prepared, which MariaDB does not even count',
    ),
  ]);
}

/**
 * How long a time the newest statements span, and whether there is room for more. Reads at most the
 * table's own size: 1,000 rows by default.
 */
export const historySpanSql = `
SELECT COUNT(*) AS kept, (MAX(TIMER_END) - MIN(TIMER_START)) / 1e9 AS span_ms,
  @@performance_schema_events_statements_history_long_size AS size
FROM performance_schema.events_statements_history_long`;

/**
 * MariaDB keeps no sample of a statement: values come from wherever it keeps texts, and only as far
 * back as that reaches.
 */
function samplesCheck(row: Row, place: Place, interval_ms: number): Prerequisite {
  const sources = sourcesOn(row);
  const observed = `texts come from ${sources.map(nameOf).join(', ')}`;
  if (sources.length === 1)
    return {
      name: 'samples',
      verdict: 'warning',
      observed: `${observed}: only what runs at that moment is explained`,
      remediation: turnOn(row, place),
    };
  const [span_ms, size, kept] = [
    numberOr(row, 'span_ms', 0),
    countIn(row, 'size'),
    countIn(row, 'kept'),
  ];
  if (!sources.includes('events_statements_history_long') || kept < size)
    return { name: 'samples', verdict: 'ok', observed };
  const wanted =
    10 ** Math.ceil(Math.log10(size * Math.max(2, interval_ms / Math.max(1, span_ms))));
  return check(
    'samples',
    span_ms >= interval_ms,
    'warning',
    `${observed}; its ${size} statements cover the last ${formatDuration(span_ms)}` +
      (span_ms < interval_ms ? ', less than an interval: what ran before has no values' : ''),
    changeSetting(
      place,
      'performance_schema_events_statements_history_long_size',
      String(Math.min(wanted, largestHistory)),
    ),
  );
}

/** What the histories lack: accounts, consumers or room. */
function turnOn(row: Row, place: Place): string {
  if (row['history_actors'] === '0')
    return (
      "UPDATE performance_schema.setup_actors SET HISTORY = 'YES' WHERE ENABLED = 'YES';  " +
      '-- for connections made from now on'
    );
  if (row['history_long'] === 'YES')
    return changeSetting(
      place,
      'performance_schema_events_statements_history_long_size',
      String(10_000),
    );
  const largest = 'events_statements_history_long';
  return (
    "UPDATE performance_schema.setup_consumers SET ENABLED = 'YES' WHERE NAME IN " +
    "('events_statements_current', 'events_statements_history', " +
    `'${largest}');` +
    `  -- for good: ${changeSetting(place, `performance_schema_consumer_${largest}`, 'ON')}`
  );
}

/** Some 3 KB of the server's memory each with texts of 1,024 bytes. */
const largestHistory = 100_000;
