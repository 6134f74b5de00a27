/** The SQL that prepares a server. It grants what a cycle uses and nothing else; printed for people to read, never run by us. */
export function prerequisitesSql({ role, schemas, database }: { role: string; schemas: readonly string[]; database: string }): string {
  const name = quote(role);
  return `-- Prepares PostgreSQL 14–18 for dbintel. Run as superuser (or the provider's admin role).
-- It creates a role that can read statistics and plan statements, and nothing else:
-- no superuser, no pg_read_all_data, no write right, at most four connections.

-- 1. Once per server. shared_preload_libraries needs a restart; skip it where pg_stat_statements is loaded already.
-- ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements';
CREATE ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 4;
-- \\password ${role}                                      -- sets the password without showing it
GRANT pg_read_all_stats TO ${name};                       -- texts and counters of other roles' statements
ALTER ROLE ${name} SET pg_stat_statements.track = 'none'; -- our EXPLAINs leave no entry in your statistics

-- 2. In the database that spec.connection.database names.
-- \\connect ${database}
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;

-- 3. In each database whose statements are to be explained: planning a SELECT wants SELECT on its tables.
--    INSERT, UPDATE and DELETE are explained only where you grant that right as well; without it they are reported
--    as insufficient_privilege, and nothing else happens.
${schemas
  .map(
    (schema) => `GRANT USAGE ON SCHEMA ${quote(schema)} TO ${name};
GRANT SELECT ON ALL TABLES IN SCHEMA ${quote(schema)} TO ${name};
ALTER DEFAULT PRIVILEGES IN SCHEMA ${quote(schema)} GRANT SELECT ON TABLES TO ${name}; -- as the role that creates the tables`,
  )
  .join('\n')}
`;
}

const quote = (name: string) => (/^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`);
