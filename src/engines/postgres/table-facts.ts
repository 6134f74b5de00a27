import * as z from 'zod';
import { AppError } from '../../base/errors.ts';
import { redactSql } from '../../dialects/postgres/redact.ts';
import type { IndexFacts, TableFacts } from '../../model/statistics.ts';
import { jsonIn, type Row } from '../row.ts';
import type { RelationEntry } from './catalog.ts';
import type { Connection } from './connection.ts';
import { askCatalog, type Question } from './transaction.ts';

/**
 * Tables and their indexes. Column names come from the catalogs, which locks nothing of the
 * application's; an expression only the server can print, and to do so it opens the table: asked
 * where there is one, and after the verdict on its locks. Where someone has come to wait since, the
 * expression is left out.
 */
const indexesSql = `
SELECT i.indrelid::text AS relation, i.indexrelid::text AS oid, c.relname AS name,
  i.indisunique AS "unique", (i.indpred IS NOT NULL) AS partial, i.indisvalid AS valid,
  (SELECT pg_catalog.to_json(pg_catalog.array_agg(a.attname::text ORDER BY k.n))::text
   FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, n)
     LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
       AND k.attnum <> 0
   WHERE k.n <= i.indnkeyatts) AS keys
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = ANY ($1::oid[])
  AND (i.indisvalid OR c.relkind = 'i' AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid))
ORDER BY c.relname LIMIT 1000`;

const expressionsSql = `
SELECT i.indexrelid::text AS oid, k.n::text AS place,
  pg_catalog.pg_get_indexdef(i.indexrelid, k.n::int, true) AS key
FROM pg_catalog.pg_index i
CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, n)
WHERE i.indexrelid = ANY ($1::oid[]) AND k.attnum = 0 AND k.n <= i.indnkeyatts`;

export const factsStatements = { indexesSql, expressionsSql };

interface IndexEntry extends Omit<IndexFacts, 'keys'> {
  relation: string;
  oid: string;
  valid: boolean;
  /** Null for an expression. */
  keys: (string | null)[];
}

export const indexesOf = (relations: readonly RelationEntry[]): Question<IndexEntry[]> => ({
  sql: indexesSql,
  values: [relations.filter(hasIndexes).map(({ oid }) => oid)],
  read: (rows) => rows.map(toIndexEntry),
});

const hasIndexes = ({ kind }: RelationEntry) => kind === 'r' || kind === 'p' || kind === 'm';

const toIndexEntry = (row: Row): IndexEntry => ({
  relation: row['relation'] ?? '',
  oid: row['oid'] ?? '',
  name: row['name'] ?? '',
  unique: row['unique'] === 't',
  partial: row['partial'] === 't',
  valid: row['valid'] === 't',
  keys: jsonIn(row, 'keys', z.array(z.string().nullable()), []),
});

/** By oid; views and foreign tables have none. */
export async function readTableFacts(
  connection: Connection,
  relations: readonly RelationEntry[],
  indexes: readonly IndexEntry[],
  timeout_ms: number,
): Promise<Map<string, TableFacts>> {
  const expressions = await readExpressions(connection, indexes, timeout_ms);
  const byTable = Map.groupBy(indexes, ({ relation }) => relation);
  const factsOf = ({ oid, name, unique, partial, keys }: IndexEntry): IndexFacts => ({
    name,
    unique,
    partial,
    keys: keys.map(
      (key, i) => key ?? redactSql(expressions.get(`${oid}.${i + 1}`) ?? '(expression)'),
    ),
  });
  return new Map(
    relations
      .filter(hasIndexes)
      .map(({ oid, schema, name, rows, pages, neverAnalyzed, modified }) => {
        const [sound, broken] = [true, false].map((wanted) =>
          (byTable.get(oid) ?? []).filter(({ valid }) => valid === wanted).map(factsOf),
        );
        const table: TableFacts = {
          schema,
          name,
          rows: Math.max(0, rows),
          pages,
          neverAnalyzed,
          modifiedSinceAnalyze: modified,
          indexes: sound ?? [],
          ...(broken?.length ? { invalidIndexes: broken } : {}),
        };
        return [oid, table];
      }),
  );
}

async function readExpressions(
  connection: Connection,
  indexes: readonly IndexEntry[],
  timeout_ms: number,
): Promise<Map<string, string>> {
  const oids = indexes.filter(({ keys }) => keys.includes(null)).map(({ oid }) => oid);
  if (oids.length === 0) return new Map();
  const read = (rows: Row[]) =>
    new Map(rows.map((row) => [`${row['oid']}.${row['place']}`, row['key'] ?? '']));
  try {
    const [expressions] = await askCatalog(
      connection,
      [{ sql: expressionsSql, values: [oids], read }],
      timeout_ms,
    );
    return expressions;
  } catch (error) {
    if (error instanceof AppError && error.code === 'lock_timeout') return new Map();
    throw error;
  }
}
