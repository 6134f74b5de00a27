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
  return `-- Prepares MySQL 8.0–9 for dbintel. Run as an administrator.
-- It creates an account that can read statistics and plan statements, and nothing else: no write, no SUPER, at most four connections.

${accountSql(role, "IDENTIFIED WITH caching_sha2_password BY RANDOM PASSWORD  -- prints it once; or BY '…'")}
GRANT REPLICATION CLIENT ON *.* TO ${role};               -- replicas only: how far they are behind; leave out elsewhere

-- 2. The account's own statements stay out of your table of digests, which never forgets. Lost at a restart: put the line into a file that init_file names.
INSERT INTO performance_schema.setup_actors VALUES ('%', '${role}', '%', 'NO', 'NO');

${via === 'procedure' ? procedureSql({ role, schemas, lockedAccount: 'CREATE USER IF NOT EXISTS $ACCOUNT IDENTIFIED WITH caching_sha2_password ACCOUNT LOCK;' }) : grantsSql(role, schemas, true)}`;
}
