import type { Token, TokenKind } from '../token.ts';

/**
 * A lexer for MySQL's and MariaDB's SQL. Like its PostgreSQL sibling it never fails, and what is
 * unclear is a literal: unless it is told that the session had ANSI_QUOTES, a double-quoted text is
 * a string, since to hide a name is harmless, to show a string is not. What is sent is read under
 * the same flags by the server.
 */
export interface LexerFlags {
  /** "x" is a name. */
  ansiQuotes?: boolean;
  /** A backslash in a string is a character like any other. */
  noBackslashEscapes?: boolean;
  /** In a plan `#2` is the number of a SELECT, as in `(select #2)`, and begins no comment. */
  ofPlan?: boolean;
  /**
   * A blank may stand between the name of a built-in function and its parenthesis. Nothing is read
   * otherwise, but the server must be told.
   */
  ignoreSpace?: boolean;
}

const word = /[A-Za-z_$\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const number =
  /(?:0[xX][0-9a-fA-F]+|0[bB][01]+|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)/y;
/** A name may begin with digits, where it does not end with them. */
const nameOfDigits = /[0-9]+[A-Za-z_$\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const space = /\s+/y;
const variable = /@@?(?:[A-Za-z0-9_$.\u0080-\uffff]+|\?|(?=[`'"]))/y;
const operatorSigns = '-+*/<>=~!%^&|:';

export function tokenizeMysql(sql: string, flags: LexerFlags = {}): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    const [kind, end] =
      ofQualifiedName(sql, at, tokens.at(-1)) ??
      ofSelectNumber(sql, at, flags) ??
      next(sql, at, flags);
    tokens.push({ kind, text: sql.slice(at, end), at });
    at = end;
  }
  return tokens;
}

/** `t.2fa`: right behind a name a dot is no decimal point, and what stands behind it is a name. */
function ofQualifiedName(
  sql: string,
  at: number,
  before: Token | undefined,
): [TokenKind, number] | undefined {
  if (sql[at] === '.')
    return before?.kind === 'quoted' || before?.kind === 'word'
      ? ['punctuation', at + 1]
      : undefined;
  const name = before?.text === '.' && match(nameOfDigits, sql, at);
  return name ? ['word', name] : undefined;
}

const ofSelectNumber = (
  sql: string,
  at: number,
  { ofPlan }: LexerFlags,
): [TokenKind, number] | undefined =>
  ofPlan && sql[at] === '#' && /\d/.test(sql[at + 1] ?? '') ? ['punctuation', at + 1] : undefined;

function next(sql: string, at: number, flags: LexerFlags): [TokenKind, number] {
  const first = sql[at] as string;
  switch (first) {
    case '"':
      if (flags.ansiQuotes) return ['quoted', endOfName(sql, at)];
      return ['string', endOfString(sql, at, flags)];
    case "'":
      return ['string', endOfString(sql, at, flags)];
    case '`':
      return ['quoted', endOfName(sql, at)];
    case '?':
      return ['param', at + 1];
    case '#':
      return ['comment', endOfLine(sql, at)];
    case '@': {
      const end = match(variable, sql, at);
      return end ? ['word', end] : ['punctuation', at + 1];
    }
    case '-':
      if (isDashComment(sql, at)) return ['comment', endOfLine(sql, at)];
      break;
    case '/':
      if (sql[at + 1] === '*') return ['comment', endOfComment(sql, at)];
      break;
    case 'x':
    case 'X':
    case 'b':
    case 'B':
    case 'n':
    case 'N':
      if (sql[at + 1] === "'") return ['string', endOfString(sql, at + 1, flags)];
      break;
  }
  const blank = match(space, sql, at);
  if (blank) return ['space', blank];
  const digits = match(number, sql, at);
  if (digits) return ofName(sql, at, digits);
  const name = match(word, sql, at);
  if (name) return ['word', name];
  const symbols = endOfOperator(sql, at);
  return symbols > at ? ['operator', symbols] : ['punctuation', at + 1];
}

/** `5` is a number, `2fa` is a name; in `1e5x` the number has ended before the name begins. */
function ofName(sql: string, at: number, digits: number): [TokenKind, number] {
  const name = match(nameOfDigits, sql, at);
  return name > digits && !/^[0-9]+[eE]/.test(sql.slice(at, digits))
    ? ['word', name]
    : ['number', digits];
}

/** The end of the match at `at`, or 0. */
function match(pattern: RegExp, sql: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(sql) ? pattern.lastIndex : 0;
}

function endOfString(sql: string, start: number, { noBackslashEscapes }: LexerFlags): number {
  const quote = sql[start];
  for (let at = start + 1; at < sql.length; at += 1) {
    if (sql[at] === '\\' && !noBackslashEscapes) at += 1;
    else if (sql[at] === quote) {
      if (sql[at + 1] !== quote) return at + 1;
      at += 1;
    }
  }
  return sql.length;
}

/**
 * A string, a quoted name or a block comment that reaches the end of the text without its own end:
 * the text was cut.
 */
export function isCut({ kind, text }: Token, flags: LexerFlags = {}): boolean {
  if (kind === 'comment') return text.startsWith('/*') && (text.length < 4 || !text.endsWith('*/'));
  if (kind === 'quoted') return endOfName(`${text} `, 0) > text.length;
  if (kind !== 'string') return false;
  const start = text.search(/['"]/);
  return endOfString(`${text} `, start, flags) > text.length;
}

function endOfName(sql: string, start: number): number {
  const quote = sql[start];
  for (let at = start + 1; at < sql.length; at += 1) {
    if (sql[at] !== quote) continue;
    if (sql[at + 1] !== quote) return at + 1;
    at += 1;
  }
  return sql.length;
}

const endOfLine = (sql: string, at: number) => {
  const end = sql.indexOf('\n', at);
  return end < 0 ? sql.length : end + 1;
};

/** MySQL's comments do not nest. */
const endOfComment = (sql: string, at: number) => {
  const end = sql.indexOf('*/', at + 2);
  return end < 0 ? sql.length : end + 2;
};

/**
 * An operator ends where a comment begins. Reads no further: the rest of a long run of signs is
 * read by whoever comes next.
 */
function endOfOperator(sql: string, at: number): number {
  let end = at;
  while (end < sql.length && operatorSigns.includes(sql[end] as string)) {
    if (end > at && (sql.startsWith('/*', end) || isDashComment(sql, end))) return end;
    end += 1;
  }
  return end;
}

/**
 * Two dashes and a blank or a control character; without that they are two minus signs. Blanks
 * beyond ASCII are letters to the servers.
 */
const isDashComment = (sql: string, at: number) =>
  sql.startsWith('--', at) && (at + 2 >= sql.length || endsDashes(sql.charCodeAt(at + 2)));
const endsDashes = (code: number) => code <= 32 || code === 127;

/**
 * `` `my``col` `` → my`col; a plain word as it is: names of columns are compared without case by
 * the server, tables as the file system does.
 */
export function mysqlIdentifier({ kind, text }: Token): string {
  if (kind !== 'quoted') return text;
  const quote = text[0] as string;
  return text
    .slice(1, text.endsWith(quote) && text.length > 1 ? -1 : undefined)
    .replaceAll(quote + quote, quote);
}
