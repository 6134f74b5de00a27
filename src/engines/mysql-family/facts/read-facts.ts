import { AppError } from '../../../base/errors.ts';
import type { TableFacts } from '../../../model/statistics.ts';
import type { Row } from '../../row.ts';
import type { Connection } from '../connection.ts';
import {
  type CatalogWords,
  columnsSql,
  foreignKeysSql,
  forNames,
  forTables,
  indexesSql,
  indexStatisticsSql,
  kindsSql,
  type Named,
  partitionsSql,
  type TableName,
  tablesSql,
  usageSql,
  viewsSql,
} from './catalog-sql.ts';
import { tableFacts, tableKey } from './table-facts.ts';

/**
 * What the catalogs say of tables: one statement each, for all tables that are not known yet. What
 * stands in information_schema is needed; it shows only tables on which the account has some right.
 * The rest is good to know: what the account may not read, or what takes too long, is left out.
 */
export interface Catalogs {
  control: Connection;
  words: CatalogWords;
  version: string;
  timeout_ms: number;
  /** Milliseconds since the epoch from which on the server counts, where it was asked. */
  countedSince: number | undefined;
  /** What the account may not read is not asked for again before long. */
  refusals: Refusals;
}

export interface Refusals {
  has(source: string): boolean;
  add(source: string): void;
}

/** Each costs the server half a millisecond: one statement stays far below any timeout. */
const tablesAtOnce = 50;

const namesAtOnce = 500;

/**
 * By `schema.name`, of those that another server has: their engine; '' of views. Asked before all
 * else.
 */
export async function readKinds(
  { control, words, timeout_ms }: Pick<Catalogs, 'control' | 'words' | 'timeout_ms'>,
  tables: readonly TableName[],
): Promise<Map<string, string>> {
  const kinds = new Map<string, string>();
  for (let at = 0; at < tables.length; at += namesAtOnce) {
    const some = tables.slice(at, at + namesAtOnce);
    for (const row of await control.query(forNames(some, words.several, kindsSql), timeout_ms))
      kinds.set(tableKey(row), row['engine'] ?? '');
  }
  return kinds;
}

export async function readTableFacts(
  catalogs: Catalogs,
  tables: readonly TableName[],
): Promise<TableFacts[]> {
  const found: TableFacts[] = [];
  for (let at = 0; at < tables.length; at += tablesAtOnce)
    found.push(...(await readSome(catalogs, tables.slice(at, at + tablesAtOnce))));
  return found;
}

async function readSome(catalogs: Catalogs, asked: readonly TableName[]): Promise<TableFacts[]> {
  const { control, words, version, timeout_ms, countedSince } = catalogs;
  const needed = (sql: (where: Named) => string) =>
    control.query(forTables(asked, words.several, sql), timeout_ms);
  const found = await needed(tablesSql);
  if (found.length === 0) return [];
  const indexes = await needed(indexesSql(words.indexColumns(version)));
  const columns = await needed(columnsSql);
  const foreignKeys = await needed(foreignKeysSql);
  const partitioned = found.filter((row) => row['partitioned'] === '1').map(nameOf);
  const partitions = partitioned.length
    ? await control.query(forTables(partitioned, words.several, partitionsSql), timeout_ms)
    : [];
  const optional = (source: string, sql: string) => readIfAllowed(catalogs, source, sql);
  const { columnStatistics } = words;
  const usage = await optional('usage', forTables(asked, words.usageAtOnce, usageSql));
  return tableFacts(
    {
      tables: found,
      indexes,
      columns,
      foreignKeys,
      partitions,
      usage,
      indexStatistics: await optional('indexes', forTables(asked, true, indexStatisticsSql)),
      columnStatistics: await optional('columns', forTables(asked, true, columnStatistics.sql)),
      since: countedSince,
    },
    words,
  );
}

const nameOf = (row: Row): TableName => ({
  schema: row['table_schema'] ?? '',
  name: row['table_name'] ?? '',
});

/** Not allowed, not there in this version, or too slow. */
const absent = new Set(['insufficient_privilege', 'undefined_relation', 'statement_timeout']);

export async function readIfAllowed(
  { control, timeout_ms, refusals }: Pick<Catalogs, 'control' | 'timeout_ms' | 'refusals'>,
  source: string,
  sql: string,
): Promise<Row[]> {
  if (refusals.has(source)) return [];
  try {
    return await control.query(sql, timeout_ms);
  } catch (error) {
    if (!(error instanceof AppError) || !absent.has(error.code) || !control.usable) throw error;
    refusals.add(source);
    return [];
  }
}

/** What the above sends, for people to read. */
export function factsStatements(
  { catalogWords: words }: { catalogWords: CatalogWords },
  version: string,
): string[] {
  const some: Named = { schema: "= '<database>'", table: "= '<table>'" };
  return [
    kindsSql,
    tablesSql,
    indexesSql(words.indexColumns(version)),
    columnsSql,
    foreignKeysSql,
    partitionsSql,
    usageSql,
    indexStatisticsSql,
    words.columnStatistics.sql,
    viewsSql,
  ].map((sql) => sql(some));
}
