import type { IndexDef, IndexKey } from '../../model/index-def.ts';
import { numberOr, type Row } from '../row.ts';

/** Rows of information_schema.STATISTICS, one for each key → what an index is of. */
export const keyColumnsSql = `s.TABLE_SCHEMA AS table_schema, s.TABLE_NAME AS table_name,
  s.INDEX_NAME AS index_name, s.NON_UNIQUE AS non_unique, s.COLUMN_NAME AS column_name,
  s.SUB_PART AS letters, s.COLLATION AS direction, s.INDEX_TYPE AS method`;

/** Of the keys in their order. */
export function indexDefOf(parts: readonly Row[]): IndexDef {
  const [first = {}] = parts;
  return {
    schema: first['table_schema'] ?? '',
    table: first['table_name'] ?? '',
    method: (first['method'] ?? '').toLowerCase(),
    keys: parts.map(keyOf),
    ...(first['non_unique'] === '0' ? { unique: true } : {}),
  };
}

function keyOf(row: Row): IndexKey {
  const letters = numberOr(row, 'letters', undefined);
  return {
    ...(row['column_name'] == null
      ? { expression: row['expression'] ?? '' }
      : { column: row['column_name'] }),
    ...(row['direction'] === 'D' ? { descending: true as const } : {}),
    ...(letters === undefined ? {} : { letters }),
  };
}

export const isHidden = ([first]: readonly Row[]): boolean => first?.['hidden'] === '1';
