import type { ColumnStatistics, WorldExport } from '../../model/world.ts';
import { nameOf } from './schema-sql.ts';

/**
 * What ANALYZE found in production, as rows of the catalog: there are too many columns to say one
 * after the other. A commonest value comes without the value: how rows fall into the buckets of a
 * hash join hangs on its share alone.
 */
interface StatisticsRow extends Omit<ColumnStatistics, 'values'> {
  relation: string;
  number: number;
  inherited: boolean;
  [column: string]: unknown;
}

export function statisticsRows({ relations, indexes }: WorldExport): StatisticsRow[] {
  const row = (
    relation: string,
    number: number,
    inherited: boolean,
    { values, ...figures }: ColumnStatistics,
  ): StatisticsRow => ({ relation, number, inherited, ...figures, ...values });
  return [
    ...relations.flatMap((relation) =>
      relation.columns.flatMap(({ number, own, inherited }) => [
        ...(own ? [row(nameOf(relation), number, false, own)] : []),
        ...(inherited ? [row(nameOf(relation), number, true, inherited)] : []),
      ]),
    ),
    ...indexes.flatMap((index) =>
      index.expressions.map(({ place, statistics }) =>
        row(nameOf(index), place, false, statistics),
      ),
    ),
  ];
}

/** The type whose operators a type has: those of the same bytes, and those of any. */
const operatorsOf = (type: string) => `CASE WHEN ${type}.typtype = 'e' THEN 'anyenum'::regtype
  WHEN ${type}.typtype = 'r' THEN 'anyrange'::regtype
  WHEN ${type}.typtype = 'm' THEN 'anymultirange'::regtype
  WHEN ${type}.typtype = 'c' THEN 'record'::regtype
  WHEN ${type}.typsubscript = 'array_subscript_handler'::regproc THEN 'anyarray'::regtype
  WHEN ${type}.oid = 'varchar'::regtype THEN 'text'::regtype
  WHEN ${type}.oid = 'cidr'::regtype THEN 'inet'::regtype
  ELSE ${type}.oid END`;
const operator = (type: string, strategy: number) => `(SELECT m.amopopr FROM pg_opclass o
  JOIN pg_amop m ON m.amopfamily = o.opcfamily AND m.amoplefttype = o.opcintype
    AND m.amoprighttype = o.opcintype AND m.amopstrategy = ${strategy}
  JOIN pg_am a ON a.oid = o.opcmethod AND a.amname = 'btree'
  WHERE o.opcdefault AND o.opcintype = ${operatorsOf(type)} LIMIT 1)`;
const list = (text: string, type: string) => `array_in(textout(${text}), ${type}, -1)`;
/** Kinds of what is kept of a column, in the order of their places (pg_statistic.h). */
const kinds = { commonest: 1, bounds: 2, correlation: 3, elements: 4, elementCounts: 5 };

