import type { PrerequisitesSqlOptions } from '../engine.ts';
import { procedureSql } from '../mysql-family/procedure.ts';
import { accountSql, grantsSql } from '../mysql-family/role-text.ts';

/**
 * The SQL that prepares a server. It grants what a cycle uses and nothing else; printed for people
 * to read, never run by us.
 */
export function prerequisitesSql({
  role,
  schemas,
  via = 'direct',
}: Pick<PrerequisitesSqlOptions, 'role' | 'schemas' | 'via'>): string {
  return `-- Prepares MariaDB 10.6–11 for dbintel. Run as an administrator.
-- It creates an account that can read statistics and plan SELECTs, and nothing else: no write, no SUPER, at most four connections.
-- performance_schema is off by default; in the configuration file, then restart:
--   [mysqld]
--   performance_schema = ON
--   performance_schema_consumer_events_statements_current = ON
--   performance_schema_consumer_events_statements_history = ON
--   performance_schema_consumer_events_statements_history_long = ON   -- texts with their values: MariaDB keeps them nowhere else

${accountSql(role, "IDENTIFIED BY '…'")}
GRANT PROCESS ON *.* TO ${role};                          -- other sessions: who waits for locks, what runs
-- GRANT REPLICA MONITOR ON *.* TO ${role};               -- replicas only: how far they are behind

-- 2. The account's own statements stay out of your table of digests, which never forgets. Lost at a restart: put the line into a file that init_file names.
INSERT INTO performance_schema.setup_actors VALUES ('%', '${role}', '%', 'NO', 'NO');

${via === 'procedure' ? procedureSql({ role, schemas, lockedAccount: "CREATE USER IF NOT EXISTS $ACCOUNT IDENTIFIED VIA mysql_native_password USING 'invalid' ACCOUNT LOCK;" }) : grantsSql(role, schemas, false)}`;
}
