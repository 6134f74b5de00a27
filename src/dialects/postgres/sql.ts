import type { SqlWords, TableName } from '../dialect.ts';
import { keyColumns } from '../index-keys.ts';
import { reservedWords } from './reserved-words.ts';

/** SQL that a person runs on PostgreSQL: indexes that are made and dropped beside the work. */
const quote = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) && !reservedWords.has(name)
    ? name
    : `"${name.replaceAll('"', '""')}"`;

const tableName = ({ schema, name }: TableName): string =>
  schema ? `${quote(schema)}.${quote(name)}` : quote(name);

/** Columns of one object of statistics, and letters of a name that cannot be told too long. */
const mostTogether = 8;
const longestName = 60;

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

export const postgresSql: SqlWords = {
  quote,
  createIndex(table, keys, options) {
    if (!keyColumns(table, keys)) return undefined;
    const written = keys.map(({ function: call, column }) =>
      call ? `${call}(${quote(column)})` : quote(column),
    );
    const kind = options?.unique ? 'UNIQUE INDEX' : 'INDEX';
    return `CREATE ${kind} CONCURRENTLY ON ${tableName(table)} (${written.join(', ')});`;
  },
  dropIndex: ({ schema }, name) =>
    `DROP INDEX CONCURRENTLY ${tableName({ ...(schema ? { schema } : {}), name })};`,
  analyzeTable: (table) => `ANALYZE ${tableName(table)};`,
  estimateRows: ({ schema, name }) =>
    'SELECT c.reltuples::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace ' +
    `WHERE n.nspname = ${text(schema)} AND c.relname = ${text(name)};`,
  columnsTogether(table, columns) {
    const found = keyColumns(
      table,
      columns.slice(0, mostTogether).map((column) => ({ column })),
    );
    if (!found) return undefined;
    const names = found.map(({ name }) => name);
    // PostgreSQL 14 and 15 want a name for it.
    const called = `${[table.name, ...names].join('_').slice(0, longestName - 4)}_stx`;
    const on = names.map(quote).join(', ');
    const statistics = tableName({ schema: table.schema, name: called });
    return (
      `CREATE STATISTICS ${statistics} ON ${on} FROM ${tableName(table)}; ` +
      `ANALYZE ${tableName(table)};`
    );
  },
  setForRole(role, setting, value) {
    const change = value === undefined ? `RESET ${setting}` : `SET ${setting} = ${text(value)}`;
    return `ALTER ROLE ${quote(role)} ${change};`;
  },
  indexableCalls: new Set([
    ...'lower upper btrim ltrim rtrim reverse initcap'.split(' '),
    ...'length char_length octet_length ascii md5'.split(' '),
    ...'abs floor ceil ceiling sign'.split(' '),
  ]),
  expressionIndexAdvice:
    'Or an index on the expression exactly as the statement has it, ' +
    'if it is IMMUTABLE (a date of a timestamptz is not).',
};
