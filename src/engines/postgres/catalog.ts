import { numberOr, type Row } from '../row.ts';
import { catalogSql } from './catalog-sql.ts';
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
const openSchemasSql = catalogSql(`
SELECT n.nspname AS schema, NULL AS "user" FROM pg_catalog.pg_namespace n
WHERE pg_catalog.has_schema_privilege('public', n.oid, 'CREATE')
UNION ALL
SELECT n.nspname, n.nspname FROM pg_catalog.pg_namespace n
JOIN pg_catalog.pg_roles r ON r.rolname = n.nspname JOIN pg_catalog.pg_roles o ON o.oid = n.nspowner
WHERE n.nspname = ANY ($1::text[]) AND NOT o.rolsuper
  AND NOT pg_catalog.pg_has_role(r.oid, o.oid, 'MEMBER') AND NOT pg_catalog.pg_has_role(o.oid,
    r.oid, 'MEMBER')`);

const whatMatters = `c.relkind AS kind, c.relpages AS pages,
  c.relname IN (SELECT t.relname FROM pg_catalog.pg_class t
    WHERE t.relname = ANY ($1::text[]) AND t.relpersistence = 't') AS hidden,
  pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE') AS usable,
  pg_catalog.has_any_column_privilege(c.oid, 'SELECT') AS "select",
  pg_catalog.has_any_column_privilege(c.oid, 'INSERT') AS "insert",
  pg_catalog.has_any_column_privilege(c.oid, 'UPDATE') AS "update",
  pg_catalog.has_table_privilege(c.oid, 'DELETE') AS "delete"`;
const named = `
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = ANY ($1::text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  AND n.nspname NOT LIKE 'pg\\_temp%' AND n.nspname NOT LIKE 'pg\\_toast%'`;

/** Relations of the given names in every schema, with what matters before planning. */
const mostRelations = 2_000;
const relationsSql = catalogSql(`
SELECT c.oid::text, n.nspname AS schema, c.relname AS name, ${whatMatters}
${named} LIMIT ${mostRelations}`);

/**
 * Where there are more: with a schema for each tenant there may be thousands, and asking what we
 * may do with one takes longer than finding it. So in the schemas that a text or a search path
 * names, and in those with most pages of them. $2: schemas, $3: roles.
 */
const mostSchemas = 100;
const largestRelationsSql = catalogSql(`
WITH named AS MATERIALIZED (
  SELECT c.*, n.nspname, pg_catalog.sum(c.relpages) OVER (PARTITION BY c.relnamespace) AS pages
  ${named}
), c AS (
  SELECT *, pg_catalog.dense_rank() OVER (ORDER BY pages DESC, relnamespace) AS place FROM named
), paths AS MATERIALIZED (
  SELECT c FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) c
  WHERE c LIKE 'search\\_path=%' AND (s.setrole = 0 OR s.setrole IN (
    SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = ANY ($3::text[])))
  UNION ALL SELECT g.reset_val FROM pg_catalog.pg_settings g WHERE g.name = 'search_path')
SELECT c.oid::text, c.nspname AS schema, c.relname AS name, ${whatMatters}
FROM c
WHERE c.place <= ${mostSchemas} OR c.nspname = ANY ($2::text[]) OR c.nspname = ANY ($3::text[])
  OR EXISTS (SELECT FROM paths p WHERE pg_catalog.strpos(p.c, c.nspname::text) > 0)
LIMIT 20000`);

export interface RelationEntry {
  oid: string;
  schema: string;
  name: string;
  kind: string;
  /** As of the last VACUUM or ANALYZE; 0 where it has none of its own. */
  pages: number;
  /** Sessions have temporary tables of that name, which they find before it. */
  hidden: boolean;
  rights: Record<'select' | 'insert' | 'update' | 'delete', boolean>;
  usable: boolean;
}

export const catalogStatements = {
  openSchemasSql,
  relationsSql,
  largestRelationsSql,
  ...trustStatements,
  closureSql,
};

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

export const areAll = (relations: readonly RelationEntry[]): boolean =>
  relations.length < mostRelations;

export const largestRelationsNamed = (
  names: readonly string[],
  schemas: readonly string[],
  users: readonly string[],
): Question<RelationEntry[]> => ({
  sql: largestRelationsSql,
  values: [names, schemas, users],
  read: (rows) => rows.map(toRelation),
});

function toRelation(row: Row): RelationEntry {
  const flag = (name: string) => row[name] === 't';
  return {
    oid: row['oid'] ?? '',
    schema: row['schema'] ?? '',
    name: row['name'] ?? '',
    kind: row['kind'] ?? '',
    pages: numberOr(row, 'pages', 0),
    hidden: flag('hidden'),
    rights: {
      select: flag('select'),
      insert: flag('insert'),
      update: flag('update'),
      delete: flag('delete'),
    },
    usable: flag('usable'),
  };
}
