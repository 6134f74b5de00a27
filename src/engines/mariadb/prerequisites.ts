import type { Prerequisite } from '../engine.ts';
import {
  changeSetting,
  check,
  clockCheck,
  connectionLimitCheck,
  consumerCheck,
  digestTableCheck,
  excessRightsCheck,
  ownDigestsCheck,
  type Place,
  performanceSchemaCheck,
  placeOf,
  replicaCheck,
  textSizeCheck,
  tlsCheck,
  versionCheck,
} from '../mysql-family/checks.ts';
import type { Connection, Row } from '../mysql-family/connection.ts';
import type { PrerequisiteContext } from '../mysql-family/dialect.ts';
import { chooseSource, consumersSql } from './workload.ts';

/** Everything that the checks look at, in one row. Needs SELECT on performance_schema. */
export const factsSql = `
SELECT VERSION() AS version, @@version_comment AS version_comment, @@basedir AS basedir, CURRENT_USER() AS user, @@performance_schema AS performance_schema,
  (SELECT ENABLED FROM performance_schema.setup_consumers WHERE NAME = 'statements_digest') AS digests,
  (SELECT INSTRUMENTED FROM performance_schema.threads WHERE PROCESSLIST_ID = CONNECTION_ID()) AS instrumented,
  (SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'PERFORMANCE_SCHEMA_DIGEST_LOST') AS lost,
  @@performance_schema_digests_size AS digests_size, @@performance_schema_max_sql_text_length AS performance_schema_max_sql_text_length,
  @@performance_schema_max_digest_length AS performance_schema_max_digest_length, @@max_digest_length AS max_digest_length,
  (SELECT GROUP_CONCAT(PRIVILEGE_TYPE) FROM information_schema.USER_PRIVILEGES) AS global_rights,
  EXISTS (SELECT 1 FROM information_schema.USER_PRIVILEGES WHERE PRIVILEGE_TYPE IN ('SLAVE MONITOR', 'REPLICA MONITOR', 'SUPER')) AS may_monitor,
  EXISTS (SELECT 1 FROM information_schema.PROCESSLIST WHERE COMMAND = 'Slave_SQL' OR COMMAND = 'Slave_IO') AS replica,
  @@SESSION.max_user_connections AS connection_limit,
  (SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'SSL_CIPHER') AS cipher, UNIX_TIMESTAMP(NOW(3)) * 1000 AS now`;

/** While it is off its tables are not even there to be asked, in some versions. */
export const enabledSql =
  'SELECT @@performance_schema AS performance_schema, @@basedir AS basedir, VERSION() AS version, @@version_comment AS version_comment';

export async function readPrerequisites(control: Connection, context: PrerequisiteContext): Promise<Prerequisite[]> {
  const [enabled = {}] = await control.query(enabledSql, context.timeout_ms);
  const place = placeOf(enabled);
  if (enabled['performance_schema'] !== '1') return [versionCheck(context, 'MariaDB', [10, 6]), performanceSchemaCheck(enabled, place)];
  const row = (await control.query(factsSql, context.timeout_ms))[0] ?? {};
  const source = (await control.query(consumersSql, context.timeout_ms))[0];
  return [
    versionCheck(context, 'MariaDB', [10, 6]),
    performanceSchemaCheck(row, place),
    consumerCheck(row),
    samplesCheck(source, place),
    ownDigestsCheck(row),
    digestTableCheck(row, place),
    excessRightsCheck(row),
    connectionLimitCheck(row),
    tlsCheck(row, context.target.spec.connection.tls.mode),
    textSizeCheck(row, place),
    replicaCheck(row),
    clockCheck(row, context.now),
  ];
}

/** MariaDB keeps no sample of a statement: values come from wherever it keeps texts. */
function samplesCheck(row: Row | undefined, place: Place): Prerequisite {
  const source = chooseSource(row);
  const seen = source.startsWith('events')
    ? `texts come from ${source}`
    : `texts come from the ${source}${source === 'process list' ? ': only what runs at that moment is explained' : ''}`;
  const now =
    "UPDATE performance_schema.setup_consumers SET ENABLED = 'YES' WHERE NAME IN ('events_statements_current', 'events_statements_history', 'events_statements_history_long');";
  return check(
    'samples',
    source.startsWith('events') || source === 'slow log',
    'warning',
    seen,
    `${now}  -- for good: ${changeSetting(place, 'performance_schema_consumer_events_statements_history_long', 'ON')}`,
  );
}