/** `$1`: rows as JSON. */
export const insertStatisticsSql = `
INSERT INTO pg_statistic (starelid, staattnum, stainherit, stanullfrac, stawidth, stadistinct,
  stakind1, stakind2, stakind3, stakind4, stakind5, staop1, staop2, staop3, staop4, staop5,
  stacoll1, stacoll2, stacoll3, stacoll4, stacoll5,
  stanumbers1, stanumbers2, stanumbers3, stanumbers4, stanumbers5,
  stavalues1, stavalues2, stavalues3, stavalues4, stavalues5)
SELECT s.relation::regclass, s.number, s.inherited, s.nulls, s.width, s."distinct",
  CASE WHEN k.first THEN ${kinds.commonest} ELSE 0 END,
  CASE WHEN k.second THEN ${kinds.bounds} ELSE 0 END,
  CASE WHEN k.third THEN ${kinds.correlation} ELSE 0 END,
  CASE WHEN k.fourth THEN ${kinds.elements} ELSE 0 END,
  CASE WHEN k.fifth THEN ${kinds.elementCounts} ELSE 0 END,
  CASE WHEN k.first THEN o.eq ELSE 0 END, CASE WHEN k.second THEN o.lt ELSE 0 END,
  CASE WHEN k.third THEN o.lt ELSE 0 END, CASE WHEN k.fourth THEN e.eq ELSE 0 END,
  CASE WHEN k.fifth THEN e.eq ELSE 0 END,
  CASE WHEN k.first THEN a.attcollation ELSE 0 END,
  CASE WHEN k.second THEN a.attcollation ELSE 0 END,
  CASE WHEN k.third THEN a.attcollation ELSE 0 END,
  CASE WHEN k.fourth THEN a.attcollation ELSE 0 END,
  CASE WHEN k.fifth THEN a.attcollation ELSE 0 END,
  CASE WHEN k.first THEN coalesce(s.most_common_freqs::float4[], ARRAY[s.commonest]) END, NULL,
  CASE WHEN k.third THEN ARRAY[s.correlation] END,
  CASE WHEN k.fourth THEN s.most_common_elem_freqs::float4[] END,
  CASE WHEN k.fifth THEN s.elem_count_histogram::float4[] END,
  CASE WHEN k.first THEN ${list("coalesce(s.most_common_vals, '{}')", 't.oid')} END,
  CASE WHEN k.second THEN ${list('s.histogram_bounds', 't.oid')} END, NULL,
  CASE WHEN k.fourth THEN ${list('s.most_common_elems', 'e.oid')} END, NULL
FROM jsonb_to_recordset($1::jsonb) s (relation text, number int2, inherited bool, nulls float4,
    width int4, "distinct" float4, commonest float4, correlation float4, most_common_vals text,
    most_common_freqs text, histogram_bounds text, most_common_elems text,
    most_common_elem_freqs text, elem_count_histogram text)
  JOIN pg_attribute a ON a.attrelid = s.relation::regclass AND a.attnum = s.number
  JOIN pg_type d ON d.oid = a.atttypid
  JOIN pg_type t ON t.oid = CASE d.typtype WHEN 'd' THEN d.typbasetype ELSE d.oid END
  CROSS JOIN LATERAL (SELECT ${operator('t', 3)} AS eq, ${operator('t', 1)} AS lt) o
  LEFT JOIN LATERAL (SELECT x.oid, ${operator('x', 3)} AS eq FROM pg_type x
    WHERE s.most_common_elems IS NOT NULL
      AND x.oid = CASE t.typname WHEN 'tsvector' THEN 'text'::regtype ELSE t.typelem END) e ON true
  CROSS JOIN LATERAL (SELECT o.eq IS NOT NULL AND s.commonest IS NOT NULL AS first,
    o.lt IS NOT NULL AND s.histogram_bounds IS NOT NULL AS second,
    o.lt IS NOT NULL AND s.correlation IS NOT NULL AS third,
    e.eq IS NOT NULL AS fourth,
    e.eq IS NOT NULL AND s.elem_count_histogram IS NOT NULL AS fifth) k`;

/**
 * Of an expression the server tells only the owner. One that changes nothing but the case of a
 * column has as many values as it, nearly, and as wide ones. `$1`: of these indexes; null: of all.
 */
export const likenStatisticsSql = `
INSERT INTO pg_statistic (starelid, staattnum, stainherit, stanullfrac, stawidth, stadistinct,
  stakind1, stakind2, stakind3, stakind4, stakind5, staop1, staop2, staop3, staop4, staop5,
  stacoll1, stacoll2, stacoll3, stacoll4, stacoll5)
SELECT i.indexrelid, k.place, false, s.stanullfrac, s.stawidth, s.stadistinct,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, place)
  JOIN pg_attribute a ON a.attrelid = i.indrelid
    AND a.attname = substring(pg_get_indexdef(i.indexrelid, k.place::int, true)
      FROM '^(?:lower|upper)\\(([a-z_][a-z0-9_]*)(?:::text)?\\)$')
  JOIN pg_statistic s ON s.starelid = i.indrelid AND s.staattnum = a.attnum AND NOT s.stainherit
WHERE i.indexrelid >= 16384 AND k.attnum = 0
  AND ($1::oid[] IS NULL OR i.indexrelid = ANY ($1::oid[]))
  AND NOT EXISTS (SELECT FROM pg_statistic o
    WHERE o.starelid = i.indexrelid AND o.staattnum = k.place)`;

/** The server gives its own kinds of bytes to nobody: a cast of ours takes them. */
export const castsSql = [
  'CREATE CAST (bytea AS pg_ndistinct) WITHOUT FUNCTION',
  'CREATE CAST (bytea AS pg_dependencies) WITHOUT FUNCTION',
];

/** `$1`: rows as JSON. */
export const insertExtendedSql = `
INSERT INTO pg_statistic_ext_data (stxoid, stxdinherit, stxdndistinct, stxddependencies)
SELECT x.oid, s.inherited, decode(s."distinct", 'hex')::pg_ndistinct,
  decode(s.dependencies, 'hex')::pg_dependencies
FROM jsonb_to_recordset($1::jsonb)
    s (schema text, name text, inherited bool, "distinct" text, dependencies text)
  JOIN pg_namespace n ON n.nspname = s.schema
  JOIN pg_statistic_ext x ON x.stxnamespace = n.oid AND x.stxname = s.name`;

export const extendedRows = ({ extended }: WorldExport): Record<string, unknown>[] =>
  extended.flatMap(({ schema, name, distinct, dependencies }) =>
    (['own', 'inherited'] as const)
      .filter((whose) => distinct?.[whose] !== undefined || dependencies?.[whose] !== undefined)
      .map((whose) => ({
        schema,
        name,
        inherited: whose === 'inherited',
        distinct: distinct?.[whose],
        dependencies: dependencies?.[whose],
      })),
  );
