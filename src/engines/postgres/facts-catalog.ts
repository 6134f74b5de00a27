import * as z from 'zod';
import type { IndexFacts, TableFacts } from '../../model/statistics.ts';
import { countIn, jsonIn, numberIn, numberOr, type Row } from '../row.ts';
import { catalogSql } from './catalog-sql.ts';
import type { Question } from './transaction.ts';

/**
 * The catalogs behind the facts of tables. What is read: sizes, counts of rows written, names of
 * columns, keys, and of columns how even their values are; no value, ever (`most_common_vals` and
 * `histogram_bounds` are not named). Of pg_stats a role sees its own columns alone, and none of a
 * table whose rows are kept from it: what is missing stays unknown. Nothing here locks a table.
 */
export interface WantedTable {
  schema: string;
  name: string;
  /** Of which something is to be known, if they are its own. */
  columns: readonly string[];
  /** Rows are deleted from it, or updated: who refers to it is to be known. */
  written: boolean;
}

/** Of a table's own columns, by number. */
const columnsOf = (relation: string, numbers: string) =>
  `(SELECT pg_catalog.to_json(pg_catalog.array_agg(a.attname::text ORDER BY u.n))
   FROM pg_catalog.unnest(${numbers}) WITH ORDINALITY u (attnum, n)
   LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = ${relation} AND a.attnum = u.attnum
     AND u.attnum <> 0)`;
const milliseconds = (time: string) => `pg_catalog.date_part('epoch', ${time}) * 1000`;
const later = (what: string) =>
  milliseconds(
    `GREATEST(pg_catalog.pg_stat_get_last_${what}_time(c.oid), ` +
      `pg_catalog.pg_stat_get_last_auto${what}_time(c.oid))`,
  );
/** A partitioned table has the rows of those below it. */
const size = (relation: string) => `LATERAL (
  WITH RECURSIVE below (oid) AS (
    SELECT ${relation}.oid WHERE ${relation}.relkind = 'p'
    UNION ALL
    SELECT h.inhrelid FROM below b JOIN pg_catalog.pg_inherits h ON h.inhparent = b.oid
  )
  SELECT pg_catalog.sum(GREATEST(p.reltuples, 0)) AS rows, pg_catalog.sum(p.relpages) AS pages
  FROM below b JOIN pg_catalog.pg_class p ON p.oid = b.oid AND p.relkind <> 'p'
)`;
const wanted = `FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[]))
    w (schema, name)
  JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
  JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
    AND c.relkind IN ('r', 'p', 'm')`;

/** One row a table. `$3`: those of `$2` that are written to. Cost: below a millisecond. */
const tablesSql = catalogSql(`
SELECT c.oid::text AS oid, n.nspname AS schema, c.relname AS name, c.relkind = 'p' AS partitioned,
  coalesce(size.rows, c.reltuples) AS rows, coalesce(size.pages, c.relpages) AS pages,
  c.relallvisible AS visible, ${later('analyze')} AS analyzed, ${later('vacuum')} AS vacuumed,
  pg_catalog.pg_stat_get_mod_since_analyze(c.oid) AS modified,
  pg_catalog.pg_stat_get_live_tuples(c.oid) AS live,
  pg_catalog.pg_stat_get_dead_tuples(c.oid) AS dead,
  pg_catalog.pg_stat_get_tuples_inserted(c.oid) AS inserted,
  pg_catalog.pg_stat_get_tuples_updated(c.oid) AS updated,
  pg_catalog.pg_stat_get_tuples_deleted(c.oid) AS deleted,
  pg_catalog.pg_stat_get_tuples_hot_updated(c.oid) AS hot,
  (SELECT ${milliseconds('pg_catalog.pg_stat_get_db_stat_reset_time(d.oid)')}
   FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) AS since,
  (SELECT pg_catalog.json_agg(${columnsOf('s.stxrelid', 's.stxkeys::int2[]')})
   FROM pg_catalog.pg_statistic_ext s WHERE s.stxrelid = c.oid) AS extended,
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
     'columns', ${columnsOf('k.conrelid', 'k.conkey')}, 'schema', fn.nspname, 'name', f.relname))
   FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class f ON f.oid = k.confrelid
     JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
   WHERE k.conrelid = c.oid AND k.contype = 'f') AS keys,
  CASE WHEN c.relname = ANY ($3::text[]) THEN (SELECT pg_catalog.json_agg(r) FROM (
    SELECT fn.nspname AS schema, f.relname AS name,
      ${columnsOf('k.conrelid', 'k.conkey')} AS columns,
      ${columnsOf('k.confrelid', 'k.confkey')} AS "references",
      EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = k.conrelid AND i.indisvalid
        AND i.indpred IS NULL AND (i.indkey::int2[])[0:pg_catalog.cardinality(k.conkey) - 1]
          OPERATOR(pg_catalog.@>) k.conkey) AS indexed,
      GREATEST(coalesce(size.rows, f.reltuples), 0) AS rows, f.relkind = 'p' AS partitioned
    FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class f ON f.oid = k.conrelid
      JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace CROSS JOIN ${size('f')} size
    WHERE k.confrelid = c.oid AND k.contype = 'f' AND k.conparentid = 0 LIMIT 50) r) END
    AS referring,
  (SELECT pg_catalog.json_build_object('oid', p.partrelid::text, 'schema', fn.nspname,
     'name', f.relname, 'strategy', p.partstrat,
     'keys', ${columnsOf('p.partrelid', 'p.partattrs::int2[]')},
     'partitions', (SELECT pg_catalog.count(*) FROM pg_catalog.pg_inherits o
       WHERE o.inhparent = h.inhparent))
   FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = h.inhparent
     JOIN pg_catalog.pg_class f ON f.oid = h.inhparent
     JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
   WHERE c.relispartition AND h.inhrelid = c.oid) AS parent
${wanted} CROSS JOIN ${size('c')} size`);

