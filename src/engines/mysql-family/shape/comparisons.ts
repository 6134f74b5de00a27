import type { Comparison, NamedColumn } from '../../../model/query-shape.ts';
import {
  bareColumn,
  firstColumn,
  hasNumber,
  operandsIn,
  otherSide,
  partsOf,
  rangeAfter,
  rangeBefore,
  signOf,
} from './operands.ts';
import { beginsQuery, type Clause, type Places, type Range, type Stretch } from './places.ts';
import { columnAt, isPlainName } from './words.ts';

/**
 * What a statement asks of columns: what stands around an operator in WHERE, ON and HAVING, or is
 * given to a call that is a condition by itself. What is listed, sorted by or assigned asks
 * nothing.
 */
export interface Asked {
  comparisons: Comparison[];
  /** One OR asks of columns of several tables. */
  orAcrossTables: boolean;
  /** `NOT IN (SELECT …)`, `<> ALL (SELECT …)`. */
  notIn: boolean;
}

/** What has more has a list in it, written as an OR; the plan's context is kept with each plan. */
const comparisonLimit = 100;

const signs = new Set(['=', '<=>', '<>', '!=', '<', '<=', '>', '>=']);
const wordOperators = new Set(['like', 'in', 'between', 'regexp', 'rlike']);
/** Calls that are conditions; the first column in them is what they ask of. */
const conditionCalls = new Set([
  'json_contains',
  'json_contains_path',
  'json_overlaps',
  'json_search',
  'regexp_like',
  'find_in_set',
  'match',
]);
const asking = new Set<Clause>(['where', 'on', 'having']);

/** Columns that are compared with values there. */
export function asksIn(places: Places, { start, end }: Range): string[] {
  const asked = new Set<string>();
  for (let i = start; i < end; i += 1)
    for (const { column, with: other } of comparisonsAt(places, i))
      if (other === 'value') asked.add(column);
  return [...asked];
}

export function askedIn(places: Places): Asked {
  const { tokens, stretches } = places;
  const found = new Map<string, Comparison>();
  const asked = new Map<Stretch, Set<string>>();
  let notIn = false;
  for (let i = 0; i < tokens.length; i += 1) {
    const at = stretches[i];
    if (!at || !asking.has(at.clause) || at.inCase) continue;
    notIn ||= isNotIn(places, i);
    if (at.or && tokens[i]?.text === '(' && beginsQuery(places.words[i + 1]))
      tablesOf(asked, at.or).add(itsOwn);
    for (const each of comparisonsAt(places, i)) {
      if (at.or) noteTables(asked, at.or, each);
      if (found.size >= comparisonLimit) continue;
      const comparison = at.or ? { ...each, inOr: true as const } : each;
      found.set(JSON.stringify(comparison), comparison);
    }
  }
  const orAcrossTables = [...asked.values()].some(({ size }) => size > 1);
  return { comparisons: [...found.values()], orAcrossTables, notIn };
}

/** The table that a query within the OR asks of. */
const itsOwn = '(query)';

function tablesOf(asked: Map<Stretch, Set<string>>, or: Stretch): Set<string> {
  const tables = asked.get(or) ?? new Set();
  asked.set(or, tables);
  return tables;
}

function noteTables(asked: Map<Stretch, Set<string>>, or: Stretch, each: Comparison) {
  const tables = tablesOf(asked, or);
  for (const { qualifier } of [each, each.other ?? { qualifier: undefined }])
    if (qualifier !== undefined) tables.add(qualifier.toLowerCase());
}

function isNotIn({ tokens, words }: Places, i: number): boolean {
  const query =
    tokens[i + 1]?.text === '(' && (words[i + 2] === 'select' || words[i + 2] === 'with');
  if (!query) return false;
  if (words[i] === 'in') return words[i - 1] === 'not';
  return words[i] === 'all' && (tokens[i - 1]?.text === '<>' || tokens[i - 1]?.text === '!=');
}

