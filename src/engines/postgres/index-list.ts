import * as z from 'zod';
import { AppError } from '../../base/errors.ts';
import type { CatalogIndex } from '../../model/catalog-index.ts';
import type { IndexDef, IndexKey } from '../../model/index-def.ts';
import { jsonIn, numberOr, type Row } from '../row.ts';
import { enter } from './closed-database.ts';
import { postgresDdl } from './ddl.ts';
import type { PostgresSession } from './opened.ts';
import { askCatalog, readElsewhere } from './transaction.ts';

/**
 * All indexes of a database but the server's and its extensions' own, with what decides whether
 * they may go. Reads catalogs and the server's counters; printing an expression opens its table,
 * under the lock that SELECT takes. No right beside connecting is needed. `to_jsonb` reads columns
 * that older versions do not have. Where a server falls over, or is copied, counters begin at 0,
 * and only those of the whole server say when.
 */
export const indexCatalogSql = `
SELECT n.nspname AS schema, t.relname AS "table", x.relname AS name, m.amname AS method,
  i.indisunique AS "unique", i.indisvalid AND i.indisready AS valid,
  pg_catalog.pg_relation_size(x.oid) AS bytes,
  pg_catalog.pg_get_expr(i.indpred, i.indrelid, true) AS predicate,
  i.indisclustered AS clustered, i.indisreplident AS identity,
  x.relkind = 'I' OR EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = x.oid)
    AS partitioned,
  EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid) AS "constraint",
  EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conrelid = i.indrelid AND k.contype = 'f'
    AND (i.indkey::int2[])[0:pg_catalog.cardinality(k.conkey) - 1] OPERATOR(pg_catalog.@>) k.conkey
    AND (i.indpred IS NULL OR NOT EXISTS (
      SELECT FROM pg_catalog.unnest(pg_catalog.string_to_array(
        pg_catalog.pg_get_expr(i.indpred, i.indrelid, true), ' AND ')) AS part
      WHERE part <> ALL (ARRAY(
        SELECT pg_catalog.quote_ident(a.attname) || ' IS NOT NULL' FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = i.indrelid AND a.attnum = ANY (k.conkey)))))) AS "foreignKey",
  i.indisunique AND NOT i.indimmediate AS deferred,
  x.reloptions IS NOT NULL OR x.reltablespace <> 0 OR EXISTS (
      SELECT FROM pg_catalog.pg_collation l
      WHERE l.oid = ANY (i.indcollation::oid[]) AND l.collnamespace <> 'pg_catalog'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = i.indrelid
          AND a.attnum = ANY (i.indkey::int2[]) AND a.attcollation = l.oid))
    OR coalesce((pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS special,
  EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p
    WHERE p.index_relid = i.indexrelid) AS building,
  s.idx_scan AS scans,
  (extract(epoch FROM (pg_catalog.to_jsonb(s) ->> 'last_idx_scan')::timestamptz) * 1000)::bigint
    AS used,
  (SELECT (extract(epoch FROM greatest(d.stats_reset, b.stats_reset)) * 1000)::bigint
    FROM pg_catalog.pg_stat_database d, pg_catalog.pg_stat_bgwriter b
    WHERE d.datname = pg_catalog.current_database()) AS since,
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
     'column', a.attname,
     'expression', CASE WHEN k.attnum = 0
       THEN pg_catalog.pg_get_indexdef(i.indexrelid, k.n::int, true) END,
     'key', k.n <= i.indnkeyatts, 'option', k.option,
     'opclass', CASE WHEN NOT o.opcdefault THEN
       CASE WHEN os.nspname = 'pg_catalog' THEN o.opcname ELSE os.nspname || '.' || o.opcname END
       END,
     'collation', CASE WHEN k.collated <> 0 AND k.collated IS DISTINCT FROM a.attcollation
       AND (a.attname IS NOT NULL OR c.collname <> 'default') THEN c.collname END) ORDER BY k.n)
   FROM ROWS FROM (pg_catalog.unnest(i.indkey::int2[]), pg_catalog.unnest(i.indclass::oid[]),
       pg_catalog.unnest(i.indcollation::oid[]), pg_catalog.unnest(i.indoption::int2[]))
       WITH ORDINALITY k (attnum, class, collated, option, n)
     LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
       AND k.attnum <> 0
     LEFT JOIN pg_catalog.pg_opclass o ON o.oid = k.class
     LEFT JOIN pg_catalog.pg_namespace os ON os.oid = o.opcnamespace
     LEFT JOIN pg_catalog.pg_collation c ON c.oid = k.collated) AS parts
FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
  JOIN pg_catalog.pg_class t ON t.oid = i.indrelid JOIN pg_catalog.pg_am m ON m.oid = x.relam
  JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
  LEFT JOIN pg_catalog.pg_stat_all_indexes s ON s.indexrelid = i.indexrelid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND t.relpersistence <> 't'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e WHERE e.deptype = 'e' AND e.refclassid =
    'pg_catalog.pg_extension'::regclass AND ((e.classid = 'pg_catalog.pg_class'::regclass
    AND e.objid = t.oid) OR (e.classid = 'pg_catalog.pg_namespace'::regclass AND e.objid = n.oid)))
ORDER BY n.nspname, t.relname, x.relname LIMIT 20000`;

