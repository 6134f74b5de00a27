import type { IndexDef, IndexKey } from '../../model/index-def.ts';
import type { IndexSeen } from '../../model/index-seen.ts';
import type { IndexChange } from '../index-work.ts';
import type { Row } from '../row.ts';

/** Of each row of pg_class; every role may read it. Below a millisecond. */
const ofIndexes = `
SELECT n.nspname AS schema, c.relkind::text AS relkind,
  t.relname AS "table", tn.nspname AS table_schema,
  am.amname AS method,
  i.indisvalid::text AS valid,
  array(SELECT p.pid FROM pg_catalog.pg_stat_progress_create_index p
    WHERE p.index_relid = i.indexrelid AND p.datname = pg_catalog.current_database())::text
    AS builders,
  i.indisunique::text AS "unique", i.indnkeyatts::text AS keys,
  i.indnatts::text AS columns,
  (i.indisprimary OR i.indisexclusion OR i.indisreplident OR i.indisclustered
    OR EXISTS (SELECT FROM pg_catalog.pg_constraint k
      WHERE k.conindid = i.indexrelid))::text AS bound,
  pg_catalog.obj_description(c.oid, 'pg_class') AS comment,
  pg_catalog.pg_get_expr(i.indpred, i.indrelid, true) AS predicate,
  pg_catalog.array_to_json(ARRAY(SELECT pg_catalog.pg_get_indexdef(i.indexrelid, n, true)
    FROM pg_catalog.generate_series(1, i.indnatts) n))::text AS parts,
  pg_catalog.array_to_json(ARRAY(SELECT a.attname::text
    FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, n)
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    ORDER BY k.n))::text AS names,
  i.indoption::text AS options,
  c.reloptions IS NOT NULL OR c.reltablespace <> 0 OR coalesce(
    (pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) AS special,
  pg_catalog.array_to_json(ARRAY(SELECT pg_catalog.json_build_array(
      CASE WHEN NOT o.opcdefault THEN
        CASE WHEN os.nspname = 'pg_catalog' THEN o.opcname ELSE os.nspname || '.' || o.opcname END
        END,
      CASE WHEN k.collated <> 0 AND k.collated IS DISTINCT FROM a.attcollation
        AND (a.attname IS NOT NULL OR l.collname <> 'default') THEN l.collname END)
    FROM ROWS FROM (pg_catalog.unnest(i.indkey::int2[]), pg_catalog.unnest(i.indclass::oid[]),
      pg_catalog.unnest(i.indcollation::oid[])) WITH ORDINALITY k (attnum, class, collated, n)
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
      AND k.attnum <> 0
    LEFT JOIN pg_catalog.pg_opclass o ON o.oid = k.class
    LEFT JOIN pg_catalog.pg_namespace os ON os.oid = o.opcnamespace
    LEFT JOIN pg_catalog.pg_collation l ON l.oid = k.collated
    ORDER BY k.n))::text AS ways
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
LEFT JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam`;

/**
 * An index of the catalog, compared with the one that is meant. $1: schema, $2: name; $3: the name
 * is nobody else's, so that one half built is found where its table was moved to. One row, or none.
 */
export const indexSql = `${ofIndexes}
WHERE c.relname = $2 AND (n.nspname = $1 OR $3::boolean AND NOT i.indisvalid)
ORDER BY n.nspname = $1 DESC LIMIT 1`;

/** $1: schema, $2: table, $3: the index that does not count. Those that plans may use. */
export const besideSql = `${ofIndexes}
WHERE tn.nspname = $1 AND t.relname = $2 AND c.relname <> $3 AND i.indisvalid AND i.indisready`;

/** It does all that the other would: same keys, same rows, and no column beside them is missing. */
export function isTwin(row: Row, index: IndexDef): boolean {
  const names = JSON.parse(row['names'] ?? '[]') as (string | null)[];
  const beside = new Set(names.slice(index.keys.length));
  return (
    hasKeys(row, index, meant) &&
    areWays(row, index) &&
    (index.include ?? []).every((column) => beside.has(column))
  );
}

/** Whose an index is: only what is marked, or is exactly what a drop speaks of, is ours. */
export function seenOf(row: Row | undefined, change: IndexChange, mark: string): IndexSeen {
  if (!row) return { kind: 'absent' };
  const valid = row['valid'] === 'true';
  return { kind: 'present', valid, whose: whoseOf(row, change, mark) };
}

