import * as z from 'zod';
import { dictionary } from '../../base/dictionary.ts';
import type {
  ColumnStatistics,
  WorldColumn,
  WorldRelation,
  WorldWanted,
} from '../../model/world.ts';
import { countIn, jsonIn, numberIn, type Row } from '../row.ts';
import { childrenOf } from './children.ts';
import type { Question } from './transaction.ts';

/**
 * Which relations some statements stand on, and what each is. The catalogs alone are read; to print
 * a view and to measure a file the server takes a lock on the relation as every reader has it, and
 * a lock that is not free at once ends the question.
 */
export const relationKinds = dictionary<WorldRelation['kind']>({
  r: 'table',
  p: 'partitioned',
  v: 'view',
  m: 'materialized',
  f: 'foreign',
});

/**
 * `$1`, `$2`: schemas, null for any, and names. What is below them, partitions and children, and
 * what views stand on, up to `$3`. Cost: some milliseconds for thousands of partitions.
 */
const closureSql = `
WITH RECURSIVE wanted AS (
  SELECT w.place, c.oid
  FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[]))
    WITH ORDINALITY w (schema, name, place)
  JOIN pg_catalog.pg_class c ON c.relname = w.name AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    AND n.nspname = coalesce(w.schema, n.nspname)
  WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND n.nspname NOT LIKE 'pg\\_temp%' AND n.nspname NOT LIKE 'pg\\_toast%'
), tree (oid) AS (
  SELECT oid FROM wanted
  UNION
  SELECT next.oid FROM tree t CROSS JOIN LATERAL (
    SELECT child.oid FROM ${childrenOf('t.oid')} child
    UNION ALL
    SELECT d.refobjid FROM pg_catalog.pg_rewrite w
      JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass
        AND d.objid = w.oid
      JOIN pg_catalog.pg_class v ON v.oid = w.ev_class AND v.relkind = 'v'
    WHERE w.ev_class = t.oid AND d.refclassid = 'pg_catalog.pg_class'::regclass
      AND d.refobjid <> t.oid
  ) next (oid)
)
SELECT c.oid::text AS oid, NULL AS place
FROM (SELECT oid FROM tree LIMIT $3::int) t JOIN pg_catalog.pg_class c USING (oid)
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND n.nspname NOT IN ('pg_catalog', 'information_schema')
UNION ALL SELECT NULL, w.place::text FROM wanted w`;

/** Names with their schema, wherever ours is: nothing is on our path but the server's own. */
const qualified = (schema: string, name: string) =>
  `pg_catalog.quote_ident(${schema}) || '.' || pg_catalog.quote_ident(${name})`;

/** Where it stands: of the database, where nothing is said. */
export const tablespaceOf = (relation: string) => `(
  SELECT s.spcname FROM pg_catalog.pg_tablespace s
  WHERE s.oid = coalesce(nullif(${relation}.reltablespace, 0), (SELECT d.dattablespace
    FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())))`;

/** One row a relation (`$1`). `to_jsonb`: what a version has not is null. */
const relationsSql = `
SELECT n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.reltuples AS rows,
  c.relpages AS pages, c.relallvisible AS visible,
  CASE WHEN c.relkind IN ('r', 'm') THEN coalesce(pg_catalog.pg_relation_size(c.oid), 0)
    ELSE 0 END AS bytes,
  ${tablespaceOf('c')} AS tablespace, pg_catalog.to_json(c.reloptions) AS options,
  c.relrowsecurity AS policies,
  CASE c.relkind WHEN 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END AS key,
  CASE c.relkind WHEN 'v' THEN pg_catalog.pg_get_viewdef(c.oid) END AS definition,
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_object('schema', pn.nspname,
     'name', p.relname, 'bound', pg_catalog.pg_get_expr(c.relpartbound, c.oid)) ORDER BY i.inhseqno)
   FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
     JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
   WHERE i.inhrelid = c.oid) AS parents,
  CASE WHEN c.relkind <> 'v' THEN (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
     'number', a.attnum, 'name', a.attname,
     'type', pg_catalog.format_type(a.atttypid, a.atttypmod), 'required', a.attnotnull,
     'collation', CASE WHEN a.attcollation <> t.typcollation THEN (
       SELECT ${qualified('on_.nspname', 'o.collname')} FROM pg_catalog.pg_collation o
         JOIN pg_catalog.pg_namespace on_ ON on_.oid = o.collnamespace
       WHERE o.oid = a.attcollation) END,
     'computed', CASE a.attgenerated WHEN 'v' THEN (
       SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d
       WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum) END) ORDER BY a.attnum)
   FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) END AS columns
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY ($1::oid[])`;

/** As the view has them; of ours, values are named only where they are wanted. */
const statistics = `s.schemaname AS schema, s.tablename AS "table", s.attname AS name, s.inherited,
  s.null_frac AS nulls, s.avg_width AS width, s.n_distinct AS "distinct",
  s.most_common_freqs[1] AS commonest, s.correlation`;
