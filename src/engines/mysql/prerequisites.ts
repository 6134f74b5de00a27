import type { Prerequisite } from '../engine.ts';
import {
  familyChecks,
  instrumentationColumns,
  ownRights,
  preparedCheck,
} from '../mysql-family/checks.ts';
import type { Connection } from '../mysql-family/connection.ts';
import { withRoleRights } from '../mysql-family/role-rights.ts';
import type { PrerequisiteContext } from '../mysql-family/variant.ts';
import { numberOr } from '../row.ts';

/** Everything that the checks look at, in one row. Needs SELECT on performance_schema. */
export const factsSql = `
SELECT VERSION() AS version, @@version_comment AS version_comment, @@basedir AS basedir,
  CURRENT_USER() AS user, CURRENT_ROLE() AS active_role, @@performance_schema AS performance_schema,
${instrumentationColumns},
  (SELECT SUM(IF(DIGEST_TEXT LIKE 'EXECUTE %', SUM_TIMER_WAIT, 0)) / SUM(SUM_TIMER_WAIT)
    FROM performance_schema.events_statements_summary_by_digest
    WHERE SCHEMA_NAME NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema'))
      AS prepared_share,
  (SELECT INSTRUMENTED FROM performance_schema.threads WHERE PROCESSLIST_ID = CONNECTION_ID())
    AS instrumented,
  (SELECT VARIABLE_VALUE FROM performance_schema.global_status
    WHERE VARIABLE_NAME = 'Performance_schema_digest_lost') AS lost,
  @@performance_schema_digests_size AS digests_size,
  @@performance_schema_max_sql_text_length AS performance_schema_max_sql_text_length,
  @@performance_schema_max_digest_length AS performance_schema_max_digest_length,
  @@max_digest_length AS max_digest_length,
  (SELECT GROUP_CONCAT(PRIVILEGE_TYPE) FROM ${ownRights}) AS global_rights,
  EXISTS (SELECT 1 FROM ${ownRights}
    AND PRIVILEGE_TYPE IN ('REPLICATION CLIENT', 'SUPER')) AS may_monitor,
  EXISTS (SELECT 1 FROM performance_schema.replication_connection_status) AS replica,
  @@SESSION.max_user_connections AS connection_limit,
  (SELECT VARIABLE_VALUE FROM performance_schema.session_status WHERE VARIABLE_NAME = 'Ssl_cipher')
    AS cipher, UNIX_TIMESTAMP(NOW(3)) * 1000 AS now`;

/** Of the account, and of its active roles. */
export const roleRights = { sql: 'SHOW GRANTS', monitors: ['REPLICATION CLIENT', 'SUPER'] };

export async function readPrerequisites(
  control: Connection,
  context: PrerequisiteContext,
): Promise<Prerequisite[]> {
  const { timeout_ms } = context;
  const facts = (await control.query(factsSql, timeout_ms))[0] ?? {};
  const row = await withRoleRights(control, facts, roleRights, timeout_ms);
  return familyChecks(context, row, [
    preparedCheck(numberOr(row, 'prepared_share', 0), 'the time is of prepared statements'),
  ]);
}
