import { dictionary } from '../../../base/dictionary.ts';
import { redactMysqlExpression } from '../../../dialects/mysql-family/text.ts';
import type { ColumnFacts, IndexFacts, TableFacts } from '../../../model/statistics.ts';
import { countIn, numberIn, numberOr, type Row } from '../../row.ts';
import type { CatalogWords } from './catalog-sql.ts';
import { columnWidths, primaryBytes } from './column-widths.ts';

/**
 * Rows of the catalogs → what is known of tables. Pure. What was not to be read has no rows, and
 * what it would have told is absent.
 */
export interface CatalogRows {
  tables: readonly Row[];
  indexes: readonly Row[];
  columns: readonly Row[];
  foreignKeys: readonly Row[];
  partitions: readonly Row[];
  usage: readonly Row[];
  indexStatistics: readonly Row[];
  columnStatistics: readonly Row[];
  /** Milliseconds since the epoch from which on usage is counted. */
  since?: number | undefined;
}

const pageBytes = 16_384;
/**
 * No index has more columns, and none is read into a longer list, whatever its position is said to
 * be.
 */
const keyParts = 32;

/** Throws AppError where a number is none. */
export function tableFacts(
  rows: CatalogRows,
  words: Pick<CatalogWords, 'rowsAreLive' | 'columnStatistics'>,
): TableFacts[] {
  const grouped = (each: readonly Row[]) => Map.groupBy(each, tableKey);
  const [indexes, columns, foreignKeys] = [
    grouped(rows.indexes),
    grouped(rows.columns),
    grouped(rows.foreignKeys),
  ];
  const [partitions, usage, counted, even] = [
    grouped(rows.partitions),
    grouped(rows.usage),
    grouped(rows.indexStatistics),
    grouped(rows.columnStatistics),
  ];
  return rows.tables.map((row) => {
    const key = tableKey(row);
    const own = { usage: usage.get(key) ?? [], counted: counted.get(key) ?? [] };
    const references = foreignKeysOf(foreignKeys.get(key) ?? []);
    const read = withForeignKeys(readIndexes(indexes.get(key) ?? [], own), references);
    const rowCount = numberOr(row, 'row_count', 0);
    const [visible, hidden] = [false, true].map((wanted) =>
      read.filter((each) => each.hidden === wanted).map(({ facts }) => facts),
    );
    const evenness = new Map(
      (even.get(key) ?? []).map((each) => [
        each['column_name'],
        words.columnStatistics.read(each, rowCount),
      ]),
    );
    const known = (columns.get(key) ?? []).map((each) => ({
      ...readColumn(each),
      ...distinctOf(each['column_name'] ?? '', read),
      ...evenness.get(each['column_name'] ?? ''),
    }));
    const bytes = numberOr(row, 'bytes', 0);
    const all = read.map(({ facts }) => facts);
    const widths = columnWidths({ rows: rowCount, bytes, columns: known, indexes: all });
    return {
      schema: row['table_schema'] ?? '',
      name: row['table_name'] ?? '',
      rows: rowCount,
      pages: Math.ceil(bytes / pageBytes),
      neverAnalyzed: false, // InnoDB samples by itself
      ...changesOf(rowCount, { ...own, live: words.rowsAreLive, since: rows.since }),
      indexes: visible ?? [],
      ...(hidden?.length ? { invisibleIndexes: hidden } : {}),
      columns: known.map((each) => withWidth(each, widths.get(each.name))),
      entryKey: primaryBytes(all, widths),
      ...(row['engine'] ? { engine: row['engine'] } : {}),
      ...freeOf(row),
      ...analyzedOf(own.counted),
      ...writesOf(own.usage, countedSince(row, rows.since)),
      ...partitionedBy(partitions.get(key)?.[0]),
      ...(references.length ? { foreignKeys: references } : {}),
    };
  });
}

const withWidth = (column: ColumnFacts, width = column.width): ColumnFacts =>
  width === undefined ? column : { ...column, width };

export const tableKey = (row: Row) => `${row['table_schema']}.${row['table_name']}`;

