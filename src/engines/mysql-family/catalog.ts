import type { ColumnFacts, TableFacts } from '../../model/statistics.ts';
import { countIn, numberIn, numberOr, type Row } from '../row.ts';
import type { Connection } from './connection.ts';
import { sqlText } from './sql-text.ts';

/**
 * What information_schema says of tables and of our own rights. It shows only tables on which the
 * account has some right.
 */
export interface TableName {
  schema: string;
  name: string;
}

const tableLimit = 50;

/**
 * One row for each index column, and one for a table without any. Each table by constants: MariaDB
 * opens whole databases otherwise.
 */
export const factsSql = ({ schema, name }: TableName) => `
(SELECT t.TABLE_SCHEMA AS table_schema, t.TABLE_NAME AS table_name, t.ENGINE AS engine,
  t.TABLE_ROWS AS row_count, t.DATA_LENGTH AS bytes, s.INDEX_NAME AS index_name,
  s.NON_UNIQUE AS non_unique, s.SEQ_IN_INDEX AS position, s.COLUMN_NAME AS column_name
FROM information_schema.TABLES t LEFT JOIN information_schema.STATISTICS s
  ON s.TABLE_SCHEMA = ${sqlText(schema)} AND s.TABLE_NAME = ${sqlText(name)}
WHERE t.TABLE_SCHEMA = ${sqlText(schema)} AND t.TABLE_NAME = ${sqlText(name)}
  AND t.TABLE_TYPE = 'BASE TABLE')`;

/** One row for each column: what an index on it would be like. */
export const columnsSql = ({ schema, name }: TableName) => `
(SELECT TABLE_SCHEMA AS table_schema, TABLE_NAME AS table_name, COLUMN_NAME AS column_name,
  DATA_TYPE AS type, CHARACTER_OCTET_LENGTH AS bytes, COLLATION_NAME AS collation
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ${sqlText(schema)}
  AND TABLE_NAME = ${sqlText(name)})`;

const pageBytes = 16_384;
/**
 * No index has more columns, and none is read into a longer list, whatever its position is said to
 * be.
 */
const keyParts = 32;

export async function readTableFacts(
  control: Connection,
  tables: readonly TableName[],
  timeout_ms: number,
): Promise<TableFacts[]> {
  if (tables.length === 0) return [];
  const asked = tables.slice(0, tableLimit);
  const rows = await control.query(asked.map(factsSql).join('\nUNION ALL'), timeout_ms);
  const columns = Map.groupBy(
    await control.query(asked.map(columnsSql).join('\nUNION ALL'), timeout_ms),
    tableKey,
  );
  const facts = new Map<string, TableFacts>();
  for (const row of rows) {
    const [schema, name] = [row['table_schema'] ?? '', row['table_name'] ?? ''];
    const key = tableKey(row);
    const known = facts.get(key) ?? {
      schema,
      name,
      rows: numberOr(row, 'row_count', 0),
      pages: Math.ceil(numberOr(row, 'bytes', 0) / pageBytes),
      neverAnalyzed: false, // InnoDB samples by itself
      modifiedSinceAnalyze: 0,
      indexes: [],
      columns: (columns.get(key) ?? []).map(readColumn),
      ...(row['engine'] ? { engine: row['engine'] } : {}),
    };
    facts.set(key, known);
    const index = row['index_name'];
    if (index == null) continue;
    let entry = known.indexes.find((each) => each.name === index);
    if (!entry)
      known.indexes.push(
        (entry = { name: index, unique: row['non_unique'] === '0', keys: [], partial: false }),
      );
    entry.keys[Math.max(1, Math.min(keyParts, Math.round(countIn(row, 'position')))) - 1] =
      row['column_name'] ?? '(expression)';
  }
  return [...facts.values()];
}

const tableKey = (row: Row) => `${row['table_schema']}.${row['table_name']}`;

const readColumn = (row: Row): ColumnFacts => ({
  name: row['column_name'] ?? '',
  type: row['type'] ?? '',
  ...(row['bytes'] == null ? {} : { bytes: numberIn(row, 'bytes') }),
  ...(row['collation'] == null ? {} : { collation: row['collation'] }),
});

/**
 * Rights granted to the account itself, and whether there are roles beside it, of which
 * information_schema says nothing.
 */
const rightsSql = `
SELECT '' AS table_schema, '' AS table_name, PRIVILEGE_TYPE AS privilege
FROM information_schema.USER_PRIVILEGES
UNION ALL SELECT TABLE_SCHEMA, '', PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES
UNION ALL SELECT TABLE_SCHEMA, TABLE_NAME, PRIVILEGE_TYPE FROM information_schema.TABLE_PRIVILEGES`;

export interface Rights {
  /** `*.*` → privileges; `shop.*`; `shop.orders`. */
  has(privilege: string, table: TableName): boolean;
  global: Set<string>;
}

export const rightsStatement = rightsSql;

export async function readRights(control: Connection, timeout_ms: number): Promise<Rights> {
  const rows = await control.query(rightsSql, timeout_ms);
  const granted = rows.map((row) => ({
    schema: row['table_schema'] ?? '',
    table: row['table_name'] ?? '',
    privilege: row['privilege'] ?? '',
  }));
  return {
    global: new Set(
      granted.filter(({ schema }) => schema === '').map(({ privilege }) => privilege),
    ),
    has: (privilege, { schema, name }) =>
      granted.some(
        (each) =>
          each.privilege === privilege &&
          (each.schema === '' ||
            (matches(each.schema, schema) && (each.table === '' || each.table === name))),
      ),
  };
}

/** Names of databases in grants may hold wildcards. */
function matches(pattern: string, schema: string): boolean {
  if (pattern === schema) return true;
  const source = pattern.replaceAll(
    /\\([%_])|[%_]|[^%_\\]+/g,
    (part, escaped: string | undefined) =>
      escaped
        ? escaped
        : part === '%'
          ? '.*'
          : part === '_'
            ? '.'
            : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  );
  return new RegExp(`^${source}$`).test(schema);
}
