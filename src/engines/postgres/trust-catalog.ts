import * as z from 'zod';
import { jsonIn, type Row } from '../row.ts';
import { catalogSql } from './catalog-sql.ts';
import type { Name } from './names.ts';
import { reachSql } from './reach.ts';
import type { Question } from './transaction.ts';
import { closedSchema, ownedByTrusted, owners, trustedFunction } from './trusted-owners.ts';

/**
 * Objects by name, and whether they are trusted. All of it reads catalogs with search_path =
 * pg_catalog, and locks no table of the application.
 */

/**
 * Functions, operators, types and collations of the given names in the given schemas; one row a
 * schema and name. A function or operator that shares both with one of an untrusted owner is not
 * trusted: which of them is meant depends on the types of its arguments.
 */
const objectsSql = catalogSql(`
WITH ${owners}
SELECT 'function' AS what, pn.nspname AS schema, p.proname AS name,
  pg_catalog.bool_and(${trustedFunction('$5')}) AS trusted,
  pg_catalog.has_schema_privilege(pn.oid, 'USAGE') AS usable,
  pg_catalog.array_to_json(pg_catalog.array_agg(p.oid::int8) FILTER (WHERE p.oid >= 16384))::text
    AS oids
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace pn ON pn.oid = p.pronamespace
WHERE p.proname = ANY ($1::text[]) AND pn.nspname = ANY ($6::text[]) GROUP BY pn.oid, pn.nspname,
  p.proname
UNION ALL
SELECT 'operator', n.nspname, o.oprname, pg_catalog.bool_and(
    (${ownedByTrusted('o.oprowner')} OR (pn.nspname || '.' || p.proname) = ANY ($5::text[]))
      AND ${trustedFunction('$5')}),
  pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
  pg_catalog.array_to_json(pg_catalog.array_agg(o.oid::int8) FILTER (WHERE o.oid >= 16384))::text
FROM pg_catalog.pg_operator o JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace
JOIN pg_catalog.pg_proc p ON p.oid = o.oprcode
JOIN pg_catalog.pg_namespace pn ON pn.oid = p.pronamespace
WHERE o.oprname = ANY ($2::text[]) AND n.nspname = ANY ($6::text[]) GROUP BY n.oid, n.nspname,
  o.oprname
UNION ALL
SELECT 'type', n.nspname, t.typname, true, pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
  CASE WHEN t.oid >= 16384 THEN '[' || t.oid || ']' END
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE t.typname = ANY ($3::text[]) AND n.nspname = ANY ($6::text[])
UNION ALL
SELECT DISTINCT 'collation', n.nspname, c.collname, true,
  pg_catalog.has_schema_privilege(n.oid, 'USAGE'), NULL
FROM pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace
WHERE c.collname = ANY ($4::text[]) AND n.nspname = ANY ($6::text[])`);

export interface NamedObject extends Required<Name> {
  what: 'function' | 'operator' | 'type' | 'collation';
  trusted: boolean;
  /** We may look into its schema. */
  usable: boolean;
  /** Of those that the server did not bring itself. */
  oids: string[];
}

export const objectsNamed = (
  names: Record<'schemas' | 'functions' | 'operators' | 'types' | 'collations', string[]>,
  allowed: readonly string[],
): Question<NamedObject[]> => ({
  sql: objectsSql,
  values: [names.functions, names.operators, names.types, names.collations, allowed, names.schemas],
  read: (rows) =>
    rows.map((row) => ({
      what: row['what'] as NamedObject['what'],
      schema: row['schema'] ?? '',
      name: row['name'] ?? '',
      trusted: row['trusted'] === 't',
      usable: row['usable'] === 't',
      oids: jsonIn(row, 'oids', z.array(z.union([z.number(), z.string()])), []).map(String),
    })),
});

/** Schemas with operators, which are the only ones that can be wanted in the path. */
const schemasSql = catalogSql(`
WITH ${owners}
SELECT n.nspname AS name, pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS usable,
  ${closedSchema} AS closed
FROM pg_catalog.pg_namespace n
WHERE n.nspname <> 'pg_catalog' AND EXISTS (SELECT FROM pg_catalog.pg_operator o
  WHERE o.oprnamespace = n.oid)`);

export interface OperatorSchema {
  /** We may look into it. */
  usable: boolean;
  /** All in it is of trusted owners, and nobody else may create there. */
  closed: boolean;
}

export const operatorSchemas = (): Question<Map<string, OperatorSchema>> => ({
  sql: schemasSql,
  values: [],
  read: (rows: Row[]) =>
    new Map(
      rows.map((row) => [
        row['name'] ?? '',
        { usable: row['usable'] === 't', closed: row['closed'] === 't' },
      ]),
    ),
});

export const trustStatements = { objectsSql, schemasSql, reachSql };