interface ReadIndex {
  facts: IndexFacts;
  /** The optimizer does not look at it. */
  hidden: boolean;
  /** How many values its first key has, where that is a whole column. */
  distinct?: number;
}

function readIndexes(
  rows: readonly Row[],
  { usage, counted }: { usage: readonly Row[]; counted: readonly Row[] },
): ReadIndex[] {
  return [...Map.groupBy(rows, (row) => row['index_name'] ?? '')].map(([name, parts]) => {
    const ofIndex = (each: Row) => each['index_name'] === name;
    const used = usage.find(ofIndex);
    const statistics = new Map(counted.filter(ofIndex).map((each) => [each['stat_name'], each]));
    const [first] = parts;
    const keys = keysOf(parts, (row) => row['column_name'] ?? expressionOf(row));
    const prefixed = parts.flatMap((row) =>
      row['prefixed'] === '1' && row['column_name'] ? [row['column_name']] : [],
    );
    const method = first?.['method']?.toLowerCase();
    const unique = first?.['non_unique'] === '0';
    const size = statistics.get('size');
    const facts: IndexFacts = {
      name,
      unique,
      keys,
      partial: false,
      ...(method && method !== 'btree' ? { method } : {}),
      ...(prefixed.length ? { prefixed } : {}),
      ...(parts.some((row) => row['descending'] === '1') ? { otherOrder: true as const } : {}),
      ...(unique ? { constraint: true } : {}),
      ...(used ? { scans: countIn(used, 'used') } : {}),
      ...(size ? { pages: countIn(size, 'stat_value') } : {}),
    };
    const distinct = distinctFirst(parts, statistics.get('n_diff_pfx01'));
    return { facts, hidden: first?.['hidden'] === '1', ...(distinct ? { distinct } : {}) };
  });
}

/** The catalog writes it as it would stand in a string: with a backslash before each quote. */
const expressionOf = (row: Row): string =>
  row['expression'] == null
    ? '(expression)'
    : redactMysqlExpression(row['expression'].replaceAll(/\\(.)/gs, '$1'));

function keysOf(rows: readonly Row[], keyOf: (row: Row) => string): string[] {
  const keys: string[] = [];
  for (const row of rows)
    keys[Math.max(1, Math.min(keyParts, Math.round(countIn(row, 'position')))) - 1] = keyOf(row);
  return Array.from(keys, (key) => key ?? '');
}

/** InnoDB's own count, else the catalog's; 0 is what nobody has counted. */
function distinctFirst(parts: readonly Row[], counted: Row | undefined): number | undefined {
  const first = parts.find((row) => row['position'] === '1');
  if (!first?.['column_name'] || first['prefixed'] === '1') return undefined;
  return counted ? countIn(counted, 'stat_value') : numberOr(first, 'cardinality', undefined);
}

function distinctOf(column: string, indexes: readonly ReadIndex[]): Pick<ColumnFacts, 'distinct'> {
  const distinct = indexes.find(
    (each) => each.facts.keys[0] === column && each.distinct !== undefined,
  )?.distinct;
  return distinct === undefined ? {} : { distinct };
}

/** Bytes of types of which every value has as many. */
const widths = dictionary<number>({
  tinyint: 1,
  smallint: 2,
  mediumint: 3,
  int: 4,
  bigint: 8,
  float: 4,
  double: 8,
  date: 3,
  datetime: 5,
  timestamp: 4,
  time: 3,
  year: 1,
});

function readColumn(row: Row): ColumnFacts {
  const type = row['type'] ?? '';
  const width = widths[type];
  return {
    name: row['column_name'] ?? '',
    type,
    ...(row['bytes'] == null ? {} : { bytes: numberIn(row, 'bytes') }),
    ...(row['collation'] == null ? {} : { collation: row['collation'] }),
    ...(row['nullable'] == null ? {} : { nullable: row['nullable'] === '1' }),
    ...(width === undefined ? {} : { width }),
  };
}

function freeOf(row: Row): Pick<TableFacts, 'freePages'> {
  const bytes = numberOr(row, 'free_bytes', undefined);
  return bytes === undefined ? {} : { freePages: Math.floor(bytes / pageBytes) };
}

