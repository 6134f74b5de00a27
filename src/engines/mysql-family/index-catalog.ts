import type { IndexDef, IndexKey } from '../../model/index-def.ts';
import type { IndexSeen } from '../../model/index-seen.ts';
import type { IndexChange } from '../index-work.ts';
import type { Row } from '../row.ts';
import { sqlText } from './sql-text.ts';
import type { Variant } from './variant.ts';

/**
 * An index of the catalog, compared with the one that is meant. A row for each of its keys, in
 * their order; only of tables on which the account has a right.
 */
export const indexSql = ({ schema, table }: IndexDef, name: string, words: Variant['indexes']) => `
SELECT NON_UNIQUE AS non_unique, COLUMN_NAME AS column_name, SUB_PART AS letters,
  COLLATION AS direction, INDEX_TYPE AS method, INDEX_COMMENT AS comment,
  ${words.expression} AS expression, ${words.hidden} AS hidden
FROM information_schema.STATISTICS
WHERE TABLE_SCHEMA = ${sqlText(schema)} AND TABLE_NAME = ${sqlText(table)}
  AND INDEX_NAME = ${sqlText(name)}
ORDER BY SEQ_IN_INDEX`;

/** DDL of InnoDB is atomic: an index is there, and whole, or is not. */
export function seenOf(rows: readonly Row[], change: IndexChange, mark: string): IndexSeen {
  const [first] = rows;
  if (!first) return { kind: 'absent' };
  const whose = isOurs(rows, first, change, mark) ? 'ours' : 'foreign';
  const hidden = first['hidden'] === '1';
  return { kind: 'present', valid: true, whose, ...(hidden ? { hidden } : {}) };
}

/** What we make has our mark from its first moment; a drop means what it names to the letter. */
function isOurs(rows: readonly Row[], first: Row, { kind, index }: IndexChange, mark: string) {
  if (kind === 'create-index') return first['comment'] === mark;
  return (
    first['method'] === index.method.toUpperCase() &&
    (first['non_unique'] === '0') === (index.unique ?? false) &&
    rows.length === index.keys.length &&
    index.keys.every((key, i) => isKey(key, rows[i] ?? {}))
  );
}

function isKey(key: IndexKey, row: Row): boolean {
  const what =
    'column' in key
      ? row['column_name']?.toLowerCase() === key.column.toLowerCase()
      : row['expression'] === key.expression;
  const letters = row['letters'] == null ? undefined : Number(row['letters']);
  return (
    what && letters === key.letters && (row['direction'] === 'D') === (key.descending ?? false)
  );
}
