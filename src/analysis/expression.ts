/**
 * The conditions that plans print, as trees. PostgreSQL sets every operation in parentheses,
 * MariaDB sets none, MySQL something between: `((a.x = ?) AND (lower((a.y)::text) = $1))`, `a.x + ?
 * = ? and a.y like ?`. Not a full grammar: what is not known is `other` with all that stands in it,
 * so that no column is lost, and nothing is thrown.
 */
export type Expression = { text: string } & (
  | { kind: 'column'; name: string; qualifier?: string }
  | { kind: 'value' | 'subplan' }
  | { kind: 'call'; name: string; of: Expression[] }
  | { kind: 'cast'; type: string; of: Expression[] }
  /** `=`, `~~`, `like`, `in`, `between`, `is null`, `+`; a negated one begins with `not `. */
  | { kind: 'operation'; operator: string; of: Expression[] }
  | { kind: 'and' | 'or' | 'not' | 'list' | 'any' | 'case' | 'other'; of: Expression[] }
);

type Kind<K extends Expression['kind']> = Extract<Expression, { kind: K }>;
export type Column = Kind<'column'>;

export function readExpression(text: string): Expression {
  if (text.length > longest || nesting(text) > deepest) return { kind: 'other', text: '…', of: [] };
  const reader = { text, tokens: tokensOf(text), at: 0 };
  const read = [disjunction(reader)];
  while (reader.at < reader.tokens.length) {
    const before = reader.at;
    read.push(disjunction(reader));
    if (reader.at === before) reader.at += 1;
  }
  const [only] = read;
  return only && read.length === 1 ? only : { kind: 'other', text, of: read };
}

/** What is longer or nested deeper was not written by people; nobody would read advice on it. */
const longest = 20_000;
const deepest = 60;
function nesting(text: string): number {
  let [depth, most] = [0, 0];
  for (const sign of text) {
    depth += sign === '(' || sign === '[' ? 1 : sign === ')' || sign === ']' ? -1 : 0;
    most = Math.max(most, depth);
  }
  return most;
}

/** Every part, the whole first. */
export const partsOf = (whole: Expression): Expression[] => [
  whole,
  ...('of' in whole ? whole.of.flatMap(partsOf) : []),
];

/**
 * One text for what is the same but for parentheses, qualifiers, values, and casts of a text to
 * text: an index's expression and the statement's are compared by it.
 */
export function canonical(whole: Expression): string {
  switch (whole.kind) {
    case 'column':
      return whole.name;
    case 'value':
    case 'subplan':
      return '?';
    case 'cast':
      return isTextType(whole.type)
        ? whole.of.map(canonical).join()
        : `${whole.of.map(canonical).join()}::${whole.type}`;
    case 'operation':
      return (
        `(${whole.of.map(canonical).join(` ${whole.operator} `)} ` +
        `${whole.of.length === 1 ? whole.operator : ''})`
      );
    case 'call':
      return `${whole.name}(${whole.of.map(canonical).join()})`;
    default:
      return `${whole.kind}(${whole.of.map(canonical).join()})`;
  }
}
export const isTextType = (type: string): boolean =>
  /^(?:text|bpchar|varchar|character varying|char|character|citext|name)$/.test(type);

export const columnsIn = (whole: Expression): Column[] =>
  partsOf(whole).filter((each) => each.kind === 'column');

/** What all has to hold. */
export const conjuncts = (whole: Expression): Expression[] => {
  const inner = withoutGuard(whole);
  return inner.kind === 'and' ? inner.of.flatMap(conjuncts) : [inner];
};

/** MySQL and MariaDB ask of an outer join's row first whether there is one. */
function withoutGuard(whole: Expression): Expression {
  if (whole.kind !== 'call') return whole;
  const [first, second, ...more] = whole.of;
  if (whole.name === 'trigcond' && first && !second) return withoutGuard(first);
  const asks = first?.kind === 'call' && /^(?:found_match|is_not_null_compl)$/.test(first.name);
  return whole.name === 'if' && asks && second && more.length === 1 ? withoutGuard(second) : whole;
}

