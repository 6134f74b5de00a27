import * as z from 'zod';
import type { CatalogWords, Named } from '../mysql-family/facts/catalog-sql.ts';
import { jsonIn, numberOr, type Row } from '../row.ts';

/**
 * MySQL's catalogs. A histogram is there where someone asked for one; of its buckets only how much
 * they hold is read, never between which values.
 */
const histogramsSql = ({ schema, table }: Named) => `
SELECT SCHEMA_NAME AS table_schema, TABLE_NAME AS table_name, COLUMN_NAME AS column_name,
  CAST(JSON_EXTRACT(HISTOGRAM, '$."null-values"') AS CHAR) AS nulls,
  JSON_EXTRACT(HISTOGRAM, '$."histogram-type"') = 'singleton' AS singleton,
  CAST(IF(JSON_EXTRACT(HISTOGRAM, '$."histogram-type"') = 'singleton',
    JSON_EXTRACT(HISTOGRAM, '$.buckets[*][1]'), JSON_EXTRACT(HISTOGRAM, '$.buckets[*][3]'))
    AS CHAR) AS held
FROM information_schema.COLUMN_STATISTICS WHERE SCHEMA_NAME ${schema} AND TABLE_NAME ${table}`;

const held = z.array(z.number()).max(1_024); // no histogram has more buckets

/** A singleton's buckets are values with the share up to them; others' tell how many values. */
function readHistogram(row: Row) {
  const buckets = jsonIn(row, 'held', held, []);
  const nulls = numberOr(row, 'nulls', undefined);
  const singleton = row['singleton'] === '1';
  const distinct = singleton ? buckets.length : buckets.reduce((sum, each) => sum + each, 0);
  const shares = buckets.map((share, i) => share - (buckets[i - 1] ?? 0));
  return {
    ...(nulls === undefined ? {} : { nulls }),
    ...(distinct > 0 ? { distinct } : {}),
    ...(singleton && buckets.length ? { commonest: Math.max(...shares) } : {}),
  };
}

export const catalogWords: CatalogWords = {
  several: true,
  rowsAreLive: false,
  indexColumns: (version) =>
    `${/^8\.0\.(?:\d|1[0-2])$/.test(version) ? 'NULL' : 'EXPRESSION'} AS expression,
  IS_VISIBLE = 'NO' AS hidden`,
  usageAtOnce: false,
  columnStatistics: { sql: histogramsSql, read: readHistogram },
};
