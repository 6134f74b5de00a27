import type { IndexDef, IndexKey } from '../../model/index-def.ts';
import type { IndexSeen } from '../../model/index-seen.ts';
import type { IndexChange } from '../index-work.ts';
import type { Row } from '../row.ts';
import { indexDefOf, isHidden, keyColumnsSql } from './index-rows.ts';
import { sqlText } from './sql-text.ts';

/**
 * An index of the catalog, compared with the one that is meant. A row for each of its keys, in
 * their order; only of tables on which the account has a right. `columns`: those that only one of
 * the products has.
 */
export const indexSql = ({ schema, table }: IndexDef, name: string, columns: string): string => `
SELECT ${keyColumnsSql}, s.INDEX_COMMENT AS comment, ${columns}
FROM information_schema.STATISTICS s
WHERE s.TABLE_SCHEMA = ${sqlText(schema)} AND s.TABLE_NAME = ${sqlText(table)}
  AND s.INDEX_NAME = ${sqlText(name)}
ORDER BY s.SEQ_IN_INDEX`;

/** All that the table has. */
export const indexesSql = ({ schema, table }: IndexDef, columns: string): string => `
SELECT ${keyColumnsSql}, ${columns}
FROM information_schema.STATISTICS s
WHERE s.TABLE_SCHEMA = ${sqlText(schema)} AND s.TABLE_NAME = ${sqlText(table)}
ORDER BY s.INDEX_NAME, s.SEQ_IN_INDEX`;

/** One of another name has the same keys. */
export function isServed(rows: readonly Row[], index: IndexDef, name: string): boolean {
  const all = Map.groupBy(rows, (row) => (row['index_name'] ?? '').toLowerCase());
  return (
    !all.has(name.toLowerCase()) &&
    [...all.values()].some(
      (each) => each.length === index.keys.length && standsIn(each, { ...index, unique: false }),
    )
  );
}

/** DDL of InnoDB is atomic: an index is there, and whole, or is not. */
export function seenOf(rows: readonly Row[], change: IndexChange, mark: string): IndexSeen {
  const [first] = rows;
  if (!first) return { kind: 'absent' };
  // What we make has our mark from its first moment; a drop means what it names to the letter.
  const ours =
    change.kind === 'create-index'
      ? first['comment'] === mark
      : isSame(indexDefOf(rows), change.index);
  return {
    kind: 'present',
    valid: true,
    whose: ours ? 'ours' : 'foreign',
    ...(isHidden(rows) ? { hidden: true as const } : {}),
  };
}

/** It finds all that the other would, keeps unique what that does, and plans may use it. */
export function standsIn(
  rows: readonly Row[],
  { method, keys, unique = false }: IndexDef,
): boolean {
  const wide = indexDefOf(rows);
  return (
    !isHidden(rows) &&
    wide.method === method &&
    (!unique || (wide.unique === true && wide.keys.length === keys.length)) &&
    keys.every((key, i) => wide.keys[i] !== undefined && textOf(key) === textOf(wide.keys[i]))
  );
}

const isSame = (a: IndexDef, b: IndexDef): boolean =>
  a.method === b.method &&
  (a.unique ?? false) === (b.unique ?? false) &&
  a.keys.length === b.keys.length &&
  a.keys.every((key, i) => textOf(key) === textOf(b.keys[i] as IndexKey));

/** Names of columns have no case of their own. */
const textOf = (key: IndexKey): string =>
  JSON.stringify([
    'column' in key ? key.column.toLowerCase() : { expression: key.expression },
    key.descending ?? false,
    key.letters ?? 0,
  ]);
