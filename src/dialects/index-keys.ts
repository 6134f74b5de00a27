import type { ColumnFacts, TableFacts } from '../model/statistics.ts';

/** One column, one call around it, or an expression of it as SQL, as an index's key. */
export interface IndexKey {
  column: string;
  function?: string;
  expression?: string;
  descending?: boolean;
  /** NULLs stand at the other end than by default (PostgreSQL). */
  otherNulls?: true;
}

/**
 * The table's own columns of those names, in their spelling; undefined where one is not there, or
 * none is asked for. Where the table's columns are not known, a name is taken on trust.
 */
export function keyColumns(
  { columns }: TableFacts,
  keys: readonly IndexKey[],
): ColumnFacts[] | undefined {
  if (keys.length === 0) return undefined;
  const found = keys.flatMap(({ column: name }): ColumnFacts[] => {
    if (!columns) return [{ name, type: '' }];
    const same = (each: ColumnFacts) => each.name.toLowerCase() === name.toLowerCase();
    const own = columns.find((each) => each.name === name) ?? columns.find(same);
    return own ? [own] : [];
  });
  return found.length === keys.length ? found : undefined;
}
