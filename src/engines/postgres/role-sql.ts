import type { PrerequisitesSqlOptions } from '../engine.ts';
import { functionsSql } from './explain-function.ts';
import { dollarsAround, inComment, sqlLiteral, sqlName } from './sql-names.ts';

/**
 * Enough for any number of targets of one server: they take turns, a cycle holds two, and one that
 * ends while the next begins holds two more.
 */
export const connectionLimit = 4;

/**
 * The SQL that prepares a server. It grants what a cycle uses and nothing else; printed for people
 * to read, never run by us.
 */
export function prerequisitesSql({
  role,
  schemas,
  database,
  via = 'direct',
  roles = [],
}: PrerequisitesSqlOptions): string {
  const name = sqlName(role);
  const [dollars, guard] = [dollarsAround(role), dollarsAround(database)];
  const rights =
    via === 'function'
      ? functionRights(role, roles, database)
      : tableRights(role, schemas, database);
  return `-- Prepares PostgreSQL 14–18 for dbintel. Run as superuser (or the provider's admin role).
-- It creates a role that can read statistics and plan statements, and nothing else:
-- no superuser, no pg_read_all_data, no write right, at most ${connectionLimit} connections.
-- psql goes on after an error: run it with -v ON_ERROR_STOP=1.

-- 1. Once per server. shared_preload_libraries needs a restart; skip it where pg_stat_statements\
 is loaded already.
-- ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements';
CREATE ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION\
 LIMIT ${connectionLimit};
-- \\password ${inComment(role)}                                      -- sets the password without\
 showing it
GRANT pg_read_all_stats TO ${name};                       -- texts and counters of other roles'\
 statements
ALTER ROLE ${name} SET pg_stat_statements.track = 'none'; -- our EXPLAINs leave no entry in your\
 statistics

-- 2. In the database that spec.connection.database names.
-- \\connect ${inComment(database)}
DO ${guard} BEGIN
  IF pg_catalog.current_database() <> ${sqlLiteral(database)} THEN
    RAISE EXCEPTION 'this is the database %: connect to the one that is to be prepared',\
 pg_catalog.current_database();
  END IF;
END ${guard};
GRANT CONNECT ON DATABASE ${sqlName(database)} TO ${name};
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
DO ${dollars} BEGIN -- wherever the extension is
  EXECUTE (SELECT pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I', n.nspname,\
 ${sqlLiteral(role)}) FROM pg_catalog.pg_extension e
    JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname =\
 'pg_stat_statements');
END ${dollars};
-- Optional: sizes of the server's files, not their contents. How large all texts are is known\
 then before they are read.
-- GRANT EXECUTE ON FUNCTION pg_catalog.pg_stat_file(text, boolean) TO ${name};

${rights}`;
}

const tableRights = (role: string, schemas: readonly string[], database: string) => {
  const name = sqlName(role);
  return `-- 3. In each database whose statements are to be explained: planning a SELECT wants\
 SELECT on its tables.
--    INSERT, UPDATE, DELETE, MERGE and SELECT … FOR UPDATE are explained only where you grant\
 what they write as well; without it they are reported
--    as insufficient_privilege, and nothing else happens. \`--via function\` needs no right on\
 tables.
GRANT CONNECT ON DATABASE ${sqlName(database)} TO ${name};
${schemas
  .map(
    (schema) => `GRANT USAGE ON SCHEMA ${sqlName(schema)} TO ${name};
GRANT SELECT ON ALL TABLES IN SCHEMA ${sqlName(schema)} TO ${name};
GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${sqlName(schema)} TO ${name};
ALTER DEFAULT PRIVILEGES IN SCHEMA ${sqlName(schema)} GRANT SELECT ON TABLES TO ${name}; -- as the\
 role that creates the tables`,
  )
  .join('\n')}
`;
};

const functionRights = (
  role: string,
  roles: readonly string[],
  database: string,
) => `-- 3. In each database whose statements are to be explained, and no right on tables:
GRANT CONNECT ON DATABASE ${sqlName(database)} TO ${sqlName(role)};

-- 4. For spec.explain.via: function, in each of these databases: a function for each role whose\
 statements are to be explained. EXPLAIN runs in it with the
--    rights of that role; only ${inComment(role)} may call it, and it gives plans only. Run as\
 superuser; a provider's admin role first needs GRANT <the role> TO CURRENT_USER.
--    It may be run again at any time.
${functionsSql(roles, role)}
`;
