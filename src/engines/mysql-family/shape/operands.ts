import { dictionary } from '../../../base/dictionary.ts';
import type { Comparison, NamedColumn, Wrapping } from '../../../model/query-shape.ts';
import { beginsQuery, type Places, type Range } from './places.ts';
import { aggregateNames, columnAt, isCallName, isColumnAt, isValue } from './words.ts';

/** One side of a comparison: a column, what stands around it, or that there is none. */
export type Operand = Pick<
  Comparison,
  'column' | 'qualifier' | 'wrapped' | 'function' | 'sole' | 'cast'
>;

/** What is longer is looked at so far: people write no longer ones, and the time stays linear. */
const tokensLooked = 100;

const comparisonWords = new Set(['like', 'in', 'between', 'regexp', 'rlike', 'is', 'member']);
const comparisonSigns = new Set(['=', '<=>', '<>', '!=', '<', '<=', '>', '>=', ':=']);
const boundaryWords = new Set(
  (
    'and,or,xor,not,where,on,having,when,then,else,select,distinct,by,set,limit,asc,desc,from,' +
    'using,escape,with,order,group,union,except,intersect,for,lock'
  ).split(','),
);
const arithmetic = new Set(['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>', '~']);
const arithmeticWords = new Set(['div', 'mod']);
const named = dictionary<Wrapping>({
  coalesce: 'coalesce',
  ifnull: 'coalesce',
  nvl: 'coalesce',
  concat: 'concatenation',
  concat_ws: 'concatenation',
  if: 'case',
  cast: 'cast',
  convert: 'cast',
});

/** `=` of `=-`, which the lexer takes for one operator. */
export const signOf = (text: string | undefined): string =>
  text?.replace(/(?<=[=<>])[-+~!]+$/, '') ?? '';

/** Does an operand end here? A bracket around it stands elsewhere than what is in it. */
function isBoundary({ tokens, words, stretches }: Places, at: number, from: number): boolean {
  const text = signOf(tokens[at]?.text);
  return (
    stretches[at] !== stretches[from] ||
    text === ',' ||
    text === '||' ||
    comparisonSigns.has(text) ||
    boundaryWords.has(words[at] ?? '') ||
    comparisonWords.has(words[at] ?? '')
  );
}

/** The tokens of the operand that ends before `operator`; a bracket is passed as one. */
export function rangeBefore(places: Places, operator: number): Range {
  let start = operator;
  for (let looked = 0; looked < tokensLooked; looked += 1) {
    const at = start - 1;
    if (at < 0 || isBoundary(places, at, operator)) break;
    start = Math.min(at, otherHalf(places, at) ?? at);
  }
  return { start, end: operator };
}

/** The tokens of the operand that begins at `start`. */
export function rangeAfter(places: Places, start: number): Range {
  const operator = start - 1;
  let end = start;
  for (let looked = 0; looked < tokensLooked && end < places.tokens.length; looked += 1) {
    if (isBoundary(places, end, operator)) break;
    end = Math.max(end, otherHalf(places, end) ?? end) + 1;
  }
  return { start, end };
}

const otherHalf = ({ match }: Places, at: number): number | undefined =>
  (match[at] ?? -1) < 0 ? undefined : match[at];

/** Without the brackets around all of it. */
export function stripped({ tokens, words, match }: Places, range: Range): Range {
  let { start, end } = range;
  while (tokens[start]?.text === '(' && match[start] === end - 1 && !beginsQuery(words[start + 1]))
    [start, end] = [start + 1, end - 1];
  return { start, end };
}

/** The one column that the range consists of. */
export function bareColumn(places: Places, range: Range): NamedColumn | undefined {
  const { start, end } = stripped(places, range);
  if (!isColumnAt(places.tokens, places.words, start)) return undefined;
  const [column, next] = columnAt(places.tokens, start);
  return next === end ? column : undefined;
}

/** The columns of `(a, b)`, and what stands around the one of anything else. */
export function operandsIn(places: Places, range: Range): Operand[] {
  const inner = stripped(places, range);
  const parts = partsOf(places, inner);
  return parts.flatMap((part) => operandIn(places, part) ?? []);
}

/** The range between commas; not those within brackets. */
export function partsOf({ tokens, match, words }: Places, { start, end }: Range): Range[] {
  const parts: Range[] = [];
  let begin = start;
  for (let at = start; at < end; at += 1) {
    if (tokens[at]?.text === '(' || words[at] === 'case') at = Math.max(at, match[at] ?? -1);
    else if (tokens[at]?.text === ',') {
      parts.push({ start: begin, end: at });
      begin = at + 1;
    }
  }
  return [...parts, { start: begin, end }];
}