function whoseOf(row: Row, change: IndexChange, mark: string): 'ours' | 'unmarked' | 'foreign' {
  if (row['relkind'] !== 'i' && row['relkind'] !== 'I') return 'foreign';
  if (change.kind === 'drop-index') {
    const same = isSame(row, change.index, bare) && isAlike(row, change.index);
    const invalidMeant = change.because.kind === 'invalid' || row['valid'] !== 'true';
    const free = row['bound'] !== 'true';
    return free && (same || (invalidMeant && sameTable(row, change.index))) ? 'ours' : 'foreign';
  }
  if (row['comment'] === mark) return 'ours';
  const isMeant = isSame(row, change.index, meant) || isRenamed(row, change.index);
  return row['comment'] === null && isMeant ? 'unmarked' : 'foreign';
}

/** Half built, when somebody renamed its table or a column; nobody else gives such a name. */
const isRenamed = (row: Row, { method, keys, include = [], unique = false }: IndexDef): boolean =>
  row['valid'] !== 'true' &&
  row['method'] === method &&
  (row['unique'] === 'true') === unique &&
  Number(row['keys']) === keys.length &&
  Number(row['columns']) === keys.length + include.length;

/** What else tells two indexes of the same keys apart. */
const isAlike = (row: Row, index: IndexDef): boolean =>
  row['special'] !== 't' && areWays(row, index);

/** Operator class and collation of each key. */
function areWays(row: Row, { keys }: IndexDef): boolean {
  const ways = JSON.parse(row['ways'] ?? '[]') as [string | null, string | null][];
  return keys.every(({ opclass, collation }, i) => {
    const [operators, letters] = ways[i] ?? [];
    return (opclass ?? null) === operators && (collation ?? null) === letters;
  });
}

const sameTable = (row: Row, { schema, table }: IndexDef) =>
  row['table'] === table && row['table_schema'] === schema;

type Spelling = (sql: string) => string;

function isSame(row: Row, index: IndexDef, spelling: Spelling): boolean {
  const names = JSON.parse(row['names'] ?? '[]') as (string | null)[];
  const include = index.include ?? [];
  return (
    hasKeys(row, index, spelling) &&
    (row['unique'] === 'true') === (index.unique ?? false) &&
    Number(row['columns']) === index.keys.length + include.length &&
    include.every((column, i) => names[index.keys.length + i] === column)
  );
}

function hasKeys(row: Row, index: IndexDef, spelling: Spelling): boolean {
  const parts = JSON.parse(row['parts'] ?? '[]') as string[];
  const names = JSON.parse(row['names'] ?? '[]') as (string | null)[];
  const options = (row['options'] ?? '').split(' ').map(Number);
  return (
    sameTable(row, index) &&
    row['method'] === index.method &&
    Number(row['keys']) === index.keys.length &&
    spelling(row['predicate'] ?? '') === spelling(index.where ?? '') &&
    index.keys.every((key, i) => {
      const seen = { name: names[i] ?? null, part: parts[i] ?? '', option: options[i] ?? 0 };
      return isKey(key, seen, spelling);
    })
  );
}

const [descending, nullsFirst] = [1, 2];
interface SeenKey {
  /** Of its column; null: it is an expression. */
  name: string | null;
  part: string;
  option: number;
}
function isKey(key: IndexKey, { name, part, option }: SeenKey, spelling: Spelling): boolean {
  const what =
    'column' in key
      ? name === key.column
      : name === null && spelling(part) === spelling(key.expression);
  const desc = key.descending === true;
  const first = key.nulls === undefined ? desc : key.nulls === 'first';
  return what && ((option & descending) !== 0) === desc && ((option & nullsFirst) !== 0) === first;
}

/**
 * What a server makes of a text that it was given: it adds casts and parentheses. Enough to know
 * again what we have begun ourselves, under a name that nobody else gives.
 */
const meant: Spelling = (sql) =>
  sql
    .toLowerCase()
    .replaceAll(ownCasts, '')
    .replaceAll(/[\s()"]/g, '');
const ownCasts =
  /::(?:text|character varying|varchar|bpchar|character|numeric|bigint|integer|double precision|real)\b/g;

/** As the server writes it, without blanks and the parentheses around the whole. */
function bare(sql: string): string {
  let text = sql.replaceAll(/\s+/g, ' ').trim();
  while (text.startsWith('(') && closesAt(text) === text.length - 1)
    text = text.slice(1, -1).trim();
  return text;
}

/** Where the parenthesis that is opened first is closed. */
function closesAt(text: string): number {
  let depth = 0;
  for (const [i, sign] of [...text].entries()) {
    if (sign === '(') depth += 1;
    if (sign === ')') depth -= 1;
    if (depth === 0) return i;
  }
  return -1;
}
