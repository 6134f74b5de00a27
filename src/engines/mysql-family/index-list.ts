import type { CatalogIndex } from '../../model/catalog-index.ts';
import type { IndexDef } from '../../model/index-def.ts';
import { countIn, type Row } from '../row.ts';
import { foreignKeysSql, indexStatisticsSql, usageSql } from './facts/catalog-sql.ts';
import { readIfAllowed } from './facts/read-facts.ts';
import { indexDefOf, isHidden, keyColumnsSql } from './index-rows.ts';
import { refusalsOf } from './known-tables.ts';
import type { FamilySession } from './opened.ts';
import { sqlText } from './sql-text.ts';

/**
 * All indexes of a database's InnoDB tables, with what decides whether they may go: of tables on
 * which the account has some right. How often one was read is told where performance_schema counts
 * it, how large it is where the account may read InnoDB's own statistics. A row for each key.
 */
export const indexListSql = (schema: string, columns: string): string => `
SELECT ${keyColumnsSql}, ${columns}
FROM information_schema.STATISTICS s JOIN information_schema.TABLES t
  ON t.TABLE_SCHEMA = s.TABLE_SCHEMA AND t.TABLE_NAME = s.TABLE_NAME
WHERE s.TABLE_SCHEMA ${schema} AND t.ENGINE = 'InnoDB'
ORDER BY s.TABLE_NAME, s.INDEX_NAME, s.SEQ_IN_INDEX LIMIT ${mostKeys}`;
/** Columns that count by themselves, each of which leads an index: one is never let go. */
export const countingColumnsSql = (schema: string): string => `
SELECT TABLE_NAME AS table_name, COLUMN_NAME AS column_name FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA ${schema} AND EXTRA LIKE '%auto_increment%'`;

/** 20,000 indexes of five keys. */
const mostKeys = 100_000;

export async function indexCatalog(
  session: FamilySession,
  database: string,
): Promise<CatalogIndex[]> {
  const { control, known, timeout_ms } = session;
  const { catalogWords: words } = known.variant;
  const schema = `= ${sqlText(database)}`;
  const all = { schema, table: 'IS NOT NULL' };
  const columns = words.indexColumns(known.identity.version);
  const keys = whole(await control.query(indexListSql(schema, columns), timeout_ms));
  if (keys.length === 0) return [];
  const references = await control.query(foreignKeysSql(all), timeout_ms);
  const source = { control, timeout_ms, refusals: refusalsOf(session) };
  return catalogOf({
    keys,
    references,
    counting: await control.query(countingColumnsSql(schema), timeout_ms),
    usage: await readIfAllowed(source, 'usage', usageSql(all)),
    statistics: await readIfAllowed(source, 'indexes', indexStatisticsSql(all)),
    countedSince: known.countedSince,
  });
}

/** What an index is that the limit has cut is not known: its half may be another’s prefix. */
export function whole(rows: readonly Row[], most = mostKeys): readonly Row[] {
  const last = rows.at(-1);
  return last && rows.length >= most ? rows.filter((row) => indexOf(row) !== indexOf(last)) : rows;
}

export interface IndexRows {
  keys: readonly Row[];
  references: readonly Row[];
  counting: readonly Row[];
  usage: readonly Row[];
  statistics: readonly Row[];
  /** Milliseconds since the epoch. */
  countedSince: number | undefined;
}

/** Who looks for words in a FULLTEXT one is counted by neither server. */
const isCounted = ({ method }: IndexDef): boolean => method !== 'fulltext';

/** As whole values: of a column's first letters another may stand behind. */
const columnsOf = ({ keys }: IndexDef): string[] =>
  keys.flatMap((key) => ('column' in key && !key.letters ? [key.column] : []));

const indexOf = (row: Row): string => JSON.stringify([row['table_name'], row['index_name']]);
const pageBytes = 16_384;

/** Pure. Throws AppError where a number is none. */
export function catalogOf(rows: IndexRows): CatalogIndex[] {
  const usage = new Map(rows.usage.map((row) => [indexOf(row), row]));
  const sizes = new Map(
    rows.statistics
      .filter((row) => row['stat_name'] === 'size')
      .map((row) => [indexOf(row), countIn(row, 'stat_value') * pageBytes]),
  );
  const foreignKeys = Map.groupBy(rows.references, (row) =>
    JSON.stringify([row['table_name'], row['name']]),
  );
  const referring = [...foreignKeys.values()].flatMap((parts) => {
    const inOrder = parts.toSorted((a, b) => countIn(a, 'position') - countIn(b, 'position'));
    const columns = (of: string) => inOrder.map((row) => row[of]);
    const [first] = parts;
    return [
      { table: first?.['table_name'], columns: columns('column_name') },
      // What is referred to has an index as well, which need not be unique, and is not let go.
      ...(first?.['other_schema'] === first?.['table_schema']
        ? [{ table: first?.['other_name'], columns: columns('other_column') }]
        : []),
    ];
  });
  const all = [...Map.groupBy(rows.keys, indexOf)];
  const leads = (column: Row) =>
    all.filter(
      ([, [first]]) =>
        first?.['table_name'] === column['table_name'] &&
        first?.['column_name'] === column['column_name'],
    );
  const needed = new Set(
    rows.counting.flatMap((column) => {
      const leading = leads(column);
      return leading.length === 1 ? leading.map(([key]) => key) : [];
    }),
  );
  const primaryKeys = new Map(
    all
      .filter(([, [first]]) => first?.['index_name'] === 'PRIMARY')
      .map(([, parts]) => [parts[0]?.['table_name'], columnsOf(indexDefOf(parts))]),
  );
  return all.map(([key, parts]) => {
    const index = indexDefOf(parts);
    const own = columnsOf(index);
    const behind = primaryKeys.get(index.table)?.filter((each) => !own.includes(each)) ?? [];
    const used = usage.get(key);
    const leading = index.keys.map((each) => ('column' in each ? each.column : undefined));
    const ordered = index.method === 'btree' && behind.length > 0;
    const serves = referring.some(
      ({ table, columns }) =>
        table === index.table && columns.every((column, i) => column === leading[i]),
    );
    return {
      name: parts[0]?.['index_name'] ?? '',
      index,
      // One on an expression is one on a hidden column: it is not made beside the work of others.
      restorable: index.method === 'btree' && index.keys.every((each) => 'column' in each),
      bytes: sizes.get(key) ?? 0,
      valid: true,
      ...(isHidden(parts) ? { hidden: true as const } : {}),
      ...(parts[0]?.['index_name'] === 'PRIMARY' || needed.has(key)
        ? { needed: 'constraint' as const }
        : {}),
      ...(ordered ? { behind } : {}),
      ...(serves ? { servesForeignKey: true as const } : {}),
      ...(used && isCounted(index) ? { scans: countIn(used, 'used') } : {}),
      ...(used && rows.countedSince !== undefined ? { countedSince: rows.countedSince } : {}),
    };
  });
}
