import { mysqlIdentifier } from '../../../dialects/mysql-family/lexer.ts';
import { randomCalls } from '../../../dialects/random-calls.ts';
import type { NamedColumn, OrderKey, QueryShape } from '../../../model/query-shape.ts';
import { aggregates, bareColumn, firstColumn, partsOf, stripped } from './operands.ts';
import type { Places, Query, Range } from './places.ts';
import { aggregateNames, isCallName, isColumnAt, isName, isPlainName, isValue } from './words.ts';

/**
 * What the outermost query lists, sorts and groups by. What is told by its alias or its number in
 * the list is what it stands for.
 */
export type Lists = Pick<
  QueryShape,
  'columns' | 'orderBy' | 'groupBy' | 'countAll' | 'plainHaving' | 'filtered' | 'aggregates'
>;

/** What has more was not written by people; the plan's context is kept with each plan. */
const keyLimit = 32;

export interface Item extends Range {
  alias?: string;
}

export function listsOf(places: Places, query: Query): Lists {
  const { list, where, order, group, having } = query.clauses;
  const items = query.verb === 'select' && list ? itemsOf(places, list) : [];
  const orderBy = order ? orderKeys(places, order, items) : [];
  const groupBy = group ? groupColumns(places, group, items) : undefined;
  const found = aggregatesOf(places).slice(0, keyLimit);
  return {
    ...(items.length ? { columns: items.length } : {}),
    ...(where ? { filtered: true as const } : {}),
    ...(orderBy.length ? { orderBy } : {}),
    ...(groupBy?.length ? { groupBy } : {}),
    ...(isCountAll(places, items) ? { countAll: true as const } : {}),
    ...(having && isPlain(places, having, items) ? { plainHaving: true as const } : {}),
    ...(found.length ? { aggregates: found } : {}),
  };
}

const modifiers = new Set([
  'all',
  'distinct',
  'distinctrow',
  'straight_join',
  'high_priority',
  'sql_no_cache',
  'sql_cache',
  'sql_calc_found_rows',
  'sql_small_result',
  'sql_big_result',
  'sql_buffer_result',
]);

export function itemsOf(places: Places, list: Range): Item[] {
  let { start } = list;
  while (start < list.end && modifiers.has(places.words[start] ?? '')) start += 1;
  return start < list.end
    ? partsOf(places, { start, end: list.end }).map((part) => itemOf(places, part))
    : [];
}

/** `a AS b`, `a b`, `f(a) b`. */
function itemOf({ tokens, words }: Places, { start, end }: Range): Item {
  const last = tokens[end - 1];
  const before = tokens[end - 2];
  if (!isName(last) || end - start < 2) return { start, end };
  if (words[end - 2] === 'as') return { start, end: end - 2, alias: mysqlIdentifier(last) };
  const follows =
    isPlainName(last) &&
    (before?.text === ')' || words[end - 2] === 'end' || isValue(before) || isPlainName(before));
  return follows ? { start, end: end - 1, alias: mysqlIdentifier(last) } : { start, end };
}

/** What an alias, or a number in the list, stands for; else the range itself. */
function meant(places: Places, range: Range, items: readonly Item[]): Range {
  const { tokens } = places;
  const { start, end } = stripped(places, range);
  const only = end - start === 1 ? tokens[start] : undefined;
  if (only?.kind === 'number') return items[Number(only.text) - 1] ?? range;
  if (!isPlainName(only)) return range;
  const name = mysqlIdentifier(only).toLowerCase();
  return items.find(({ alias }) => alias?.toLowerCase() === name) ?? range;
}

/** A key, or what it names in the list, calls such a function somewhere. */
export function isShuffled(places: Places, { clauses }: Query): boolean {
  const { list, order, limit } = clauses;
  if (!order || !limit) return false;
  const items = list ? itemsOf(places, list) : [];
  return partsOf(places, order).some((part) => {
    const directed = /^(?:asc|desc)$/.test(places.words[part.end - 1] ?? '');
    const { start, end } = meant(places, directed ? { ...part, end: part.end - 1 } : part, items);
    return places.words
      .slice(start, end)
      .some((word, i) => randomCalls.has(word) && isCallName(places.tokens, start + i));
  });
}

