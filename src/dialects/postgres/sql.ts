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
  indexableCalls: new Set([
    ...'lower upper btrim ltrim rtrim reverse initcap'.split(' '),
    ...'length char_length octet_length ascii md5'.split(' '),
    ...'abs floor ceil ceiling sign'.split(' '),
  ]),
  expressionIndexAdvice:
    'Or an index on the expression exactly as the statement has it, ' +
    'if it is IMMUTABLE (a date of a timestamptz is not).',
};