/**
 * Column names come from the catalogs, which locks nothing of the application's; an expression only
 * the server can print, and to do so it opens the table: asked where there is one, and after the
 * verdict on its locks.
 */
const indexesSql = catalogSql(`
SELECT i.indrelid::text AS relation, i.indexrelid::text AS oid, x.relname AS name,
  i.indisunique AS "unique", (i.indpred IS NOT NULL) AS partial, i.indisvalid AS valid,
  ${columnsOf('i.indrelid', 'i.indkey::int2[]')} AS keys, i.indnkeyatts AS "keyCount",
  m.amname AS method, x.relpages AS pages,
  pg_catalog.pg_stat_get_numscans(i.indexrelid) AS scans,
  EXISTS (SELECT FROM ROWS FROM (pg_catalog.unnest(i.indclass::oid[]),
      pg_catalog.unnest(i.indcollation::oid[]), pg_catalog.unnest(i.indoption::int2[]),
      pg_catalog.unnest(i.indkey::int2[])) k (class, collated, direction, attnum)
    JOIN pg_catalog.pg_opclass o ON o.oid = k.class
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE NOT o.opcdefault OR k.direction <> 0
      OR k.collated <> 0 AND k.collated <> a.attcollation) AS "otherOrder",
  EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = i.indrelid
    AND k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')) AS "constraint",
  x.relkind = 'I' AS partitioned,
  i.indisreplident OR i.indisclustered
    OR EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = x.oid)
    OR EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.refobjid = x.oid
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass)
    OR coalesce((pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS kept
${wanted} JOIN pg_catalog.pg_index i ON i.indrelid = c.oid
  JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid JOIN pg_catalog.pg_am m ON m.oid = x.relam
WHERE i.indisvalid OR x.relkind = 'i' AND NOT EXISTS (
  SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
ORDER BY x.relname LIMIT 1000`);

/** `$3`: columns. */
const columnsSql = catalogSql(`
SELECT c.oid::text AS relation, a.attname AS name, t.typname AS type, a.attnotnull AS required,
  CASE WHEN o.collname = 'default' THEN (SELECT d.datcollate FROM pg_catalog.pg_database d
    WHERE d.datname = pg_catalog.current_database()) ELSE o.collname END AS collation
${wanted} JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    AND NOT a.attisdropped AND a.attname = ANY ($3::text[])
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_catalog.pg_collation o ON o.oid = a.attcollation
LIMIT 5000`);

/**
 * Not joined to the tables: the view is found by names alone, and where hundreds of schemas have a
 * table of one name, each of them would be gone through for each.
 */
const statisticsSql = catalogSql(`
SELECT s.schemaname AS schema, s.tablename AS "table", s.attname AS name, s.inherited,
  s.null_frac AS nulls, s.avg_width AS width, s.n_distinct AS "distinct",
  s.most_common_freqs[1] AS commonest, s.correlation
FROM pg_catalog.pg_stats s WHERE s.schemaname = ANY ($1::text[])
  AND s.tablename = ANY ($2::text[]) AND s.attname = ANY ($3::text[]) LIMIT 5000`);

