import type { Token } from '../token.ts';
import { tokenize } from './lexer.ts';

/**
 * Redaction: a text keeps its words, operators and parameters, and loses every literal and comment.
 * Numbers go too, except in the places where they are structure: `GROUP BY 1` is written with the
 * same digit everywhere, but a lone digit may be someone's age, so it goes as well.
 */
export const redactSql = (sql: string): string => redactTokens(tokenize(sql));

export function redactTokens(tokens: readonly Token[]): string {
  let out = '';
  let pending = '';
  const values = settingValues(tokens);
  for (const token of tokens) {
    switch (values?.has(token) ? 'string' : token.kind) {
      case 'space':
      case 'comment':
        pending = ' ';
        continue;
      case 'string':
        out += `${pending}?`;
        if (mayEndBefore(token)) return out.trim();
        break;
      case 'number':
        out += `${pending}?`;
        break;
      case 'quoted':
        out += pending + redactQuoted(token);
        break;
      default:
        out += pending + token.text;
    }
    pending = '';
  }
  return out.trim();
}

/**
 * Where `standard_conforming_strings` is off, a backslash escapes the quote behind it in `'…'` too,
 * and a text does not say whether it was: what follows may be words, or the rest of a string.
 */
const mayEndBefore = ({ text }: Token) => !/^[eE$]/.test(text) && escapedQuote.test(text);
const escapedQuote = /(?<!\\)(?:\\\\)*\\'/;

/**
 * A quoted identifier is a name, at most 63 bytes. What is longer is no name (MySQL's ANSI_QUOTES
 * text, a cut string).
 */
const redactQuoted = (token: Token) =>
  token.text.length > 65 || !token.text.endsWith('"') || token.text.length < 3 ? '?' : token.text;

/**
 * `SET my.token TO word`, of a session, role, database or function: the value of a setting of
 * somebody's own needs no quotes. The server's own settings have words of its own.
 */
function settingValues(tokens: readonly Token[]): ReadonlySet<Token> | undefined {
  const first = tokens.find(({ kind }) => kind !== 'space' && kind !== 'comment');
  if (!first || !mayStand.test(first.text)) return undefined;
  const written = tokens.filter(({ kind }) => kind !== 'space' && kind !== 'comment');
  const word = (i: number) => written[i]?.text.toLowerCase() ?? '';
  const values = new Set<Token>();
  for (let i = 0; i < written.length; i += 1) {
    if (word(i) !== 'set') continue;
    let at = i + (/^(?:session|local)$/.test(word(i + 1)) && word(i + 2) !== '.' ? 2 : 1);
    if (word(at + 1) !== '.') continue;
    while (word(at + 1) === '.') at += 2;
    if (!/^(?:to|=)$/.test(word(at + 1))) continue;
    for (at += 2; at < written.length && word(at) !== ';'; at += 1)
      if (word(at) !== ',') values.add(written[at] as Token);
  }
  return values;
}
const mayStand = /^(?:set|alter|begin|start)$/i;
