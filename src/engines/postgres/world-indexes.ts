import * as z from 'zod';
import { dictionary } from '../../base/dictionary.ts';
import type { ExtendedStatistics, WorldConstraint, WorldIndex } from '../../model/world.ts';
import { countIn, jsonIn, numberIn, type Row } from '../row.ts';
import type { Question } from './transaction.ts';
import { tablespaceOf } from './world-relations.ts';

/**
 * What belongs to relations: indexes, constraints that planning goes by, statistics of several
 * columns together. Of the last the server shows data to the owner of the table, and to who is
 * granted it.
 */

/** `$1`: of these relations. The server prints a definition after it has locked the table. */
const indexesSql = `
SELECT n.nspname AS schema, x.relname AS name, t.relname AS "table", m.amname AS method,
  pg_catalog.pg_get_indexdef(i.indexrelid) AS definition,
  (SELECT k.conname FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid
     AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x') LIMIT 1) AS constraint,
  (SELECT pg_catalog.json_build_object('schema', pn.nspname, 'name', p.relname)
   FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class p ON p.oid = h.inhparent
     JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
   WHERE h.inhrelid = i.indexrelid LIMIT 1) AS parent,
  i.indisvalid AS valid, i.indisunique AS "unique", ${tablespaceOf('x')} AS tablespace,
  x.reltuples AS rows, x.relpages AS pages,
  CASE x.relkind WHEN 'i' THEN coalesce(pg_catalog.pg_relation_size(x.oid), 0) ELSE 0 END AS bytes,
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('place', k.n, 'name', a.attname))
   FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, n)
     JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum = k.n
   WHERE k.attnum = 0) AS expressions
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
  JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = x.relnamespace
  JOIN pg_catalog.pg_am m ON m.oid = x.relam
WHERE i.indrelid = ANY ($1::oid[]) AND i.indislive`;

/**
 * `$2`: what is there at all: a foreign key needs both sides. A CHECK matters only to children that
 * are no partitions: those have bounds.
 */
const constraintsSql = `
SELECT n.nspname AS schema, c.relname AS "table", k.conname AS name, k.contype AS kind,
  pg_catalog.pg_get_constraintdef(k.oid) AS definition
FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE k.conrelid = ANY ($1::oid[]) AND (k.contype IN ('p', 'u', 'x')
  OR k.contype = 'f' AND k.conparentid = 0 AND k.confrelid = ANY ($2::oid[])
  OR k.contype = 'c' AND NOT c.relispartition
    AND EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid))`;

/** Of its own rows, and since 15 also of what is below. */
const extendedWith = (found: string): string => `
SELECT n.nspname AS schema, s.stxname AS name, c.relname AS "table",
  pg_catalog.pg_get_statisticsobjdef(s.oid) AS definition, (${found}) AS found
FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_class c ON c.oid = s.stxrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
WHERE s.stxrelid = ANY ($1::oid[])`;

/** A view that shows them to who has the role of the table's owner. */
const extendedSql = extendedWith(`SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
    'inherited', coalesce((pg_catalog.to_jsonb(e) ->> 'inherited')::bool, false),
    'distinct', pg_catalog.encode(e.n_distinct::bytea, 'hex'),
    'dependencies', pg_catalog.encode(e.dependencies::bytea, 'hex')))
  FROM pg_catalog.pg_stats_ext e
  WHERE e.statistics_schemaname = n.nspname AND e.statistics_name = s.stxname`);

/** The catalog beneath, of which a superuser may grant the columns that have no value of a row. */
const grantedWith = (inherited: string): string =>
  extendedWith(`SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
    'inherited', ${inherited},
    'distinct', pg_catalog.encode(d.stxdndistinct::bytea, 'hex'),
    'dependencies', pg_catalog.encode(d.stxddependencies::bytea, 'hex')))
  FROM pg_catalog.pg_statistic_ext_data d WHERE d.stxoid = s.oid`);
const grantedSql = grantedWith('d.stxdinherit');
const granted14Sql = grantedWith('false');