function orderKeys(places: Places, order: Range, items: readonly Item[]): OrderKey[] {
  return partsOf(places, order)
    .slice(0, keyLimit)
    .flatMap((part) => {
      const direction = places.words[part.end - 1];
      const directed = direction === 'asc' || direction === 'desc';
      const range = directed ? { start: part.start, end: part.end - 1 } : part;
      if (range.end <= range.start) return [];
      const key = keyOf(places, meant(places, range, items));
      return [direction === 'desc' ? { ...key, descending: true as const } : key];
    });
}

function keyOf(places: Places, range: Range): OrderKey {
  const { start, end } = stripped(places, range);
  const whole = isCallName(places.tokens, start) && places.match[start + 1] === end - 1;
  return bareColumn(places, range) ?? { expression: whole ? (places.words[start] as string) : '' };
}

/** Undefined where one of them is no column: what is left would not be what it groups by. */
export function groupColumns(
  places: Places,
  { start, end }: Range,
  items: readonly Item[],
): NamedColumn[] | undefined {
  const rollup = places.words[end - 1] === 'rollup';
  const columns = partsOf(places, { start, end: rollup ? end - 2 : end }).map((part) => {
    const own = bareColumn(places, part);
    const item = meant(places, part, items);
    // GROUP BY takes a name for a column first: `date(at) AS at`.
    const inner = own && firstColumn(places, item);
    return own && inner?.column === own.column ? own : bareColumn(places, item);
  });
  return columns.every((column) => column !== undefined) ? columns.slice(0, keyLimit) : undefined;
}

/** `count(*)` or `count(1)`, and nothing beside. */
function isCountAll({ tokens, words, match }: Places, items: readonly Item[]): boolean {
  const [item] = items;
  if (!item || items.length > 1) return false;
  const { start, end } = item;
  return (
    words[start] === 'count' &&
    match[start + 1] === end - 1 &&
    end - start === 4 &&
    isOfRows(tokens[start + 2])
  );
}
/** `count(*)`, `count(1)`. */
const isOfRows = (given: Places['tokens'][number] | undefined): boolean =>
  given?.text === '*' || isValue(given);

/** Over a window it is none: it gives each row a value. */
function aggregatesOf(places: Places): NonNullable<QueryShape['aggregates']> {
  const { words, match } = places;
  const found = words.flatMap((word, i) => {
    const close = isCallName(places.tokens, i) && aggregateNames.has(word) ? match[i + 1] : -1;
    if (close === undefined || close < 0 || words[close + 1] === 'over') return [];
    const given = { start: i + (words[i + 2] === 'distinct' ? 3 : 2), end: close };
    const rows = word === 'count' && close === i + 3 && isOfRows(places.tokens[i + 2]);
    return [{ function: word, ...bareColumn(places, given), ...(rows ? { rows } : {}) }];
  });
  return [...new Map(found.map((each) => [JSON.stringify(each), each])).values()];
}

/** A part of it names a column, no aggregate, and no alias of anything but a column. */
function isPlain(places: Places, having: Range, items: readonly Item[]): boolean {
  const computed = new Set(
    items.flatMap((item) =>
      item.alias && !bareColumn(places, item) ? [item.alias.toLowerCase()] : [],
    ),
  );
  return conjuncts(places, having).some((part) => asksOfColumns(places, part, computed));
}

function asksOfColumns(places: Places, part: Range, computed: ReadonlySet<string>): boolean {
  const { tokens, words } = places;
  if (aggregates(places, part) || !firstColumn(places, part)) return false;
  for (let at = part.start; at < part.end; at += 1) {
    const token = tokens[at];
    if (words[at] === 'select') return false;
    if (
      isColumnAt(tokens, words, at) &&
      token &&
      computed.has(mysqlIdentifier(token).toLowerCase())
    )
      return false;
  }
  return true;
}

/** Its sides of AND; all of it where there is an OR, or a BETWEEN with an AND of its own. */
function conjuncts({ words, stretches }: Places, { start, end }: Range): Range[] {
  const own = stretches[start];
  if (own?.or || words.slice(start, end).includes('between')) return [{ start, end }];
  const parts: Range[] = [];
  let begin = start;
  for (let at = start; at < end; at += 1)
    if (words[at] === 'and' && stretches[at] === own) {
      parts.push({ start: begin, end: at });
      begin = at + 1;
    }
  return [...parts, { start: begin, end }];
}
