import type { ColumnFacts } from '../../model/statistics.ts';
import type { SqlWords, TableName } from '../dialect.ts';
import { type IndexKey, keyColumns } from '../index-keys.ts';

/**
 * SQL that a person runs on MySQL or MariaDB. What differs is which expressions an index may be on:
 * `keysOfCalls` writes such keys, or says undefined.
 */
export type CallKeys = (
  keys: readonly IndexKey[],
  columns: readonly ColumnFacts[],
) => string | undefined;

/**
 * InnoDB's limit of an index in bytes; and what is indexed of a column that is longer or has no
 * length.
 */
const longestKey = 3_072;
const prefixLetters = 64;

/** Bytes of a column whose type says none: a number or a date has at most as many. */
const bytesOfNumber = 8;
const bytesOfLetter = 4;

export const withoutOrder =
  /^(?:json|geometry|point|linestring|polygon|multi\w+|geom\w+|vector|\w*blob)$/;
export const withoutLength = /text$/;

export const quote = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

const tableName = ({ schema, name }: TableName): string =>
  schema ? `${quote(schema)}.${quote(name)}` : quote(name);

const text = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

export const familySql = (
  keysOfCalls: CallKeys,
): Omit<SqlWords, 'indexableCalls' | 'expressionIndexAdvice' | 'documentAdvice'> => ({
  quote,
  indexes: {
    unordered: withoutOrder,
    letters: lettersOf,
    beyondColumns: false,
    hides: true,
    acrossDatabases: true,
  },
  createIndex(table, keys, options) {
    const columns = keyColumns(table, keys);
    if (!columns || columns.some(({ type }) => withoutOrder.test(type))) return undefined;
    const hasCalls = keys.some(({ function: call }) => call);
    if (keys.some(({ expression }) => expression)) return undefined;
    const written = hasCalls ? keysOfCalls(keys, columns) : keysOfColumns(columns, keys);
    if (written === undefined) return undefined;
    const kind = options?.unique ? 'UNIQUE INDEX' : 'INDEX';
    // An index on an expression is one on a hidden column: writers wait while it is made.
    const how = hasCalls ? '' : online(table.engine);
    return `ALTER TABLE ${tableName(table)} ADD ${kind} (${written})${how};`;
  },
  // A FULLTEXT index wants MATCH … AGAINST, a multi-valued one the document's path.
  invertedIndex: () => undefined,
  dropIndex: (table, name) => `ALTER TABLE ${tableName(table)} DROP INDEX ${quote(name)};`,
  analyzeTable: (table) => `ANALYZE TABLE ${tableName(table)};`,
  estimateRows: ({ schema, name }) =>
    'SELECT table_rows FROM information_schema.tables ' +
    `WHERE table_schema = ${text(schema)} AND table_name = ${text(name)};`,
  patternAdvice:
    'Where words are looked for, a FULLTEXT index and MATCH … AGAINST in the place of the ' +
    'pattern; a pattern that always has its beginning is found by an index on the column.',
});

/** Other engines than InnoDB copy the table. */
const online = (engine: string | undefined): string =>
  engine === undefined || engine === 'InnoDB' ? ', ALGORITHM=INPLACE, LOCK=NONE' : '';

/** Letters that are indexed of a column that has no length; undefined: the whole value is. */
export const lettersOf = ({ type }: ColumnFacts): number | undefined =>
  withoutLength.test(type) ? prefixLetters : undefined;

function keysOfColumns(columns: readonly ColumnFacts[], keys: readonly IndexKey[]): string {
  const bytes = columns
    .filter(({ type }) => !withoutLength.test(type))
    .reduce((sum, column) => sum + (column.bytes ?? bytesOfNumber), 0);
  const isLong = (column: ColumnFacts) =>
    withoutLength.test(column.type) ||
    (bytes > longestKey && (column.bytes ?? 0) > bytesOfLetter * prefixLetters);
  return columns
    .map((column, i) => {
      const descending = keys[i]?.descending ? ' DESC' : '';
      return `${quote(column.name)}${isLong(column) ? `(${prefixLetters})` : ''}${descending}`;
    })
    .join(', ');
}
