import * as z from 'zod';
import { dictionary } from '../../base/dictionary.ts';
import type { WorldCollation, WorldExport, WorldExtension, WorldType } from '../../model/world.ts';
import { jsonIn, type Row } from '../row.ts';
import type { Question } from './transaction.ts';

/**
 * What relations stand among: types and collations of their columns, extensions, what the planner
 * is set to, and what text is compared by.
 */

/** Not the server's own, nor an extension's, which come with it; nor a table's row. */
const typesSql = `
WITH RECURSIVE used (oid) AS (
  SELECT DISTINCT a.atttypid FROM pg_catalog.pg_attribute a
  WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
  UNION
  SELECT next.oid FROM used u JOIN pg_catalog.pg_type t ON t.oid = u.oid CROSS JOIN LATERAL (
    SELECT t.typelem WHERE t.typelem <> 0
    UNION ALL SELECT t.typbasetype WHERE t.typtype = 'd'
    UNION ALL SELECT r.rngsubtype FROM pg_catalog.pg_range r WHERE r.rngtypid = t.oid
    UNION ALL SELECT r.rngtypid FROM pg_catalog.pg_range r WHERE r.rngmultitypid = t.oid
    UNION ALL SELECT a.atttypid FROM pg_catalog.pg_attribute a
      WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
  ) next (oid)
)
SELECT n.nspname AS schema, t.typname AS name, t.typtype AS kind,
  (SELECT pg_catalog.json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e
   WHERE e.enumtypid = t.oid) AS labels,
  CASE t.typtype WHEN 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END AS base,
  (SELECT pg_catalog.format_type(r.rngsubtype, NULL) FROM pg_catalog.pg_range r
   WHERE r.rngtypid = t.oid) AS subtype,
  CASE t.typtype WHEN 'c' THEN (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
     'name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
   FROM pg_catalog.pg_attribute a
   WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) END AS columns
FROM used u JOIN pg_catalog.pg_type t ON t.oid = u.oid
  JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
  LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND t.typtype IN ('e', 'd', 'c', 'r')
  AND coalesce(c.relkind, 'c') = 'c'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
ORDER BY t.oid`;

/** Of columns, and of keys of indexes; what every server has is not among them. */
const collationsSql = `
SELECT n.nspname AS schema, o.collname AS name, o.collprovider AS provider, o.collcollate AS locale,
  o.collisdeterministic AS deterministic
FROM pg_catalog.pg_collation o JOIN pg_catalog.pg_namespace n ON n.oid = o.collnamespace
WHERE o.collprovider <> 'd' AND o.collname NOT IN ('C', 'POSIX') AND o.oid IN (
  SELECT a.attcollation FROM pg_catalog.pg_attribute a WHERE a.attrelid = ANY ($1::oid[])
  UNION SELECT k.o FROM pg_catalog.pg_index i
    CROSS JOIN LATERAL pg_catalog.unnest(i.indcollation::oid[]) k (o)
  WHERE i.indrelid = ANY ($1::oid[]))`;

/** `to_jsonb`: up to 14 a database had no provider of its own. */
const databaseSql = `
SELECT pg_catalog.current_setting('server_version') AS version,
  pg_catalog.current_setting('server_version_num') AS number, d.datname AS name,
  coalesce(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c') AS provider, d.datcollate AS locale
FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`;

const extensionsSql = `
SELECT e.extname AS name, n.nspname AS schema FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql'`;

const tablespacesSql = `
SELECT s.spcname AS name, pg_catalog.to_json(s.spcoptions) AS options
FROM pg_catalog.pg_tablespace s WHERE s.spcoptions IS NOT NULL`;

/**
 * As a session has them that sets nothing: our own transaction does. How a plan is kept, and how
 * many rows ANALYZE looks at, is nothing that a plan hangs on.
 */
const settingsSql = `
SELECT g.name, g.reset_val AS value FROM pg_catalog.pg_settings g
WHERE (g.category LIKE 'Query Tuning%' OR g.name IN ('work_mem', 'hash_mem_multiplier',
  'max_parallel_workers_per_gather', 'max_parallel_workers', 'parallel_leader_participation',
  'temp_buffers', 'TimeZone', 'DateStyle', 'IntervalStyle', 'default_text_search_config'))
  AND g.name NOT IN ('plan_cache_mode', 'default_statistics_target') AND g.name NOT LIKE 'jit%'
  AND g.reset_val IS NOT NULL`;

export const worldAroundStatements = {
  databaseSql,
  settingsSql,
  extensionsSql,
  tablespacesSql,
  typesSql,
  collationsSql,
};

const text = z.string();
const texts = z.array(text);
const columns = z.array(z.object({ name: text, type: text }));

export const typesOf = (oids: readonly string[]): Question<WorldType[]> => ({
  sql: typesSql,
  values: [oids],
  read: (rows) => rows.map(toType),
});

function toType(row: Row): WorldType {
  const named = { schema: row['schema'] ?? '', name: row['name'] ?? '' };
  switch (row['kind']) {
    case 'e':
      return { ...named, kind: 'enum', labels: jsonIn(row, 'labels', texts, []) };
    case 'd':
      return { ...named, kind: 'domain', base: row['base'] ?? '' };
    case 'r':
      return { ...named, kind: 'range', subtype: row['subtype'] ?? '' };
    default:
      return { ...named, kind: 'composite', columns: jsonIn(row, 'columns', columns, []) };
  }
}

const providers = dictionary<WorldCollation['provider']>({
  c: 'libc',
  i: 'icu',
  b: 'builtin',
  d: 'default',
});
const comparison = (row: Row | undefined): Pick<WorldCollation, 'provider' | 'bytewise'> => {
  const provider = providers[row?.['provider'] ?? ''] ?? 'libc';
  const bytes = row?.['locale'] === 'C' || row?.['locale'] === 'POSIX';
  return { provider, bytewise: provider === 'builtin' || (provider === 'libc' && bytes) };
};

export const collationsOf = (oids: readonly string[]): Question<WorldCollation[]> => ({
  sql: collationsSql,
  values: [oids],
  read: (rows) =>
    rows.map((row) => ({
      schema: row['schema'] ?? '',
      name: row['name'] ?? '',
      ...comparison(row),
      deterministic: row['deterministic'] === 't',
    })),
});

type Database = Pick<WorldExport, 'version' | 'serverVersion' | 'database' | 'collation'>;

export const database: Question<Database> = {
  sql: databaseSql,
  values: [],
  read: ([row]) => ({
    version: Number(row?.['number'] ?? 0),
    serverVersion: row?.['version'] ?? '',
    database: row?.['name'] ?? '',
    collation: comparison(row),
  }),
};

export const extensions: Question<WorldExtension[]> = {
  sql: extensionsSql,
  values: [],
  read: (rows) => rows.map((row) => ({ name: row['name'] ?? '', schema: row['schema'] ?? '' })),
};

export const tablespaces: Question<WorldExport['tablespaces']> = {
  sql: tablespacesSql,
  values: [],
  read: (rows) =>
    rows.map((row) => ({ name: row['name'] ?? '', options: jsonIn(row, 'options', texts, []) })),
};

export const settings: Question<Record<string, string>> = {
  sql: settingsSql,
  values: [],
  read: (rows) => Object.fromEntries(rows.map((row) => [row['name'] ?? '', row['value'] ?? ''])),
};
