import type { IndexDef } from '../../model/index-def.ts';
import type { Row } from '../row.ts';
import { sqlText } from './sql-text.ts';

/**
 * A foreign key has an index of its columns. Where nobody made one the server does, and drops it
 * without a word as soon as another index begins with these columns: that one cannot be dropped any
 * more, but in exchange for one like the server's.
 */
export interface ForeignKey {
  name: string;
  columns: readonly string[];
}

/** The columns of each foreign key of a table, and of each of its indexes but one. */
export const foreignKeysSql = ({ schema, table }: IndexDef, but: string): string => `
SELECT 'key' AS kind, CONSTRAINT_NAME AS name, COLUMN_NAME AS part, ORDINAL_POSITION AS place
FROM information_schema.KEY_COLUMN_USAGE
WHERE TABLE_SCHEMA = ${sqlText(schema)} AND TABLE_NAME = ${sqlText(table)}
  AND REFERENCED_TABLE_NAME IS NOT NULL
UNION ALL SELECT 'index', INDEX_NAME, IF(SUB_PART IS NULL, COLUMN_NAME, NULL), SEQ_IN_INDEX
FROM information_schema.STATISTICS
WHERE TABLE_SCHEMA = ${sqlText(schema)} AND TABLE_NAME = ${sqlText(table)}
  AND INDEX_NAME <> ${sqlText(but)} AND INDEX_TYPE = 'BTREE'
ORDER BY 1, 2, 4`;

/** Those that would be without. Names of columns have no case of their own. Pure. */
export function withoutIndex(rows: readonly Row[]): ForeignKey[] {
  const of = (kind: string) => {
    const parts = Map.groupBy(
      rows.filter((row) => row['kind'] === kind),
      ({ name }) => name ?? '',
    );
    return [...parts].map(([name, all]) => ({ name, columns: all.map(({ part }) => part ?? '') }));
  };
  const indexes = of('index');
  const begins = (index: ForeignKey, { columns }: ForeignKey) =>
    columns.every((each, i) => index.columns[i]?.toLowerCase() === each.toLowerCase());
  return of('key').filter((key) => !indexes.some((index) => begins(index, key)));
}