function analyzedOf(counted: readonly Row[]): Pick<TableFacts, 'analyzedAt'> {
  const times = counted.map((row) => numberOr(row, 'at', 0));
  return times.length ? { analyzedAt: Math.max(...times) } : {};
}

/** InnoDB samples twenty pages: its count of rows may be wrong by half. */
const sampleError = 2;

/**
 * How many rows were written since InnoDB looked last, at the least: by how many more or fewer
 * there are now; all that were written, if it looked before the server began. A table that was
 * built anew is counted anew, so that what was inserted less what was deleted is in it.
 */
function changesOf(
  rows: number,
  {
    usage,
    counted,
    live,
    since,
  }: { usage: readonly Row[]; counted: readonly Row[]; live: boolean; since: number | undefined },
): Pick<TableFacts, 'modifiedSinceAnalyze' | 'liveRows'> {
  const { inserted, updated, deleted } = writesIn(usage);
  const { analyzedAt } = analyzedOf(counted);
  const primary = counted.filter(
    (row) => row['index_name'] === 'PRIMARY' && row['stat_name'] !== 'size',
  );
  if (analyzedAt === undefined || primary.length === 0) return { modifiedSinceAnalyze: 0 };
  const known = Math.max(...primary.map((row) => countIn(row, 'stat_value')));
  const left = inserted - deleted;
  const grown = left > sampleError * Math.max(known, rows);
  const written = since !== undefined && analyzedAt < since ? inserted + updated + deleted : 0;
  const moved = live ? Math.abs(rows - known) : grown ? left - known : 0;
  return {
    modifiedSinceAnalyze: Math.max(written, moved),
    ...(grown && !live ? { liveRows: left } : {}),
  };
}

/** A table that is built anew is counted anew. */
function countedSince(row: Row, since: number | undefined): number | undefined {
  return since === undefined ? undefined : Math.max(since, numberOr(row, 'created_at', 0));
}

function writesOf(
  usage: readonly Row[],
  since: number | undefined,
): Pick<TableFacts, 'writes' | 'countedSince'> {
  if (usage.length === 0) return {};
  return { writes: writesIn(usage), ...(since === undefined ? {} : { countedSince: since }) };
}

function writesIn(usage: readonly Row[]) {
  const sum = (column: string) => usage.reduce((all, row) => all + countIn(row, column), 0);
  return { inserted: sum('inserted'), updated: sum('updated'), deleted: sum('deleted') };
}

function partitionedBy(row: Row | undefined): Pick<TableFacts, 'partitionOf'> {
  if (!row) return {};
  const keys = redactMysqlExpression(row['keys'] ?? '');
  const strategy = (row['strategy'] ?? '').toLowerCase();
  return {
    partitionOf: {
      schema: row['table_schema'] ?? '',
      name: row['table_name'] ?? '',
      strategy: strategy.replace(/^linear | columns$/g, ''),
      // `RANGE COLUMNS` and KEY have a list of columns, the others an expression.
      keys: /columns$|key$/.test(strategy) ? keys.split(', ') : [keys],
      partitions: countIn(row, 'partitions'),
    },
  };
}

type ForeignKeys = NonNullable<TableFacts['foreignKeys']>;

/** The server keeps an index for each of them: the only one that serves it cannot be dropped. */
function withForeignKeys(indexes: readonly ReadIndex[], references: ForeignKeys): ReadIndex[] {
  const needed = new Set(
    references.flatMap(({ columns }) => {
      const serving = indexes.filter(
        ({ facts: { keys, method } }) =>
          method === undefined && columns.every((column, i) => keys[i] === column),
      );
      return serving.length === 1 ? serving : [];
    }),
  );
  return indexes.map((each) =>
    needed.has(each) ? { ...each, facts: { ...each.facts, constraint: true } } : each,
  );
}

function foreignKeysOf(rows: readonly Row[]): ForeignKeys {
  return [...Map.groupBy(rows, (row) => row['name'] ?? '').values()].map((parts) => ({
    columns: keysOf(parts, (row) => row['column_name'] ?? ''),
    references: {
      schema: parts[0]?.['other_schema'] ?? '',
      name: parts[0]?.['other_name'] ?? '',
    },
  }));
}
