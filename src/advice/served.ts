import { canonical, readExpression } from '../analysis/expression.ts';
import type { IndexDef, IndexKey } from '../model/index-def.ts';
import type { IndexFacts, TableFacts } from '../model/statistics.ts';

/**
 * Whether an index that is there does already what a thought-of one would: it begins with the same
 * keys, of which the first `equal` may stand in any order, is of all rows or of the same ones, and
 * keeps the same columns beside them.
 */
export const isServed = (wanted: IndexDef, { indexes }: TableFacts, equal: number): boolean =>
  indexes.some((index) => serves(index, wanted, equal));

function serves(index: IndexFacts, wanted: IndexDef, equal: number): boolean {
  if ((index.method?.toLowerCase() || 'btree') !== wanted.method) return false;
  if (index.partial && !isOfSameRows(index, wanted)) return false;
  if (wanted.method !== 'btree')
    return wanted.keys.every((key) => index.keys.some((each) => isKey(each, key)));
  // Which of its keys has another order is not told; the planner knows, and says what it thinks.
  if (index.otherOrder) return false;
  const { keys } = index;
  const front = keys.slice(0, Math.min(equal, wanted.keys.length));
  const inFront = wanted.keys
    .slice(0, front.length)
    .every((key) => front.some((each) => isKey(each, key)));
  const behind = wanted.keys.slice(front.length).every((key, i) => {
    const each = keys[front.length + i];
    return each !== undefined && isKey(each, key) && !isTurned(key);
  });
  const kept = new Set([...keys, ...(index.include ?? [])].map((each) => each.toLowerCase()));
  const beside = (wanted.include ?? []).every((column) => kept.has(column.toLowerCase()));
  return keys.length >= wanted.keys.length && inFront && behind && beside;
}

const isTurned = ({ descending, nulls }: IndexKey) => descending === true || nulls !== undefined;

const isKey = (printed: string, key: IndexKey): boolean =>
  'column' in key
    ? printed.toLowerCase() === key.column.toLowerCase()
    : canonical(readExpression(printed)) === canonical(readExpression(key.expression));

const isOfSameRows = ({ predicate }: IndexFacts, { where }: IndexDef): boolean =>
  predicate !== undefined &&
  where !== undefined &&
  canonical(readExpression(predicate)) === canonical(readExpression(where));
