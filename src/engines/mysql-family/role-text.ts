import type { PrerequisitesSqlOptions } from '../engine.ts';
import { accountOf } from './account.ts';
import { procedureSql } from './procedure.ts';
import { readGrants } from './sql-text.ts';
import type { ProductSql } from './variant.ts';

/**
 * The SQL that prepares a server. It grants what a cycle uses and nothing else; printed for people
 * to read, never run by us.
 */

type RoleOptions = Pick<PrerequisitesSqlOptions, 'role' | 'schemas' | 'via'>;

export const familySql = (
  { heading, identified, rights, lockedAccount, writes }: ProductSql,
  { role: given, schemas, via = 'direct' }: RoleOptions,
): string => {
  const { name: role, user } = accountOf(given);
  return `${heading}

-- 1. Once per server: the account, and the statistics that it reads.
CREATE USER ${role} ${identified}
;
ALTER USER ${role} WITH MAX_USER_CONNECTIONS 4;           -- a cycle holds two
GRANT SELECT ON performance_schema.* TO ${role};          -- texts and counters of statements
${rights(role)}

-- 2. The account's own statements stay out of your table of digests, which never forgets. Lost at\
 a restart: put the line into a file that init_file names.
INSERT INTO performance_schema.setup_actors VALUES ('%', ${user}, '%', 'NO', 'NO');

${
  via === 'procedure'
    ? procedureSql({ role, schemas, lockedAccount })
    : grantsSql(role, schemas, writes)
}`;
};

const onlyWhereGranted =
  '--    INSERT, UPDATE and DELETE are explained only where you grant that right as well; ' +
  'without it they are reported as insufficient_privilege.\n';

const grantsSql = (
  role: string,
  schemas: readonly string[],
  writes: boolean,
) => `-- 3. In each database whose statements are to be explained. Planning a SELECT wants SELECT\
 on its tables, and SHOW VIEW where it reads a view.
--    Never grant EXECUTE: planning may run what a statement calls.
${writes ? onlyWhereGranted : ''}${readGrants(schemas, role)}
`;
