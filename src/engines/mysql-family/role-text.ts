import { sqlName } from './sql-text.ts';

/** Parts of the SQL for a DBA that MySQL and MariaDB have in common. */
export const accountSql = (
  role: string,
  identified: string,
) => `-- 1. Once per server: the account, and the statistics that it reads.
CREATE USER ${role} ${identified}
;
ALTER USER ${role} WITH MAX_USER_CONNECTIONS 4;           -- a cycle holds two
GRANT SELECT ON performance_schema.* TO ${role};          -- texts and counters of statements`;

export const grantsSql = (
  role: string,
  schemas: readonly string[],
  writes: boolean,
) => `-- 3. In each database whose statements are to be explained. Planning a SELECT wants SELECT on its tables, and SHOW VIEW where it reads a view.
--    Never grant EXECUTE: planning may run what a statement calls.
${writes ? `--    INSERT, UPDATE and DELETE are explained only where you grant that right as well; without it they are reported as insufficient_privilege.\n` : ''}${schemas.map((schema) => `GRANT SELECT, SHOW VIEW ON ${sqlName(schema)}.* TO ${role};`).join('\n')}
`;