/** Keys, predicates, and what a table is partitioned by (`$2`), as the server prints them. */
const expressionsSql = `
SELECT i.indexrelid::text AS oid, k.n::text AS place,
  pg_catalog.pg_get_indexdef(i.indexrelid, k.n::int, true) AS text
FROM pg_catalog.pg_index i
CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, n)
WHERE i.indexrelid = ANY ($1::oid[]) AND k.attnum = 0 AND k.n <= i.indnkeyatts
UNION ALL SELECT i.indexrelid::text, 'predicate',
  pg_catalog.pg_get_expr(i.indpred, i.indrelid, true)
FROM pg_catalog.pg_index i WHERE i.indexrelid = ANY ($1::oid[]) AND i.indpred IS NOT NULL
UNION ALL SELECT p.partrelid::text, 'partitions',
  pg_catalog.pg_get_expr(p.partexprs, p.partrelid, true)
FROM pg_catalog.pg_partitioned_table p WHERE p.partrelid = ANY ($2::oid[])`;

export const factsStatements = {
  tablesSql,
  indexesSql,
  columnsSql,
  statisticsSql,
  expressionsSql,
};

const namesOf = (tables: readonly WantedTable[]) => [
  tables.map(({ schema }) => schema),
  tables.map(({ name }) => name),
];

/** Null for what is no column: an expression. */
const columnNames = z.array(z.string().nullable());
const named = { schema: z.string(), name: z.string() };
const foreignKeys = z.array(z.object({ ...named, columns: columnNames }));
const referringKeys = z.array(
  z.object({
    ...named,
    columns: columnNames,
    references: columnNames,
    indexed: z.boolean(),
    rows: z.number(),
    partitioned: z.boolean(),
  }),
);
const parent = z.object({
  ...named,
  oid: z.string(),
  strategy: z.string(),
  keys: columnNames,
  partitions: z.number(),
});

export interface TableEntry extends Omit<TableFacts, 'indexes' | 'columns' | 'partitionOf'> {
  oid: string;
  parent?: z.infer<typeof parent> | undefined;
}

export const tablesOf = (tables: readonly WantedTable[]): Question<TableEntry[]> => ({
  sql: tablesSql,
  values: [...namesOf(tables), tables.flatMap(({ name, written }) => (written ? [name] : []))],
  read: (rows) => rows.map(toTable),
});

const toTable = (row: Row): TableEntry => {
  const [rows, pages] = [numberIn(row, 'rows'), numberIn(row, 'pages')];
  const keys = jsonIn(row, 'keys', foreignKeys, []);
  const referring = jsonIn(row, 'referring', referringKeys, []);
  const extended = jsonIn(row, 'extended', z.array(columnNames.nullable()), []);
  return {
    oid: row['oid'] ?? '',
    schema: row['schema'] ?? '',
    name: row['name'] ?? '',
    rows: Math.max(0, rows),
    pages,
    ...(row['partitioned'] === 't' ? { partitioned: true as const } : {}),
    neverAnalyzed: row['analyzed'] == null,
    modifiedSinceAnalyze: numberOr(row, 'modified', 0),
    ...numberAs('analyzedAt', row, 'analyzed'),
    ...numberAs('vacuumedAt', row, 'vacuumed'),
    ...numberAs('liveRows', row, 'live'),
    ...numberAs('deadRows', row, 'dead'),
    ...(pages > 0 ? { allVisible: Math.min(1, numberOr(row, 'visible', 0) / pages) } : {}),
    writes: {
      inserted: countIn(row, 'inserted'),
      updated: countIn(row, 'updated'),
      deleted: countIn(row, 'deleted'),
      hotUpdated: countIn(row, 'hot'),
    },
    ...numberAs('countedSince', row, 'since'),
    extendedStatistics: extended.map((columns) => whole(columns ?? [])),
    foreignKeys: keys.map(({ columns, ...references }) => ({
      columns: whole(columns),
      references,
    })),
    ...(referring.length > 0 ? { referencedBy: referring.map(toReferring) } : {}),
    parent: jsonIn(row, 'parent', parent.optional(), undefined),
  };
};

const toReferring = ({ partitioned, ...each }: z.infer<typeof referringKeys>[number]) => ({
  ...each,
  ...(partitioned ? { partitioned: true as const } : {}),
  columns: whole(each.columns),
  references: whole(each.references),
});

