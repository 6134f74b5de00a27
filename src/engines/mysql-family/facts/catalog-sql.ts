import type { ColumnFacts } from '../../../model/statistics.ts';
import type { Row } from '../../row.ts';
import { sqlText } from '../sql-text.ts';

/**
 * What is asked of the catalogs about the tables of a plan: each statement reads one of them, by
 * the tables' exact names. No value of a column is in any answer.
 */
export interface TableName {
  schema: string;
  name: string;
}

/** What the products' catalogs do not have in common. */
export interface CatalogWords {
  /**
   * MySQL takes several names of a database at once, for a third of the time; MariaDB opens whole
   * databases then, and wants each table by constants.
   */
  several: boolean;
  /**
   * TABLE_ROWS is what the planner counts with at this moment; MySQL's is of up to a day ago.
   */
  rowsAreLive: boolean;
  /** More columns of STATISTICS: hidden; expression or cardinality, where it has them. */
  indexColumns(version: string): string;
  /**
   * Rows and writes by index. MySQL looks them up; MariaDB reads all of the server's tables in
   * memory, some 4 µs for each: once for all of them.
   */
  usageAtOnce: boolean;
  columnStatistics: ColumnStatistics;
}

/** How even columns are, of those of which it was counted. No value of theirs is asked for. */
export interface ColumnStatistics {
  sql(where: Named): string;
  /** `rows`: of the table. Throws AppError where a number is none. */
  read(row: Row, rows: number): Pick<ColumnFacts, 'distinct' | 'commonest' | 'nulls' | 'width'>;
}

/** A condition on the columns that name a schema and a table, as in `= 'shop'`. */
export interface Named {
  schema: string;
  table: string;
}

const isOneOf = (names: readonly string[]) =>
  names.length === 1 ? `= ${sqlText(names[0] as string)}` : `IN (${names.map(sqlText).join(', ')})`;

/** The statement for all tables: a member for each of them, or for each of their databases. */
export function forTables(
  tables: readonly TableName[],
  several: boolean,
  sql: (where: Named) => string,
): string {
  const groups = several
    ? [...Map.groupBy(tables, ({ schema }) => schema)].map(([schema, those]) => ({
        schema,
        names: those.map(({ name }) => name),
      }))
    : tables.map(({ schema, name }) => ({ schema, names: [name] }));
  return groups
    .map(({ schema, names }) => sql({ schema: `= ${sqlText(schema)}`, table: isOneOf(names) }))
    .join('\nUNION ALL ');
}

/** Also for other pairs of these names, where the product takes several at once. */
export const forNames = (
  tables: readonly TableName[],
  several: boolean,
  sql: (where: Named) => string,
): string =>
  several
    ? sql({
        schema: isOneOf([...new Set(tables.map(({ schema }) => schema))]),
        table: isOneOf([...new Set(tables.map(({ name }) => name))]),
      })
    : forTables(tables, several, sql);

/** DATA_FREE is the table's own where it has a file of its own. */
export const tablesSql = ({ schema, table }: Named) => `
SELECT TABLE_SCHEMA AS table_schema, TABLE_NAME AS table_name, ENGINE AS engine,
  TABLE_ROWS AS row_count, DATA_LENGTH AS bytes,
  IF(@@GLOBAL.innodb_file_per_table = 1, DATA_FREE, NULL) AS free_bytes,
  CREATE_OPTIONS LIKE '%partitioned%' AS partitioned,
  UNIX_TIMESTAMP(CREATE_TIME) * 1000 AS created_at
FROM information_schema.TABLES WHERE TABLE_SCHEMA ${schema} AND TABLE_NAME ${table}
  AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')`;

/** One row for each key of each index. */
export const indexesSql =
  (columns: string) =>
  ({ schema, table }: Named) =>
    `
SELECT TABLE_SCHEMA AS table_schema, TABLE_NAME AS table_name, INDEX_NAME AS index_name,
  NON_UNIQUE AS non_unique, SEQ_IN_INDEX AS position, COLUMN_NAME AS column_name,
  SUB_PART IS NOT NULL AS prefixed, COLLATION = 'D' AS descending, INDEX_TYPE AS method, ${columns}
FROM information_schema.STATISTICS WHERE TABLE_SCHEMA ${schema} AND TABLE_NAME ${table}`;