/** Read only, under the limits of a cycle's reads. */
export async function indexCatalog(
  session: PostgresSession,
  database: string,
): Promise<CatalogIndex[]> {
  const { worker, closed } = await enter(session, database);
  if (!worker) throw new AppError(closed.refusal.code, closed.refusal.detail ?? '');
  const question = {
    sql: indexCatalogSql,
    values: [],
    read: (rows: readonly Row[]) => rows.map(toCatalogIndex),
  };
  const [indexes] = await askCatalog(worker, [question], session.timeout_ms, readElsewhere);
  return indexes;
}

const parts = z.array(
  z.object({
    column: z.string().nullable(),
    expression: z.string().nullable(),
    key: z.boolean(),
    option: z.number().nullable(),
    opclass: z.string().nullable(),
    collation: z.string().nullable(),
  }),
);
type Part = z.infer<typeof parts>[number];

/** A row as the server prints it: texts. The parser has to be ready. */
export function toCatalogIndex(row: Row): CatalogIndex {
  const all = jsonIn(row, 'parts', parts, []);
  const is = (column: string) => row[column] === 't';
  const include = all.flatMap(({ key, column }) => (key || column === null ? [] : [column]));
  const index: IndexDef = {
    schema: row['schema'] ?? '',
    table: row['table'] ?? '',
    method: row['method'] ?? '',
    keys: all.filter(({ key }) => key).map(toKey),
    ...(include.length > 0 ? { include } : {}),
    ...(row['predicate'] == null ? {} : { where: row['predicate'] }),
    ...(is('unique') ? { unique: true } : {}),
  };
  const needed = neededFor(is);
  const name = row['name'] ?? '';
  return {
    name,
    index,
    restorable: !is('special') && isMade(name, index),
    bytes: numberOr(row, 'bytes', 0),
    valid: is('valid'),
    ...(is('building') ? { building: true as const } : {}),
    ...(needed ? { needed } : {}),
    ...(is('deferred') ? { deferred: true as const } : {}),
    ...(is('foreignKey') ? { servesForeignKey: true as const } : {}),
    ...countIn('scans', row, 'scans'),
    ...countIn('countedSince', row, 'since'),
    ...countIn('lastUsed', row, 'used'),
  };
}

function countIn<K extends string>(field: K, row: Row, column: string): { [P in K]?: number } {
  const value = numberOr(row, column, undefined);
  return (value === undefined ? {} : { [field]: value }) as { [P in K]?: number };
}

function neededFor(is: (column: string) => boolean): CatalogIndex['needed'] {
  if (is('partitioned')) return 'partition';
  if (is('constraint')) return 'constraint';
  if (is('identity')) return 'replica-identity';
  if (is('clustered')) return 'cluster';
  return undefined;
}

/** Bits of `indoption`: DESC and NULLS FIRST. */
const descendingBit = 1;
const nullsFirstBit = 2;

function toKey({ column, expression, option, opclass, collation }: Part): IndexKey {
  const bits = option ?? 0;
  const descending = (bits & descendingBit) !== 0;
  const first = (bits & nullsFirstBit) !== 0;
  return {
    ...(column === null ? { expression: expression ?? '' } : { column }),
    ...(descending ? { descending: true as const } : {}),
    ...(first === descending ? {} : { nulls: first ? ('first' as const) : ('last' as const) }),
    ...(opclass === null ? {} : { opclass }),
    ...(collation === null ? {} : { collation }),
  };
}

/** What this program would build of it, it would. */
function isMade(name: string, index: IndexDef): boolean {
  try {
    postgresDdl({ kind: 'create-index', name, index });
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'change_refused') return false;
    throw error;
  }
}
