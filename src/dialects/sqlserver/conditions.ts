import { dictionary } from '../../base/dictionary.ts';
import type { Predicate } from '../../model/plan.ts';
import { plainName, spelledPredicate } from '../spell.ts';
import { attribute, child, childrenOf, type Element } from '../xml.ts';

/** What an operator's conditions are, out of the elements that hold them. */

/** `<Predicate><ScalarOperator ScalarString="…">`: all of them. */
export const scalars = (element: Element | undefined): Predicate[] =>
  element
    ? childrenOf(element, 'ScalarOperator').flatMap((each) => {
        const text = attribute(each, 'ScalarString');
        return text === undefined || text === '' ? [] : [spelledPredicate(text)];
      })
    : [];

/** Of every `<ColumnReference>` below: `o.id`, or what it computes: `Expr1004`. */
export const columns = (element: Element | undefined): string[] =>
  element ? childrenOf(element, 'ColumnReference').map(columnName) : [];

export function columnName(reference: Element): string {
  const name = attribute(reference, 'Column') ?? '';
  const table = bare(attribute(reference, 'Alias') ?? attribute(reference, 'Table') ?? '');
  if (name.startsWith('@')) return '?';
  return table === '' ? plainName(bare(name)) : `${plainName(table)}.${plainName(bare(name))}`;
}

/** `[dbo]` → `dbo`. */
export const bare = (name: string): string =>
  name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1).replaceAll(']]', ']') : name;

const signs = dictionary<string>({ EQ: '=', GE: '>=', GT: '>', LE: '<=', LT: '<', NE: '<>' });

/** What an index is searched for: one condition for each column of each key. */
export function seekConditions(element: Element | undefined): Predicate[] {
  const found: Predicate[] = [];
  const waiting = element ? [element] : [];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { name, children } = next;
    if (name === 'Prefix' || name === 'StartRange' || name === 'EndRange' || name === 'IsNotNull')
      found.push(...rangeConditions(next));
    else for (const each of children.toReversed()) waiting.push(each);
  }
  return found;
}

function rangeConditions(range: Element): Predicate[] {
  if (range.name === 'IsNotNull')
    return columns(range).map((column) => ({ text: `${column} is not NULL`, columns: [column] }));
  const sign = signs[attribute(range, 'ScanType') ?? 'EQ'] ?? '=';
  const values = scalars(child(range, 'RangeExpressions'));
  return columns(child(range, 'RangeColumns')).map((column, at) => ({
    text: `${column} ${sign} ${values[at]?.text ?? '?'}`,
    columns: [...new Set([column, ...(values[at]?.columns ?? [])])],
  }));
}

/** Two lists of columns that a join compares, one by one. */
export function equalities(left: Element | undefined, right: Element | undefined): Predicate[] {
  const others = columns(right);
  return columns(left).flatMap((column, at) => {
    const other = others[at];
    return other === undefined
      ? []
      : [{ text: `${column} = ${other}`, columns: [...new Set([column, other])] }];
  });
}

/** `<OrderBy><OrderByColumn Ascending="false"><ColumnReference …>`: `o.total DESC`. */
export const orderKeys = (element: Element | undefined): string[] =>
  element
    ? childrenOf(element, 'OrderByColumn').flatMap((each) => {
        const descending = /^(?:0|false)$/.test(attribute(each, 'Ascending') ?? 'true');
        return columns(each).map((column) => `${column}${descending ? ' DESC' : ''}`);
      })
    : [];