/** One row for each column: what an index on it would be like. */
export const columnsSql = ({ schema, table }: Named) => `
SELECT TABLE_SCHEMA AS table_schema, TABLE_NAME AS table_name, COLUMN_NAME AS column_name,
  DATA_TYPE AS type, CHARACTER_OCTET_LENGTH AS bytes, COLLATION_NAME AS collation,
  IS_NULLABLE = 'YES' AS nullable
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA ${schema} AND TABLE_NAME ${table}`;

export const foreignKeysSql = ({ schema, table }: Named) => `
SELECT TABLE_SCHEMA AS table_schema, TABLE_NAME AS table_name, CONSTRAINT_NAME AS name,
  COLUMN_NAME AS column_name, ORDINAL_POSITION AS position,
  REFERENCED_TABLE_SCHEMA AS other_schema, REFERENCED_TABLE_NAME AS other_name,
  REFERENCED_COLUMN_NAME AS other_column
FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA ${schema} AND TABLE_NAME ${table}
  AND REFERENCED_TABLE_NAME IS NOT NULL`;

/** Only of tables that are partitioned. What a partition holds is told by values: left out. */
export const partitionsSql = ({ schema, table }: Named) => `
SELECT TABLE_SCHEMA AS table_schema, TABLE_NAME AS table_name, PARTITION_METHOD AS strategy,
  PARTITION_EXPRESSION AS \`keys\`, COUNT(DISTINCT PARTITION_NAME) AS partitions
FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA ${schema} AND TABLE_NAME ${table}
  AND PARTITION_METHOD IS NOT NULL
GROUP BY TABLE_SCHEMA, TABLE_NAME, PARTITION_METHOD, PARTITION_EXPRESSION`;

/**
 * Rows that were read, inserted, updated and deleted by each index and, where it is NULL, without
 * one, since the server began; nothing where that is not counted. In memory; needs SELECT on
 * performance_schema.
 */
export const usageSql = ({ schema, table }: Named) => `
SELECT OBJECT_SCHEMA AS table_schema, OBJECT_NAME AS table_name, INDEX_NAME AS index_name,
  COUNT_STAR AS used, COUNT_INSERT AS inserted, COUNT_UPDATE AS updated, COUNT_DELETE AS deleted
FROM performance_schema.table_io_waits_summary_by_index_usage
WHERE OBJECT_TYPE = 'TABLE' AND OBJECT_SCHEMA ${schema} AND OBJECT_NAME ${table}
  AND 'YES' = (SELECT ENABLED FROM performance_schema.setup_instruments
    WHERE NAME = 'wait/io/table/sql/handler')`;

/**
 * Pages of each index, and how many values its first key has, all keys of the primary one have:
 * what InnoDB counted when it looked last, by ANALYZE or by itself. Needs SELECT on that one table
 * of the server's own.
 */
export const indexStatisticsSql = ({ schema, table }: Named) => `
SELECT database_name AS table_schema, table_name, index_name, stat_name, stat_value,
  UNIX_TIMESTAMP(last_update) * 1000 AS at
FROM mysql.innodb_index_stats WHERE database_name ${schema} AND table_name ${table}
  AND (stat_name IN ('n_diff_pfx01', 'size')
    OR (index_name = 'PRIMARY' AND stat_name LIKE 'n_diff%'))`;

/** Whose tables are elsewhere: to open one asks another server, which no limit of this one ends. */
const remoteEngines = ['FEDERATED', 'CONNECT', 'SPIDER', 'S3', 'SPHINX', 'CASSANDRA'];

/**
 * Those of another server, and views, which have no engine. Nothing that is named here makes the
 * server open a table.
 */
export const kindsSql = ({ schema, table }: Named) => `
SELECT TABLE_SCHEMA AS table_schema, TABLE_NAME AS table_name, ENGINE AS engine
FROM information_schema.TABLES WHERE TABLE_SCHEMA ${schema} AND TABLE_NAME ${table}
  AND (TABLE_TYPE = 'VIEW' OR ENGINE IN (${remoteEngines.map((name) => `'${name}'`).join(', ')}))`;

/** The text of a view, to find the tables behind it; it goes no further. Needs SHOW VIEW. */
export const viewsSql = ({ schema, table }: Named) => `
SELECT TABLE_SCHEMA AS table_schema, TABLE_NAME AS table_name, VIEW_DEFINITION AS definition
FROM information_schema.VIEWS WHERE TABLE_SCHEMA ${schema} AND TABLE_NAME ${table}`;