const found = `FROM pg_catalog.pg_stats s
WHERE s.schemaname = ANY ($1::text[]) AND s.tablename = ANY ($2::text[])`;
const statisticsSql = `SELECT ${statistics} ${found}`;
/** The rest of the view, whatever a version has of it. */
const valuesSql = `SELECT ${statistics}, (pg_catalog.to_jsonb(s) - ARRAY['schemaname', 'tablename',
  'attname', 'inherited', 'null_frac', 'avg_width', 'n_distinct', 'correlation'])::text AS rest,
  s.most_common_vals::text AS commonests, s.histogram_bounds::text AS bounds,
  s.most_common_elems::text AS elements ${found}`;

export const worldRelationStatements = { closureSql, relationsSql, statisticsSql };

export interface Closure {
  oids: string[];
  /** Of what was wanted: what there is not. */
  missing: { schema?: string; name: string }[];
}

/** Thousands of partitions take some seconds to be made; more are no longer the few megabytes. */
export const mostRelations = 10_000;

export const closureOf = (wanted: WorldWanted['relations']): Question<Closure> => ({
  sql: closureSql,
  values: [
    wanted.map(({ schema }) => schema ?? null),
    wanted.map(({ name }) => name),
    mostRelations + 1,
  ],
  read(rows) {
    const there = new Set(rows.flatMap(({ place }) => place ?? []));
    return {
      oids: rows.flatMap(({ oid }) => oid ?? []),
      missing: wanted.filter((_, i) => !there.has(String(i + 1))),
    };
  },
});

const text = z.string();
const parents = z.array(z.object({ schema: text, name: text, bound: text.nullish() }));
const columns = z.array(
  z.object({
    number: z.number(),
    name: text,
    type: text,
    required: z.boolean(),
    collation: text.nullish(),
    computed: text.nullish(),
  }),
);

export interface RelationEntry {
  relation: WorldRelation;
  /** Its rows are under policies. */
  policies: boolean;
}

export const relationsOf = (oids: readonly string[]): Question<RelationEntry[]> => ({
  sql: relationsSql,
  values: [oids],
  read: (rows) =>
    rows.map((row) => ({ relation: toRelation(row), policies: row['policies'] === 't' })),
});

const toRelation = (row: Row): WorldRelation => ({
  schema: row['schema'] ?? '',
  name: row['name'] ?? '',
  kind: relationKinds[row['kind'] ?? ''] ?? 'table',
  columns: jsonIn(row, 'columns', columns, []).map(
    ({ collation, computed, ...column }): WorldColumn => ({
      ...column,
      ...(collation == null ? {} : { collation }),
      ...(computed == null ? {} : { computed }),
    }),
  ),
  ...(row['definition'] == null ? {} : { definition: row['definition'] }),
  ...(row['key'] == null ? {} : { partitionKey: row['key'] }),
  parents: jsonIn(row, 'parents', parents, []).map(({ bound, ...parent }) => ({
    ...parent,
    ...(bound == null ? {} : { bound }),
  })),
  tablespace: row['tablespace'] ?? '',
  rows: numberIn(row, 'rows'),
  pages: Math.max(0, numberIn(row, 'pages')),
  allVisible: countIn(row, 'visible'),
  bytes: countIn(row, 'bytes'),
  options: jsonIn(row, 'options', z.array(text), []),
});

/**
 * Of a relation's column, its own rows' or those of what is below; by names, as the view has it.
 */
export type StatisticsFound = (
  relation: { schema: string; name: string },
  column: string,
  inherited: boolean,
) => ColumnStatistics | undefined;

export const statisticsOf = (
  relations: readonly { schema: string; name: string }[],
  values: WorldWanted['values'],
): Question<StatisticsFound> => ({
  sql: values === 'statistics' ? valuesSql : statisticsSql,
  values: [
    [...new Set(relations.map(({ schema }) => schema))],
    [...new Set(relations.map(({ name }) => name))],
  ],
  read(rows) {
    const key = (...parts: unknown[]) => JSON.stringify(parts);
    const all = new Map(
      rows.map((row) => [
        key(row['schema'], row['table'], row['name'], row['inherited'] === 't'),
        row,
      ]),
    );
    return ({ schema, name }, column, inherited) => {
      const row = all.get(key(schema, name, column, inherited));
      return row && toStatistics(row);
    };
  },
});

const rest = z.record(text, z.unknown());

function toStatistics(row: Row): ColumnStatistics {
  const optional = (field: 'commonest' | 'correlation') =>
    row[field] == null ? {} : { [field]: numberIn(row, field) };
  return {
    nulls: numberIn(row, 'nulls'),
    width: numberIn(row, 'width'),
    distinct: numberIn(row, 'distinct'),
    ...optional('commonest'),
    ...optional('correlation'),
    ...(row['rest'] == null ? {} : { values: valuesIn(row) }),
  };
}

/**
 * As texts of arrays: those of values as the server prints them, those of numbers as JSON has them.
 */
function valuesIn(row: Row): Record<string, string> {
  const printed = Object.entries({
    most_common_vals: row['commonests'],
    histogram_bounds: row['bounds'],
    most_common_elems: row['elements'],
  });
  const numbers = Object.entries(jsonIn(row, 'rest', rest, {})).filter(
    ([name, value]) => /freqs$|^elem_count/.test(name) && Array.isArray(value),
  );
  return Object.fromEntries([
    ...printed.flatMap(([name, value]) => (value == null ? [] : [[name, value]])),
    ...numbers.map(([name, value]) => [name, `{${(value as unknown[]).join()}}`]),
  ]);
}