interface Token {
  text: string;
  /** In lower case, where it is a word that is not quoted. */
  word?: string;
  kind: 'name' | 'value' | 'sign';
  at: number;
}
interface Reader {
  text: string;
  tokens: Token[];
  at: number;
}

const lexeme =
  /"(?:[^"]|"")*"|'(?:[^']|'')*'|\$\d+|\d[\w.]*|[\p{L}_][\p{L}\p{N}_$]*|::|\?|[-+*/%^&|<>=~!@#`]+|\S/gu;

const tokensOf = (text: string): Token[] =>
  [...text.matchAll(lexeme)].map(({ 0: found, index: at }) => {
    if (/^[\p{L}_]/u.test(found))
      return { text: found, word: found.toLowerCase(), kind: 'name', at };
    if (found.startsWith('"')) return { text: found, kind: 'name', at };
    return { text: found, kind: /^['$\d]/.test(found) ? 'value' : 'sign', at };
  });

const peek = ({ tokens, at }: Reader, ahead = 0): Token | undefined => tokens[at + ahead];
const isNext = (reader: Reader, text: string, ahead = 0): boolean => {
  const token = peek(reader, ahead);
  return token !== undefined && (token.word ?? token.text) === text;
};
function take(reader: Reader, text: string): boolean {
  if (!isNext(reader, text)) return false;
  reader.at += 1;
  return true;
}
const since = (reader: Reader, start: number): string => {
  const from = reader.tokens[start]?.at ?? 0;
  const last = reader.tokens[reader.at - 1];
  return last ? reader.text.slice(from, last.at + last.text.length) : '';
};

function series(
  reader: Reader,
  words: readonly string[],
  kind: 'and' | 'or',
  part: (reader: Reader) => Expression,
): Expression {
  const start = reader.at;
  const of = [part(reader)];
  while (words.some((word) => take(reader, word))) of.push(part(reader));
  const [only] = of;
  return only && of.length === 1 ? only : { kind, text: since(reader, start), of };
}
const disjunction = (reader: Reader): Expression =>
  series(reader, ['or', 'xor'], 'or', conjunction);
const conjunction = (reader: Reader): Expression => series(reader, ['and'], 'and', negation);

function negation(reader: Reader): Expression {
  const start = reader.at;
  if (!take(reader, 'not') && !take(reader, '!')) return binary(reader, 0);
  const of = [negation(reader)];
  return { kind: 'not', text: since(reader, start), of };
}

/** What binds closer comes later; operators that are not listed (`~~`, `@>`, `->>`) are between. */
const levels = new Map([
  ...['=', '<>', '!=', '<', '<=', '>', '>=', '<=>'].map((each) => [each, 1] as const),
  ...['+', '-'].map((each) => [each, 3] as const),
  ...['*', '/', '%', 'div', 'mod'].map((each) => [each, 4] as const),
  ['^', 5] as const,
]);
const otherLevel = 2;
const comparisons = new Set(
  'like ilike rlike regexp in between is member similar sounds'.split(' '),
);

function binary(reader: Reader, least: number): Expression {
  const start = reader.at;
  let left = primary(reader);
  for (;;) {
    const tail = least <= 1 ? worded(reader, left, start) : undefined;
    const sign = tail ? undefined : operatorAt(reader);
    if (tail) left = tail;
    else if (sign && sign.level >= least) {
      reader.at += sign.tokens;
      const of = [left, binary(reader, sign.level + 1)];
      left = { kind: 'operation', operator: sign.text, text: since(reader, start), of };
    } else return left;
  }
}

function operatorAt(reader: Reader): { text: string; level: number; tokens: number } | undefined {
  const token = peek(reader);
  if (!token) return undefined;
  const text = token.word ?? token.text;
  // jsonb has `?`, `?|` and `?&`; a value cannot stand behind a value.
  if (text === '?') {
    const more = peek(reader, 1);
    const wide = more && /^[|&]$/.test(more.text) && more.at === token.at + 1;
    return { text: wide ? `?${more.text}` : '?', level: otherLevel, tokens: wide ? 2 : 1 };
  }
  const level = levels.get(text) ?? (/^[-+*/%^&|<>=~!@#]+$/.test(text) ? otherLevel : undefined);
  return level === undefined ? undefined : { text, level, tokens: 1 };
}

/** `like ?`, `not in (…)`, `between ? and ?`, `is not null`. */
function worded(reader: Reader, left: Expression, start: number): Expression | undefined {
  const negated = isNext(reader, 'not') ? 1 : 0;
  const word = peek(reader, negated)?.word;
  if (word === undefined || !comparisons.has(word)) return undefined;
  reader.at += negated + 1;
  if (word === 'is') return isWhat(reader, left, start);
  for (const noise of ['of', 'to', 'symmetric']) take(reader, noise);
  const of = [left, binary(reader, otherLevel)];
  if (word === 'between' && take(reader, 'and')) of.push(binary(reader, otherLevel));
  if (take(reader, 'escape')) primary(reader);
  const operator = negated ? `not ${word}` : word;
  return { kind: 'operation', operator, text: since(reader, start), of };
}

function isWhat(reader: Reader, left: Expression, start: number): Expression {
  const not = take(reader, 'not') ? 'not ' : '';
  if (take(reader, 'distinct')) {
    take(reader, 'from');
    const of = [left, binary(reader, otherLevel)];
    const operator = not ? '<=>' : 'is distinct from';
    return { kind: 'operation', operator, text: since(reader, start), of };
  }
  const what = peek(reader)?.word ?? '';
  reader.at += 1;
  return {
    kind: 'operation',
    operator: `${not}is ${what}`,
    text: since(reader, start),
    of: [left],
  };
}

function primary(reader: Reader): Expression {
  const start = reader.at;
  let read = operand(reader, start);
  for (;;) {
    if (take(reader, '::')) {
      const type = readType(reader);
      read = { kind: 'cast', type, text: since(reader, start), of: [read] };
    } else if (take(reader, 'collate')) reader.at += 1;
    else if (isNext(reader, 'at') && isNext(reader, 'time', 1)) {
      reader.at += 3;
      const of = [read, primary(reader)];
      read = { kind: 'call', name: 'timezone', text: since(reader, start), of };
    } else if (isNext(reader, '[')) {
      const of = [read, ...bracketed(reader, '[', ']')];
      read = { kind: 'other', text: since(reader, start), of };
    } else if (isNext(reader, '.') && read.kind !== 'column') reader.at += 2;
    else return read;
  }
}

const constants = new Set(
  (
    'null true false unknown current_date current_time current_timestamp localtime ' +
    'localtimestamp ' +
    'current_user session_user user default'
  ).split(' '),
);
const typedLiterals = new Set('date time timestamp datetime interval binary'.split(' '));

function operand(reader: Reader, start: number): Expression {
  const token = peek(reader);
  const text = token?.text ?? '';
  const value = (): Expression => ({ kind: 'value', text: since(reader, start) });
  if (token === undefined) return { kind: 'other', text, of: [] };
  if (text === '(') return grouped(reader, start);
  reader.at += 1;
  if (token.kind === 'value' || text === '?') return value();
  if (text === '-' || text === '+') return signed(reader, text, start);
  if (token.kind === 'sign') return { kind: 'other', text, of: [] };
  const { word } = token;
  if (word === undefined || isNext(reader, '.')) return named(reader, start);
  if (isNext(reader, '(')) return call(reader, word, start);
  if (constants.has(word)) return value();
  if (word === 'case') return caseOf(reader, start);
  if (word === 'array' || word === 'row')
    return { kind: 'list', of: bracketed(reader, '[', ']'), text: since(reader, start) };
  if (/^(?:sub|init)plan$/.test(word) || word === 'hashed' || word === 'alternatives') {
    while (peek(reader) && !isNext(reader, ')')) reader.at += 1;
    return { kind: 'subplan', text: since(reader, start) };
  }
  // `DATE ?`, `interval ? day`: a value with words around it.
  if (typedLiterals.has(word) && (isNext(reader, '?') || peek(reader)?.kind === 'value')) {
    reader.at += 1;
    if (word === 'interval' && units.test(peek(reader)?.word ?? '')) reader.at += 1;
    return value();
  }
  return named(reader, start);
}
/** Of a value it is its own sign. */
function signed(reader: Reader, operator: string, start: number): Expression {
  const read = primary(reader);
  return read.kind === 'value' || operator === '+'
    ? read
    : { kind: 'operation', operator, text: since(reader, start), of: [read] };
}
const units = /^(?:micro)?(?:second|minute|hour|day|week|month|quarter|year)/;

const nameOf = ({ text, word }: Token): string =>
  word === undefined ? text.slice(1, -1).replaceAll('""', '"') : text;

function named(reader: Reader, start: number): Expression {
  while (take(reader, '.')) reader.at += 1;
  if (isNext(reader, '(')) return call(reader, peek(reader, -1)?.text ?? '', start);
  const names = reader.tokens.slice(start, reader.at).filter(({ kind }) => kind === 'name');
  const [qualifier, name = ''] = [names.at(-2), nameOf(names.at(-1) ?? noToken)];
  const text = since(reader, start);
  return qualifier
    ? { kind: 'column', name, qualifier: nameOf(qualifier), text }
    : { kind: 'column', name, text };
}
const noToken: Token = { text: '""', kind: 'name', at: 0 };

function grouped(reader: Reader, start: number): Expression {
  const of = bracketed(reader, '(', ')');
  const [only] = of;
  return only && of.length === 1 ? only : { kind: 'list', text: since(reader, start), of };
}

/** `a, b`; what cannot be read is stepped over. */
function bracketed(reader: Reader, opening: string, closing: string): Expression[] {
  const of: Expression[] = [];
  if (!take(reader, opening)) return of;
  while (reader.at < reader.tokens.length && !take(reader, closing)) {
    const before = reader.at;
    if (take(reader, 'returning')) readType(reader);
    else if (!take(reader, ',')) of.push(disjunction(reader));
    if (reader.at === before) reader.at += 1;
  }
  return of;
}

function call(reader: Reader, written: string, start: number): Expression {
  const name = written.toLowerCase();
  if (name === 'cast' || name === 'convert') return castCall(reader, start);
  if (name === 'extract' && isNext(reader, 'from', 2)) {
    reader.at += 3;
    const of = [disjunction(reader)];
    take(reader, ')');
    return { kind: 'call', name, text: since(reader, start), of };
  }
  const of = bracketed(reader, '(', ')');
  const text = since(reader, start);
  if (name === 'any' || name === 'all' || name === 'some') return { kind: 'any', text, of };
  if (name === 'row' || name === 'array') return { kind: 'list', text, of };
  if (name === 'not') return { kind: 'not', text, of };
  return { kind: 'call', name, text, of };
}

/** `cast(x as date)`, `convert(x using utf8mb4)`, `convert(x, char)`. */
function castCall(reader: Reader, start: number): Expression {
  take(reader, '(');
  const of = [disjunction(reader)];
  reader.at += 1;
  const type = peek(reader)?.word ?? '';
  for (let depth = 1; depth > 0 && reader.at < reader.tokens.length; reader.at += 1)
    depth += isNext(reader, '(') ? 1 : isNext(reader, ')') ? -1 : 0;
  return { kind: 'cast', type, text: since(reader, start), of };
}

function caseOf(reader: Reader, start: number): Expression {
  const of: Expression[] = [];
  while (reader.at < reader.tokens.length && !take(reader, 'end')) {
    const before = reader.at;
    if (!['when', 'then', 'else'].some((word) => take(reader, word))) of.push(disjunction(reader));
    if (reader.at === before) reader.at += 1;
  }
  return { kind: 'case', text: since(reader, start), of };
}

const typeWords = new Set(
  'precision varying with without time zone year month day hour minute second to'.split(' '),
);

/** `timestamp without time zone`, `numeric(10,2)`, `"char"`, `public.mood`, `text[]`. */
function readType(reader: Reader): string {
  const start = reader.at;
  reader.at += 1;
  while (take(reader, '.')) reader.at += 1;
  while (typeWords.has(peek(reader)?.word ?? '')) reader.at += 1;
  const type = since(reader, start);
  if (isNext(reader, '(')) {
    bracketed(reader, '(', ')');
    while (typeWords.has(peek(reader)?.word ?? '')) reader.at += 1;
  }
  while (isNext(reader, '[') && isNext(reader, ']', 1)) reader.at += 2;
  return type.toLowerCase();
}
