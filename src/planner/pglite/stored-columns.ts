import type { PGlite } from '@electric-sql/pglite';
import type { StoredColumn } from './btree.ts';

/** What the entries of indexes are made of, as far as catalogs and statistics tell. */
export interface StoredColumns {
  keys: StoredColumn[];
  /** All of them, those that are only kept beside the keys too. */
  all: StoredColumn[];
}

/**
 * `$1`: of these indexes; null: of all. What is indexed by an expression has statistics of its own
 * or none. Without any: what the planner itself takes.
 */
const columnsSql = `
SELECT i.indexrelid::int8::int AS oid, k.place <= i.indnkeyatts AS key, a.attlen AS length,
  CASE a.attalign WHEN 'c' THEN 1 WHEN 's' THEN 2 WHEN 'i' THEN 4 ELSE 8 END AS align,
  coalesce(s.stawidth, CASE WHEN a.attlen > 0 THEN a.attlen ELSE 32 END) AS width,
  coalesce(s.stanullfrac, 0) AS nulls,
  CASE WHEN s.stadistinct > 0 THEN s.stadistinct
    WHEN s.stadistinct < 0 THEN -s.stadistinct * greatest(t.reltuples, 1)
    ELSE least(200, greatest(t.reltuples, 1)) END AS "distinct"
FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
  CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, place)
  JOIN pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum = k.place
  LEFT JOIN LATERAL (SELECT * FROM pg_statistic s
    WHERE s.starelid = CASE k.attnum WHEN 0 THEN i.indexrelid ELSE i.indrelid END
      AND s.staattnum = CASE k.attnum WHEN 0 THEN k.place ELSE k.attnum END
    ORDER BY s.stainherit LIMIT 1) s ON true
WHERE i.indexrelid >= 16384 AND ($1::oid[] IS NULL OR i.indexrelid = ANY ($1::oid[]))
ORDER BY i.indexrelid, k.place`;

type ColumnRow = StoredColumn & { oid: number; key: boolean };

export async function storedColumns(
  pg: PGlite,
  indexes: readonly number[] | null = null,
): Promise<Map<number, StoredColumns>> {
  const { rows } = await pg.query<ColumnRow>(columnsSql, [indexes]);
  return new Map(
    [...Map.groupBy(rows, ({ oid }) => oid)].map(([oid, all]) => [
      oid,
      { keys: all.filter(({ key }) => key), all },
    ]),
  );
}