function operandIn(places: Places, range: Range): Operand | undefined {
  const bare = bareColumn(places, range);
  if (bare) return bare;
  const { tokens, words, match } = places;
  const { start, end } = stripped(places, range);
  const column = givenColumn(places, { start, end }) ?? firstColumn(places, { start, end });
  if (!column || aggregates(places, { start, end })) return undefined;
  if (isCallName(tokens, start) && match[start + 1] === end - 1)
    return ofCall(places, column, { start, end });
  const wrapped = wrappingOf(places, { start, end });
  if (wrapped) return { ...column, wrapped };
  if (words[end - 2] === 'collate') return { ...column, wrapped: 'function', function: 'collate' };
  return words[start] === 'binary' ? { ...column, wrapped: 'cast', cast: 'binary' } : undefined;
}

function ofCall(places: Places, column: NamedColumn, { start, end }: Range): Operand {
  const call = places.words[start] as string;
  const wrapped = named[call] ?? 'function';
  if (call === 'cast' || call === 'convert') return { ...column, wrapped, cast: call };
  const sole = bareColumn(places, { start: start + 2, end: end - 1 }) !== undefined;
  return { ...column, wrapped, function: call, ...(sole ? { sole: true as const } : {}) };
}

/** What the outermost operator of the range makes of its columns. */
function wrappingOf({ tokens, words, match }: Places, { start, end }: Range): Wrapping | undefined {
  if (words[start] === 'case' && match[start] === end - 1) return 'case';
  for (let at = start; at < Math.min(end, start + tokensLooked); at += 1) {
    if (arithmetic.has(tokens[at]?.text ?? '') || arithmeticWords.has(words[at] ?? ''))
      return 'arithmetic';
    if (tokens[at]?.text === '(' || words[at] === 'case') at = Math.max(at, match[at] ?? -1);
  }
  return undefined;
}

/** Of `CASE WHEN a THEN b END`, the b: what is compared is what it gives. */
function givenColumn(places: Places, { start, end }: Range): NamedColumn | undefined {
  if (places.words[start] !== 'case' || places.words[start + 1] !== 'when') return undefined;
  const found = places.words
    .slice(start, Math.min(end, start + tokensLooked))
    .flatMap((word, i) => (word === 'then' || word === 'else' ? [start + i + 1] : []));
  const at = found.find((each) => isColumnAt(places.tokens, places.words, each));
  return at === undefined ? undefined : columnAt(places.tokens, at)[0];
}

/** Wherever in the range, but in no query within it. */
export function firstColumn(places: Places, { start, end }: Range): NamedColumn | undefined {
  const { tokens, words, match } = places;
  for (let at = start; at < Math.min(end, start + tokensLooked); at += 1) {
    if (tokens[at]?.text === '(' && beginsQuery(words[at + 1])) at = Math.max(at, match[at] ?? -1);
    else if (isColumnAt(tokens, words, at)) return columnAt(tokens, at)[0];
  }
  return undefined;
}

/** An aggregate is in it, or what is left of it cannot be looked at. */
export const aggregates = ({ tokens, words }: Places, { start, end }: Range): boolean => {
  for (let at = start; at < Math.min(end, start + tokensLooked); at += 1)
    if (tokens[at + 1]?.text === '(' && aggregateNames.has(words[at] ?? '')) return true;
  return end - start > tokensLooked;
};

const valueWords = new Set(['null', 'true', 'false', 'interval', 'binary']);

/** What a column is compared with: no column and no query in it is as good as a value. */
export function otherSide(
  places: Places,
  range: Range,
): Pick<Comparison, 'with' | 'other' | 'listed'> {
  const other = bareColumn(places, range);
  if (other) return { with: 'column', other };
  const { tokens, words } = places;
  const end = Math.min(range.end, range.start + tokensLooked);
  let values = 0;
  for (let at = range.start; at < end; at += 1) {
    if (beginsQuery(words[at])) return { with: 'expression', ...listedBy(places, at) };
    if (isColumnAt(tokens, words, at))
      return { with: 'expression', other: columnAt(tokens, at)[0] };
    if (isValue(tokens[at]) || valueWords.has(words[at] ?? '') || tokens[at + 1]?.text === '(')
      values += 1;
  }
  return { with: values > 0 ? 'value' : 'expression' };
}

/** A number as it is written, or one of a list. */
export function hasNumber(places: Places, range: Range): boolean {
  const { start: first, end: last } = stripped(places, range);
  const looked = { start: first, end: Math.min(last, first + tokensLooked) };
  return partsOf(places, looked).some(({ start, end }) => {
    const at = /^[-+]$/.test(places.tokens[start]?.text ?? '') ? start + 1 : start;
    const { kind, text = '' } = places.tokens[at] ?? {};
    // What is written in hexadecimal or binary digits is a text to MySQL.
    return at === end - 1 && kind === 'number' && !/^0[xb]/i.test(text);
  });
}

/** The one column that the query lists as it is. */
function listedBy({ tokens, words }: Places, query: number): Pick<Comparison, 'listed'> {
  const first = words[query + 1] === 'distinct' ? query + 2 : query + 1;
  if (words[query] !== 'select' || !isColumnAt(tokens, words, first)) return {};
  const [listed, next] = columnAt(tokens, first);
  return words[next] === 'from' ? { listed } : {};
}
