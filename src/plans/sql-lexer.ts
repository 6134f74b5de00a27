/**
 * A lexer for the SQL that people write and that PostgreSQL prints in plans. It never fails: whatever it cannot place is a
 * literal, so that what is unclear is redacted rather than shown. An unterminated string reaches to the end.
 */
export type TokenKind = 'space' | 'comment' | 'string' | 'number' | 'param' | 'word' | 'quoted' | 'operator' | 'punctuation';
export interface Token {
  kind: TokenKind;
  text: string;
  /** Offset in UTF-16 units. */
  at: number;
}

const word = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const number = /(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)/y;
const space = /\s+/y;
const param = /\$[0-9]+/y;
const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const operator = /[-+*/<>=~!@#%^&|`?]+/y;
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

function next(sql: string, at: number): [TokenKind, number] {
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.test(sql) ? pattern.lastIndex : 0;
  };
  let end = match(space);
  if (end) return ['space', end];
  if (sql.startsWith('--', at)) return ['comment', endOfLine(sql, at)];
  if (sql.startsWith('/*', at)) return ['comment', endOfComment(sql, at)];
  end = match(stringPrefix);
  if (end) return ['string', endOfString(sql, end, /[eE]/.test(sql[at] ?? ''))];
  end = match(quotedStart);
  if (end) return ['quoted', endOfQuoted(sql, end)];
  end = match(param);
  if (end) return ['param', end];
  end = match(dollarTag);
  if (end) return ['string', endOfDollar(sql, sql.slice(at, end), end)];
  end = match(number);
  if (end) return ['number', end];
  end = match(word);
  if (end) return ['word', end];
  end = match(operator);
  if (end) return ['operator', endOfOperator(sql, at, end)];
  return ['punctuation', sql.startsWith('::', at) ? at + 2 : at + 1];
}

const endOfLine = (sql: string, at: number) => {
  const end = sql.indexOf('\n', at);
  return end < 0 ? sql.length : end + 1;
};

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
      if (sql[at + 1] !== "'") return at + 1;
      at += 1;
    }
  }
  return sql.length;
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

/** An operator ends where a comment begins. */
function endOfOperator(sql: string, at: number, end: number): number {
  const text = sql.slice(at, end);
  const cut = [text.indexOf('--'), text.indexOf('/*')].filter((index) => index > 0);
  return cut.length ? at + Math.min(...cut) : end;
}

/** `"Order"` → `Order`; a plain word in lower case, as the server folds it. */
export function identifier(token: Token): string {
  return token.kind === 'quoted' ? token.text.slice(1, -1).replaceAll('""', '"') : token.text.toLowerCase();
}