function comparisonsAt(places: Places, i: number): Comparison[] {
  const { tokens, words } = places;
  const text = tokens[i]?.text;
  if (tokens[i]?.kind === 'operator') {
    const sign = signOf(text);
    if (signs.has(sign)) return ofSign(places, i, sign);
    return text === '->' || text === '->>' ? ofDocument(places, i, text) : [];
  }
  const word = words[i] ?? '';
  if (wordOperators.has(word)) return ofWord(places, i, word);
  if (word === 'is') return ofNull(places, i);
  if (word === 'member' && words[i + 1] === 'of') return given(places, i + 2, 'member of');
  return conditionCalls.has(word) && tokens[i + 1]?.text === '('
    ? given(places, i + 1, word === 'regexp_like' ? 'regexp' : word)
    : [];
}

function ofSign(places: Places, i: number, operator: string): Comparison[] {
  const [before, after] = [rangeBefore(places, i), rangeAfter(places, i + 1)];
  const side = (own: Range, other: Range) =>
    operandsIn(places, own).map(
      (each, _, { length }): Comparison => ({
        ...each,
        operator,
        ...(length === 1 && hasNumber(places, other) ? { number: true as const } : {}),
        ...otherSide(places, other),
      }),
    );
  return [...side(before, after), ...side(after, before)];
}

/** `NOT LIKE` is an operator of its own. */
function ofWord(places: Places, i: number, word: string): Comparison[] {
  const negated = places.words[i - 1] === 'not';
  const own = rangeBefore(places, negated ? i - 1 : i);
  const other = rangeAfter(places, i + 1);
  const begins = word === 'like' ? beginningOf(places, i + 1) : {};
  const counts = word === 'in' || word === 'between';
  return operandsIn(places, own).map((each, _, { length }) => ({
    ...each,
    operator: negated ? `not ${word}` : word,
    ...begins,
    ...(counts && length === 1 && hasNumber(places, other) ? { number: true as const } : {}),
    ...otherSide(places, other),
  }));
}

/** `'%x'`, `concat('%', …)`; or `'x%'`. */
function beginningOf(
  { tokens, words }: Places,
  i: number,
): Pick<Comparison, 'openStart' | 'fixedStart'> {
  const pattern = tokens[words[i] === 'concat' ? i + 2 : i];
  if (pattern?.kind !== 'string') return {};
  const [, first] = /^[a-z]?['"](.)./i.exec(pattern.text) ?? [];
  if (first === undefined) return {};
  return first === '%' || first === '_' ? { openStart: true } : { fixedStart: true };
}

function ofNull(places: Places, i: number): Comparison[] {
  const negated = places.words[i + 1] === 'not';
  if (places.words[negated ? i + 2 : i + 1] !== 'null') return [];
  const operator = negated ? 'is not null' : 'is null';
  return operandsIn(places, rangeBefore(places, i)).map((each) => ({
    ...each,
    operator,
    with: 'value',
  }));
}

/** `doc -> '$.a'`: the column before it, whatever is done with what it gives. */
function ofDocument({ tokens }: Places, i: number, operator: string): Comparison[] {
  let start = i - 1;
  while (tokens[start - 1]?.text === '.' && start >= 2) start -= 2;
  if (!isPlainName(tokens[start])) return [];
  const [column, end] = columnAt(tokens, start);
  return end === i ? [{ ...column, operator, with: 'value' }] : [];
}

/** A condition on what stands in the bracket: MATCH is given several columns, others one. */
function given(places: Places, open: number, operator: string): Comparison[] {
  const close = places.match[open] ?? -1;
  if (close < 0) return [];
  const range = { start: open + 1, end: close };
  const bare = partsOf(places, range).flatMap((part) => bareColumn(places, part) ?? []);
  const columns: (NamedColumn | undefined)[] =
    operator === 'match' ? bare : [bare[0] ?? firstColumn(places, range)];
  return columns.flatMap((column) => (column ? [{ ...column, operator, with: 'value' }] : []));
}
