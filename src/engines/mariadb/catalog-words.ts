import type { CatalogWords, Named } from '../mysql-family/facts/catalog-sql.ts';
import { numberOr, type Row } from '../row.ts';

/**
 * MariaDB's catalogs. Statistics of columns are there where someone asked for them. The least and
 * the greatest value stand beside them: they are not read, and the printed SQL grants the other
 * columns alone.
 */
export const columnStatisticsRead = [
  'db_name',
  'table_name',
  'column_name',
  'nulls_ratio',
  'avg_length',
  'avg_frequency',
] as const;

const columnStatisticsSql = ({ schema, table }: Named) => `
SELECT db_name AS table_schema, table_name, column_name, nulls_ratio AS nulls,
  avg_length AS width, avg_frequency AS frequency
FROM mysql.column_stats WHERE db_name ${schema} AND table_name ${table}`;

/** `frequency`: how many rows have a value, in the mean. */
function readColumnStatistics(row: Row, rows: number) {
  const nulls = numberOr(row, 'nulls', undefined);
  const width = numberOr(row, 'width', undefined);
  const frequency = numberOr(row, 'frequency', 0);
  const distinct = frequency > 0 ? Math.round((rows * (1 - (nulls ?? 0))) / frequency) : 0;
  return {
    ...(nulls === undefined ? {} : { nulls }),
    ...(width === undefined ? {} : { width }),
    ...(distinct > 0 ? { distinct } : {}),
  };
}

export const catalogWords: CatalogWords = {
  several: false,
  rowsAreLive: true,
  indexColumns: () => "NULL AS expression, IGNORED = 'YES' AS hidden, CARDINALITY AS cardinality",
  usageAtOnce: true,
  columnStatistics: { sql: columnStatisticsSql, read: readColumnStatistics },
};