/** Columns that a version has not are none that the role may read. */
const rightsSql = `
SELECT count(*) FILTER (WHERE a.attname <> 'stxdinherit') = 3 AS granted,
  count(*) FILTER (WHERE a.attname = 'stxdinherit') = 1 AS inherited
FROM pg_catalog.pg_attribute a
WHERE a.attrelid = 'pg_catalog.pg_statistic_ext_data'::regclass
  AND a.attname IN ('stxoid', 'stxdndistinct', 'stxddependencies', 'stxdinherit')
  AND pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT')`;

export const worldIndexStatements = {
  indexesSql,
  constraintsSql,
  extendedSql,
  grantedSql,
  granted14Sql,
  rightsSql,
};

/** What extended statistics are read from. */
export type ExtendedFrom = 'view' | 'catalog' | 'catalog without inheritance';

export const extendedFrom = (major: number): Question<ExtendedFrom> => ({
  sql: rightsSql,
  values: [],
  read([row]) {
    if (row?.['granted'] !== 't') return 'view';
    if (major < firstInherited) return 'catalog without inheritance';
    return row['inherited'] === 't' ? 'catalog' : 'view';
  },
});
const firstInherited = 15;

const sqlFrom: Record<ExtendedFrom, string> = {
  view: extendedSql,
  catalog: grantedSql,
  'catalog without inheritance': granted14Sql,
};

const text = z.string();
const named = z.object({ schema: text, name: text });
const expressions = z.array(z.object({ place: z.number(), name: text }));

/** With the names under which the view of statistics has its expressions. */
export type IndexEntry = Omit<WorldIndex, 'expressions'> & {
  expressions: { place: number; name: string }[];
};

export const indexesOf = (oids: readonly string[]): Question<IndexEntry[]> => ({
  sql: indexesSql,
  values: [oids],
  read: (rows) => rows.map(toIndex),
});

function toIndex(row: Row): IndexEntry {
  const parent = jsonIn(row, 'parent', named.optional(), undefined);
  return {
    schema: row['schema'] ?? '',
    name: row['name'] ?? '',
    table: row['table'] ?? '',
    method: row['method'] ?? '',
    definition: row['definition'] ?? '',
    ...(row['constraint'] == null ? {} : { constraint: row['constraint'] }),
    ...(parent ? { parent } : {}),
    valid: row['valid'] === 't',
    unique: row['unique'] === 't',
    tablespace: row['tablespace'] ?? '',
    rows: numberIn(row, 'rows'),
    pages: Math.max(0, numberIn(row, 'pages')),
    bytes: countIn(row, 'bytes'),
    expressions: jsonIn(row, 'expressions', expressions, []),
  };
}

const constraintKinds = dictionary<WorldConstraint['kind']>({
  p: 'primary',
  u: 'unique',
  x: 'exclusion',
  f: 'foreign',
  c: 'check',
});

export const constraintsOf = (
  oids: readonly string[],
  all: readonly string[],
): Question<WorldConstraint[]> => ({
  sql: constraintsSql,
  values: [oids, all],
  read: (rows) =>
    rows.map((row) => ({
      schema: row['schema'] ?? '',
      table: row['table'] ?? '',
      name: row['name'] ?? '',
      kind: constraintKinds[row['kind'] ?? ''] ?? 'check',
      definition: row['definition'] ?? '',
    })),
});

const found = z.array(
  z.object({
    inherited: z.boolean(),
    distinct: text.nullable(),
    dependencies: text.nullable(),
  }),
);

export const extendedOf = (
  oids: readonly string[],
  from: ExtendedFrom,
): Question<ExtendedStatistics[]> => ({
  sql: sqlFrom[from],
  values: [oids],
  read: (rows) => rows.map(toExtended),
});

function toExtended(row: Row): ExtendedStatistics {
  const all = jsonIn(row, 'found', found, []);
  const of = (kind: 'distinct' | 'dependencies') => {
    const data = Object.fromEntries(
      all.flatMap((each) =>
        each[kind] == null ? [] : [[each.inherited ? 'inherited' : 'own', each[kind]]],
      ),
    );
    return Object.keys(data).length ? { [kind]: data } : {};
  };
  return {
    schema: row['schema'] ?? '',
    name: row['name'] ?? '',
    table: row['table'] ?? '',
    definition: row['definition'] ?? '',
    ...of('distinct'),
    ...of('dependencies'),
  };
}
