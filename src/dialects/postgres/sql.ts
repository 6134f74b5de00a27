import type { TableFacts } from '../../model/statistics.ts';
import type { SqlWords, TableName } from '../dialect.ts';
import { type IndexKey, keyColumns } from '../index-keys.ts';
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

function keyText({ function: call, column, expression, ...order }: IndexKey): string {
  const key = expression ? `(${expression})` : call ? `${call}(${quote(column)})` : quote(column);
  const { descending, otherNulls } = order;
  const nulls = otherNulls ? ` NULLS ${descending ? 'LAST' : 'FIRST'}` : '';
  return `${key}${descending ? ' DESC' : ''}${nulls}`;
}

/** On a partitioned table no index is made beside the work. */
function createOn(table: TableFacts, what: { unique?: boolean; keys: string }): string {
  const kind = what.unique ? 'UNIQUE INDEX' : 'INDEX';
  const whole = table.partitionOf ?? (table.partitioned ? table : undefined);
  return whole
    ? `CREATE ${kind} ON ${tableName(whole)} ${what.keys}; -- ${attachAdvice}`
    : `CREATE ${kind} CONCURRENTLY ON ${tableName(table)} ${what.keys};`;
}
const attachAdvice =
  'writers wait while it is built: on a busy table make it ON ONLY the table, CONCURRENTLY on ' +
  'each partition, and attach those with ALTER INDEX … ATTACH PARTITION';

/** Those of the partitions go with it, which is not done beside the work. */
const lockAdvice =
  'with those of all partitions: readers and writers wait for it, and it for those that run, so ' +
  'SET lock_timeout first';

/** Some of them PostgreSQL can order, but nobody asks for that. */
const unordered =
  /^(?:jsonb?|xml|tsvector|tsquery|point|line|lseg|box|path|polygon|circle|_.*|.*\[\])$/;

/** What holds others, or lies within them. */
const ofRanges = /^(?:inet|cidr|box|circle|point|polygon|\w+range)$/;

export const postgresSql: SqlWords = {
  quote,
  // A hundred pages, read from first to last.
  indexes: {
    unordered,
    beyondColumns: true,
    hides: false,
    acrossDatabases: false,
    leastCost: 100,
  },
  createIndex(table, keys, options) {
    if (!keyColumns(table, keys)) return undefined;
    return createOn(table, { ...options, keys: `(${keys.map(keyText).join(', ')})` });
  },
  invertedIndex(table, key, kind) {
    const [column] = keyColumns(table, [key]) ?? [];
    if (!column) return undefined;
    if (kind === 'pattern')
      return (
        'CREATE EXTENSION IF NOT EXISTS pg_trgm; ' +
        createOn(table, { keys: `USING gin (${keyText(key)} gin_trgm_ops)` })
      );
    if (ofRanges.test(column.type)) {
      const operators = /^(?:inet|cidr)$/.test(column.type) ? ' inet_ops' : '';
      return createOn(table, { keys: `USING gist (${keyText(key)}${operators})` });
    }
    if (!/^(?:jsonb|tsvector|_.*|.*\[\])$/.test(column.type)) return undefined;
    return createOn(table, { keys: `USING gin (${keyText(key)})` });
  },
  dropIndex({ schema, partitioned }, name) {
    const index = tableName({ ...(schema ? { schema } : {}), name });
    return partitioned
      ? `DROP INDEX ${index}; -- ${lockAdvice}`
      : `DROP INDEX CONCURRENTLY ${index};`;
  },
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
  partialIndexAdvice: (keys, columns) =>
    `An index on (${keys}) with a WHERE that is the statement’s own condition on ` +
    `${columns}, sent with its values in the text; or the values that are wanted, by IN. An ` +
    'index on the order alone is walked for long where few rows fit, and by other statements too.',
  expressionIndexAdvice:
    'Or an index on the expression exactly as the statement has it, ' +
    'if it is IMMUTABLE (a date of a timestamptz is not).',
  patternAdvice:
    'A GIN index with gin_trgm_ops of the extension pg_trgm finds patterns anywhere in a text; ' +
    'one that always has its beginning is found by a B-tree with text_pattern_ops.',
  beginningRemark:
    'where each pattern has its beginning, a B-tree with text_pattern_ops finds it, and is smaller',
  documentAdvice:
    'An index on the expression exactly as the statement has it, with its key; or a GIN index ' +
    'on the column, and the condition as containment: column @> a document or an array.',
};
