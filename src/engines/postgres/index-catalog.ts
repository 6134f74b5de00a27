import type { IndexDef, IndexKey } from '../../model/index-def.ts';
import type { IndexSeen } from '../../model/index-seen.ts';
import type { IndexChange } from '../index-work.ts';
import type { Row } from '../row.ts';

/**
 * An index of the catalog, compared with the one that is meant. $1: schema, $2: name. Every role
 * may read it; one row, or none; below a millisecond.
 */
export const indexSql = `
SELECT c.relkind::text AS relkind, t.relname AS "table", tn.nspname AS table_schema,
  am.amname AS method,
  i.indisvalid::text AS valid, i.indisunique::text AS "unique", i.indnkeyatts::text AS keys,
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
  i.indoption::text AS options
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
LEFT JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
WHERE n.nspname = $1 AND c.relname = $2`;

/** Whose an index is: only what is marked, or is exactly what a drop speaks of, is ours. */
export function seenOf(row: Row | undefined, change: IndexChange, mark: string): IndexSeen {
  if (!row) return { kind: 'absent' };
  const valid = row['valid'] === 'true';
  return { kind: 'present', valid, whose: whoseOf(row, change, mark) };
}

function whoseOf(row: Row, change: IndexChange, mark: string): 'ours' | 'unmarked' | 'foreign' {
  if (row['relkind'] !== 'i' && row['relkind'] !== 'I') return 'foreign';
  const same = isSame(row, change.index);
  if (change.kind === 'drop-index') {
    const invalidMeant = change.because.kind === 'invalid' || row['valid'] !== 'true';
    const free = row['bound'] !== 'true';
    return free && (same || (invalidMeant && sameTable(row, change.index))) ? 'ours' : 'foreign';
  }
  if (row['comment'] === mark) return 'ours';
  return row['comment'] === null && same ? 'unmarked' : 'foreign';
}

const sameTable = (row: Row, { schema, table }: IndexDef) =>
  row['table'] === table && row['table_schema'] === schema;

/** Expressions and predicates as the server writes them, but for the parentheses around them. */
function isSame(row: Row, index: IndexDef): boolean {
  const parts = JSON.parse(row['parts'] ?? '[]') as string[];
  const names = JSON.parse(row['names'] ?? '[]') as (string | null)[];
  const options = (row['options'] ?? '').split(' ').map(Number);
  const include = index.include ?? [];
  return (
    sameTable(row, index) &&
    row['method'] === index.method &&
    (row['unique'] === 'true') === (index.unique ?? false) &&
    Number(row['keys']) === index.keys.length &&
    Number(row['columns']) === index.keys.length + include.length &&
    bare(row['predicate'] ?? '') === bare(index.where ?? '') &&
    index.keys.every((key, i) => isKey(key, names[i] ?? null, parts[i] ?? '', options[i] ?? 0)) &&
    include.every((column, i) => names[index.keys.length + i] === column)
  );
}

const [descending, nullsFirst] = [1, 2];
function isKey(key: IndexKey, name: string | null, part: string, option: number): boolean {
  const what =
    'column' in key ? name === key.column : name === null && bare(part) === bare(key.expression);
  const desc = key.descending === true;
  const first = key.nulls === undefined ? desc : key.nulls === 'first';
  return what && ((option & descending) !== 0) === desc && ((option & nullsFirst) !== 0) === first;
}

/** Without blanks and the parentheses around the whole. */
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
