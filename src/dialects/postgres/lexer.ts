import type { Token, TokenKind } from '../token.ts';

/**
 * A lexer for the SQL that people write and that PostgreSQL prints in plans. It never fails:
 * whatever it cannot place is a literal, so that what is unclear is redacted rather than shown. An
 * unterminated string reaches to the end.
 */
const word = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const decimal = String.raw`(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?`;
const number = new RegExp(String.raw`0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|${decimal}`, 'y');
const space = /\s+/y;
const param = /\$[0-9]+/y;
const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const operatorSigns = '-+*/<>=~!@#%^&|`?';
const stringPrefix = /(?:[eEbBxXnN]|[uU]&)?'/y;
const quotedStart = /(?:[uU]&)?"/y;

export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    const [kind, end] = next(sql, at);
    tokens.push({ kind, text: sql.slice(at, end), at });
    at = end;
  }
  return tokens;
}

/** Dispatches on the first character; a pattern is tried only where it can match. */
function next(sql: string, at: number): [TokenKind, number] {
  const code = sql.charCodeAt(at);
  if (code === 32 || (code >= 9 && code <= 13)) return ['space', sticky(space, sql, at)];
  if (isLetter(code)) {
    if (mayQuote(code) && (sql.charCodeAt(at + 1) === quote || sql[at + 1] === '&')) {
      const string = sticky(stringPrefix, sql, at);
      if (string) return ['string', endOfString(sql, string, code === 69 || code === 101)];
      const quoted = sticky(quotedStart, sql, at);
      if (quoted) return ['quoted', endOfQuoted(sql, quoted)];
    }
    return ['word', sticky(word, sql, at)];
  }
  if (isDigit(code) || (code === dot && isDigit(sql.charCodeAt(at + 1))))
    return ['number', sticky(number, sql, at)];
  switch (sql[at]) {
    case "'":
      return ['string', endOfString(sql, at + 1, false)];
    case '"':
      return ['quoted', endOfQuoted(sql, at + 1)];
    case '$':
      return dollar(sql, at);
    case ':':
      return ['punctuation', sql[at + 1] === ':' ? at + 2 : at + 1];
    case '-':
      if (sql[at + 1] === '-') return ['comment', endOfLine(sql, at)];
      break;
    case '/':
      if (sql[at + 1] === '*') return ['comment', endOfComment(sql, at)];
      break;
  }
  const end = endOfOperator(sql, at);
  if (end > at) return ['operator', end];
  const blank = sticky(space, sql, at); // white space beyond ASCII
  return blank ? ['space', blank] : ['punctuation', at + 1];
}

function dollar(sql: string, at: number): [TokenKind, number] {
  const parameter = sticky(param, sql, at);
  if (parameter) return ['param', parameter];
  const tag = sticky(dollarTag, sql, at);
  return tag ? ['string', endOfDollar(sql, sql.slice(at, tag), tag)] : ['punctuation', at + 1];
}

/** The end of the match at `at`, or 0. */
function sticky(pattern: RegExp, sql: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(sql) ? pattern.lastIndex : 0;
}

const quote = 39;
const dot = 46;
const isDigit = (code: number) => code >= 48 && code <= 57;
const isLetter = (code: number) =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  code === 95 ||
  (code >= 128 && code !== 160 && code !== 0x2028 && code !== 0x2029 && code !== 0xfeff);
/** E, B, X, N, U before a quote. */
const mayQuote = (code: number) => 'eEbBxXnNuU'.includes(String.fromCharCode(code));

const endOfLine = (sql: string, at: number) => {
  newLine.lastIndex = at;
  return newLine.test(sql) ? newLine.lastIndex : sql.length;
};
const newLine = /[\n\r]/g;

/** PostgreSQL's comments nest. */
function endOfComment(sql: string, start: number): number {
  let depth = 0;
  for (let at = start; at < sql.length; at += 1) {
    if (sql.startsWith('/*', at)) {
      depth += 1;
      at += 1;
    } else if (sql.startsWith('*/', at)) {
      depth -= 1;
      at += 1;
      if (depth === 0) return at + 1;
    }
  }
  return sql.length;
}

function endOfString(sql: string, start: number, escapes: boolean): number {
  for (let at = start; at < sql.length; at += 1) {
    if (escapes && sql[at] === '\\') at += 1;
    else if (sql[at] === "'") {
      if (sql[at + 1] === "'") at += 1;
      else {
        const more = escapes ? goesOn(sql, at + 1) : 0;
        if (more === 0) return at + 1;
        at = more - 1;
      }
    }
  }
  return sql.length;
}

/** Where an E'…' goes on in another line, escapes and all: behind the quote there; or 0. */
function goesOn(sql: string, from: number): number {
  let below = false;
  for (let at = from; at < sql.length; ) {
    const code = sql.charCodeAt(at);
    if (code === quote) return below ? at + 1 : 0;
    if (sql.startsWith('--', at)) {
      at = endOfLine(sql, at);
      below = true;
    } else {
      if (code !== 32 && (code < 9 || code > 13)) return 0;
      below ||= code === 10 || code === 13;
      at += 1;
    }
  }
  return 0;
}

function endOfQuoted(sql: string, start: number): number {
  for (let at = start; at < sql.length; at += 1) {
    if (sql[at] === '"') {
      if (sql[at + 1] !== '"') return at + 1;
      at += 1;
    }
  }
  return sql.length;
}

function endOfDollar(sql: string, tag: string, start: number): number {
  const end = sql.indexOf(tag, start);
  return end < 0 ? sql.length : end + tag.length;
}

/**
 * An operator ends where a comment begins. Reads no further: the rest of a long run of signs is
 * read by whoever comes next.
 */
function endOfOperator(sql: string, at: number): number {
  let end = at;
  while (end < sql.length && operatorSigns.includes(sql[end] as string)) {
    if (end > at && (sql.startsWith('--', end) || sql.startsWith('/*', end))) return end;
    end += 1;
  }
  return end;
}
