import type { IndexFacts, TableFacts } from '../model/statistics.ts';
import type { Asked, Condition } from './conditions.ts';
import { canonical, conjuncts, type Expression, readExpression } from './expression.ts';

/**
 * Which of a table's indexes could serve a condition: those that are valid (`indexes` has no
 * others), of a kind that knows the operator, whole or with a predicate that the statement implies.
 */
const ordered = (index: IndexFacts) => /^(?:b-?tree)?$/i.test(index.method ?? '');
const forEquality = (index: IndexFacts) => ordered(index) || /^hash$/i.test(index.method ?? '');

/** Those that are for every row, or for all that the statement asks for. */
export const wholeIndexes = ({ indexes }: TableFacts, filter: readonly Expression[]) =>
  indexes.filter((index) => !index.partial || implies(filter, index));

/**
 * The predicate's conditions are among the statement's. Where it compares with a value, which is
 * not known, that cannot be said.
 */
function implies(filter: readonly Expression[], { predicate }: IndexFacts): boolean {
  if (predicate === undefined) return false;
  const said = new Set(filter.flatMap(conjuncts).map(canonical));
  return conjuncts(readExpression(predicate))
    .map(canonical)
    .every((each) => !each.includes('?') && said.has(each));
}

/** An index that leads with what the condition asks of: a column, or an expression. */
export const leadingIndex = (
  indexes: readonly IndexFacts[],
  condition: Condition,
): IndexFacts | undefined =>
  indexes.find((index) => serves(index, condition) && leadsWith(index, condition));

/** What is taken out of a document is a value as others; the document itself has no order. */
function serves(index: IndexFacts, { kind, wrapped }: Condition): boolean {
  if (kind === 'pattern') return true;
  if (kind === 'document') return wrapped !== undefined || !forEquality(index);
  return kind === 'equal' ? forEquality(index) : ordered(index);
}

function leadsWith({ keys: [first = ''] }: IndexFacts, { column, wrapped }: Condition): boolean {
  const key = readExpression(first);
  // A number as a text is in another order than in the column's own index.
  return wrapped
    ? key.kind !== 'column' && canonical(key) === canonical(wrapped)
    : first.toLowerCase() === column.toLowerCase() || canonical(key) === column.toLowerCase();
}

/** An inverted or a full-text index: for what stands inside a value. */
export const invertedIndex = (
  indexes: readonly IndexFacts[],
  { column }: Condition,
): IndexFacts | undefined =>
  indexes.find(
    ({ method = '', keys }) =>
      /^(?:gin|gist|rum|bloom|fulltext|multi-?valued)$/i.test(method) &&
      keys.some((key) => mentions(key, column)),
  );

/** An index of which a condition's column is a later key: it may be found by what leads. */
export const mentions = (key: string, column: string): boolean =>
  key
    .toLowerCase()
    .split(/[^\p{L}\p{N}_$]+/u)
    .includes(column.toLowerCase());

/** Some index leads with one of the columns as it is. */
export const isLed = (
  indexes: readonly IndexFacts[],
  { conditions }: Pick<Asked, 'conditions'>,
): boolean => conditions.some((each) => leadingIndex(indexes, each) !== undefined);