const whole = (columns: readonly (string | null)[]): string[] =>
  columns.filter((column) => column !== null);

function numberAs<K extends string>(field: K, row: Row, column: string): { [P in K]?: number } {
  const value = numberOr(row, column, undefined);
  return (value === undefined ? {} : { [field]: value }) as { [P in K]?: number };
}

export interface IndexEntry extends Omit<IndexFacts, 'keys' | 'include' | 'predicate'> {
  relation: string;
  oid: string;
  valid: boolean;
  /** Null for an expression. */
  keys: (string | null)[];
  include: string[];
}

export const indexesOf = (tables: readonly WantedTable[]): Question<IndexEntry[]> => ({
  sql: indexesSql,
  values: namesOf(tables),
  read: (rows) => rows.map(toIndex),
});

function toIndex(row: Row): IndexEntry {
  const columns = jsonIn(row, 'keys', columnNames, []);
  const keyCount = countIn(row, 'keyCount');
  return {
    relation: row['relation'] ?? '',
    oid: row['oid'] ?? '',
    name: row['name'] ?? '',
    unique: row['unique'] === 't',
    partial: row['partial'] === 't',
    valid: row['valid'] === 't',
    keys: columns.slice(0, keyCount),
    include: whole(columns.slice(keyCount)),
    ...(row['method'] && row['method'] !== 'btree' ? { method: row['method'] } : {}),
    ...(row['constraint'] === 't' ? { constraint: true } : {}),
    ...(row['otherOrder'] === 't' ? { otherOrder: true as const } : {}),
    ...(row['kept'] === 't' ? { kept: true as const } : {}),
    ...(row['partitioned'] === 't' ? { partitioned: true as const } : {}),
    scans: numberOr(row, 'scans', 0),
    pages: numberOr(row, 'pages', 0),
  };
}

export interface ColumnEntry {
  relation: string;
  name: string;
  type: string;
  required: boolean;
  collation?: string;
}

const distinct = (names: readonly string[]) => [...new Set(names)];
const columnNamesOf = (tables: readonly WantedTable[]) =>
  distinct(tables.flatMap(({ columns }) => columns));

export const columnEntriesOf = (tables: readonly WantedTable[]): Question<ColumnEntry[]> => ({
  sql: columnsSql,
  values: [...namesOf(tables), columnNamesOf(tables)],
  read: (rows) => rows.map(toColumn),
});

const toColumn = (row: Row): ColumnEntry => ({
  relation: row['relation'] ?? '',
  name: row['name'] ?? '',
  type: row['type'] ?? '',
  required: row['required'] === 't',
  ...(row['collation'] ? { collation: row['collation'] } : {}),
});

/** As pg_stats has them: `distinct` below zero is a share of the rows. */
export interface ColumnStatistics {
  nulls: number;
  width: number;
  distinct: number;
  commonest?: number;
  correlation?: number;
}

/** Of all that is below a table, or of its own rows alone. */
export type StatisticsOf = (
  table: { schema: string; name: string },
  column: string,
) => ColumnStatistics | undefined;

export const statisticsOf = (tables: readonly WantedTable[]): Question<StatisticsOf> => ({
  sql: statisticsSql,
  values: [...namesOf(tables).map(distinct), columnNamesOf(tables)],
  read(rows) {
    const key = (...parts: unknown[]) => JSON.stringify(parts);
    // those of a partitioned table come with its parts; another one has its own
    const own = new Map(
      rows
        .toSorted((a, b) => Number(b['inherited'] === 't') - Number(a['inherited'] === 't'))
        .map((row) => [key(row['schema'], row['table'], row['name']), toStatistics(row)]),
    );
    return ({ schema, name }, column) => own.get(key(schema, name, column));
  },
});

const toStatistics = (row: Row): ColumnStatistics => ({
  nulls: numberIn(row, 'nulls'),
  width: numberIn(row, 'width'),
  distinct: numberIn(row, 'distinct'),
  ...numberAs('commonest', row, 'commonest'),
  ...numberAs('correlation', row, 'correlation'),
});

/** By oid and place. */
export const expressionsOf = (
  indexes: readonly string[],
  partitioned: readonly string[],
): Question<Map<string, string>> => ({
  sql: expressionsSql,
  values: [indexes, partitioned],
  read: (rows) => new Map(rows.map((row) => [`${row['oid']}.${row['place']}`, row['text'] ?? ''])),
});
