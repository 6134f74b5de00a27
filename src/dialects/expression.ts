import { dictionary } from '../base/dictionary.ts';
import type { Token } from './token.ts';

/**
 * What the hash sees of a predicate. `((o.status = 'open'::text) AND (lower(o.email) = $1))` and
 * the same with another literal, a parameter, or the two sides swapped, give one text. Not a full
 * grammar: a tree of parentheses in which AND, OR and commutative operators sort their sides.
 */
const commutative = new Set(['=', '<>', '!=', '+', '*', '&', '|']);
/** `b > a` is written `a < b`. */
const mirrored = dictionary<string>({ '>': '<', '>=': '<=' });
const comparison = new Set([
  '=',
  '<>',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  '~~',
  '!~~',
  '~~*',
  '!~~*',
  '~',
  '~*',
  '@>',
  '<@',
  '&&',
]);

type Part = string | Part[];

/**
 * What is nested deeper, or compared oftener in a row, was not written by people; it is taken as it
 * stands.
 */
const levelLimit = 100;
const chainLimit = 16;

export function canonicalExpression(
  tokens: readonly Token[],
  column: (qualifier: string | undefined, name: string) => string = plainColumn,
): string {
  return canonical(nest(withoutSpace(tokens), column));
}

const plainColumn = (qualifier: string | undefined, name: string) =>
  qualifier ? `${qualifier}.${name}` : name;

/**
 * The columns an expression names, qualified where it says so; function names and types are not
 * among them.
 */
export function columnsOf(tokens: readonly Token[]): string[] {
  const columns = new Set<string>();
  nest(withoutSpace(tokens), (qualifier, name) => {
    columns.add(plainColumn(qualifier, name));
    return name;
  });
  return [...columns];
}

const withoutSpace = (tokens: readonly Token[]) =>
  tokens.filter(({ kind }) => kind !== 'space' && kind !== 'comment');

const keywords = new Set(
  (
    'and or not is null true false in any all some like ilike similar between symmetric case ' +
    'when then else end array row distinct from at time zone collate asc desc nulls first last ' +
    'using exists within group over partition by order filter where variadic interval unknown ' +
    'overlaps cast as current_date current_time current_timestamp localtime localtimestamp ' +
    'current_user session_user'
  ).split(' '),
);

function nest(
  tokens: Token[],
  column: (qualifier: string | undefined, name: string) => string,
): Part[] {
  const stack: Part[][] = [[]];
  const top = () => stack.at(-1) as Part[];
  for (let i = 0; i < tokens.length; i += 1) {
    const token = tokens[i] as Token;
    if ((token.text === '(' || token.text === '[') && stack.length <= levelLimit) {
      const group: Part[] = [];
      top().push(group);
      stack.push(group);
    } else if (token.text === ')' || token.text === ']') {
      if (stack.length > 1) stack.pop();
    } else if (token.text === '::') {
      i = endOfType(tokens, i + 1) - 1;
    } else if (token.kind === 'string' || token.kind === 'number' || token.kind === 'param') {
      top().push('?');
    } else if (token.kind === 'word' || token.kind === 'quoted') {
      const used = pushName(tokens, i, top(), column);
      i += used - 1;
    } else top().push(token.text);
  }
  return stack[0] as Part[];
}

/**
 * A (qualified) name: `a.b.c`, a function's when `(` follows, a keyword, else a column. Returns the
 * tokens consumed.
 */
function pushName(
  tokens: Token[],
  start: number,
  into: Part[],
  column: (qualifier: string | undefined, name: string) => string,
): number {
  const names = [nameOf(tokens[start] as Token)];
  let i = start + 1;
  while (
    tokens[i]?.text === '.' &&
    (tokens[i + 1]?.kind === 'word' || tokens[i + 1]?.kind === 'quoted')
  ) {
    names.push(nameOf(tokens[i + 1] as Token));
    i += 2;
  }
  const name = names.at(-1) as string;
  if (tokens[start]?.kind === 'word' && names.length === 1 && keywords.has(name))
    into.push(name.toUpperCase());
  else if (tokens[i]?.text === '(') into.push(`${name}()`);
  else into.push(column(names.at(-2), name));
  return i - start;
}

/** Words of which a type's name may have several. */
const typeWords = new Set(
  (
    'double precision character varying bit timestamp time with without zone ' +
    'interval year month day hour minute second to'
  ).split(' '),
);
const isTypeWord = (token: Token | undefined) => typeWords.has(token?.text.toLowerCase() ?? '');

/**
 * Skips a type after `::` — `timestamp without time zone`, `numeric(10,2)`, `character varying[]`.
 */
function endOfType(tokens: Token[], start: number): number {
  let i = start;
  if (tokens[i]?.kind === 'word' || tokens[i]?.kind === 'quoted') i += 1;
  while (tokens[i]?.text === '.') i += 2;
  for (;;) {
    const token = tokens[i];
    if (token?.kind === 'word' && isTypeWord(token) && isTypeWord(tokens[i - 1])) i += 1;
    else if (token?.text === '(' && tokens[i + 1]?.kind === 'number')
      while (i < tokens.length && tokens[i++]?.text !== ')');
    else if (token?.text === '[' && tokens[i + 1]?.text === ']') i += 2;
    else return i;
  }
}

function canonical(parts: Part[]): string {
  if (parts.length === 1)
    return typeof parts[0] === 'string' ? parts[0] : canonical(parts[0] as Part[]);
  for (const word of ['OR', 'AND']) {
    const sides = splitAt(parts, word);
    if (sides.length > 1) return `(${sides.map(canonical).sort().join(` ${word} `)})`;
  }
  const list = splitAt(parts, ',');
  if (list.length > 1) return collapse(list.map(canonical)).join(', ');
  const at = firstComparison(parts);
  if (at > 0)
    return binary(
      canonical(parts.slice(0, at)),
      parts[at] as string,
      canonical(parts.slice(at + 1)),
    );
  if (parts.length === 3 && typeof parts[1] === 'string' && commutative.has(parts[1]))
    return binary(canonical([parts[0] as Part]), parts[1], canonical([parts[2] as Part]));
  return parts
    .map((part) => (typeof part === 'string' ? part : `(${canonical(part)})`))
    .join(' ')
    .replaceAll('() (', '(');
}

/** −1 where there is none, or a chain of them. */
function firstComparison(parts: readonly Part[]): number {
  let [first, found] = [-1, 0];
  for (const [i, part] of parts.entries()) {
    if (typeof part !== 'string' || !comparison.has(part)) continue;
    if (first < 0) first = i;
    found += 1;
  }
  return found > chainLimit ? -1 : first;
}

/** `?, ?, ?` is one `?`: the length of a list of literals is not structure. */
const collapse = (items: string[]) =>
  items.filter((item, i) => item !== '?' || items[i - 1] !== '?');

function binary(left: string, operator: string, right: string): string {
  const mirror = mirrored[operator];
  if (mirror) return `${right} ${mirror} ${left}`;
  if (commutative.has(operator) && left > right) return `${right} ${operator} ${left}`;
  return `${left} ${operator} ${right}`;
}

function splitAt(parts: Part[], separator: string): Part[][] {
  const sides: Part[][] = [[]];
  for (const part of parts) {
    if (part === separator) sides.push([]);
    else (sides.at(-1) as Part[]).push(part);
  }
  return sides;
}

/** `"Order"` → `Order`; a plain word in lower case, whoever wrote it. */
function nameOf(token: Token): string {
  return token.kind === 'quoted'
    ? token.text.slice(1, -1).replaceAll('""', '"')
    : token.text.toLowerCase();
}
