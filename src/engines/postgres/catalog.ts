import type { Row } from '../row.ts';
import { closureSql } from './closures.ts';
import type { Question } from './transaction.ts';
import { trustStatements } from './trust-catalog.ts';

/**
 * The catalog queries behind the preflight. All run with search_path = pg_catalog, so that nobody's
 * function can stand in for the server's. They read catalogs only and lock no table of the
 * application.
 */

/**
 * Schemas of a role's path into which others may put what the role never called: where everyone may
 * create, or of the role's name and somebody else's. It matters where an application sets another
 * path in its sessions than its role has.
 */
const openSchemasSql = `
SELECT n.nspname AS schema, NULL AS "user" FROM pg_catalog.pg_namespace n
WHERE pg_catalog.has_schema_privilege('public', n.oid, 'CREATE')
UNION ALL
SELECT n.nspname, n.nspname FROM pg_catalog.pg_namespace n
JOIN pg_catalog.pg_roles r ON r.rolname = n.nspname JOIN pg_catalog.pg_roles o ON o.oid = n.nspowner
WHERE n.nspname = ANY ($1::text[]) AND NOT o.rolsuper
  AND NOT pg_catalog.pg_has_role(r.oid, o.oid, 'MEMBER') AND NOT pg_catalog.pg_has_role(o.oid,
    r.oid, 'MEMBER')`;

/** Relations of the given names in every schema, with what matters before planning. */
const relationsSql = `
SELECT c.oid::text, n.nspname AS schema, c.relname AS name, c.relkind AS kind,
  pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS usable,
  pg_catalog.has_any_column_privilege(c.oid, 'SELECT') AS "select",
  pg_catalog.has_any_column_privilege(c.oid, 'INSERT') AS "insert",
  pg_catalog.has_any_column_privilege(c.oid, 'UPDATE') AS "update",
  pg_catalog.has_table_privilege(c.oid, 'DELETE') AS "delete",
  pg_catalog.row_security_active(c.oid) AS rls
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = ANY ($1::text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND n.nspname NOT LIKE 'pg\\_temp%' AND n.nspname NOT LIKE 'pg\\_toast%' LIMIT 20000`;

export interface RelationEntry {
  oid: string;
  schema: string;
  name: string;
  kind: string;
  rights: Record<'select' | 'insert' | 'update' | 'delete', boolean>;
  usable: boolean;
  rls: boolean;
}

export const catalogStatements = { openSchemasSql, relationsSql, ...trustStatements, closureSql };

/** Is this schema open, in the path of that user? */
export type OpenSchemas = (schema: string, user: string) => boolean;

export const openSchemas = (users: readonly string[]): Question<OpenSchemas> => ({
  sql: openSchemasSql,
  values: [users],
  read(rows) {
    const toAll = new Set(rows.flatMap((row) => (row['user'] == null ? [row['schema']] : [])));
    const foreign = new Set(rows.flatMap((row) => row['user'] ?? []));
    return (schema, user) => toAll.has(schema) || (schema === user && foreign.has(user));
  },
});

export const relationsNamed = (names: readonly string[]): Question<RelationEntry[]> => ({
  sql: relationsSql,
  values: [names],
  read: (rows) => rows.map(toRelation),
});

function toRelation(row: Row): RelationEntry {
  const flag = (name: string) => row[name] === 't';
  return {
    oid: row['oid'] ?? '',
    schema: row['schema'] ?? '',
    name: row['name'] ?? '',
    kind: row['kind'] ?? '',
    rights: {
      select: flag('select'),
      insert: flag('insert'),
      update: flag('update'),
      delete: flag('delete'),
    },
    usable: flag('usable'),
    rls: flag('rls'),
  };
}
