import { type Token, tokenize } from './postgres/lexer.ts';

/**
 * Redaction: a text keeps its words, operators and parameters, and loses every literal and comment.
 * Numbers go too, except in the places where they are structure: `GROUP BY 1` is written with the
 * same digit everywhere, but a lone digit may be someone's age, so it goes as well.
 */
export const redactSql = (sql: string): string => redactTokens(tokenize(sql));

export function redactTokens(tokens: readonly Token[]): string {
  let out = '';
  let pending = '';
  for (const token of tokens) {
    switch (token.kind) {
      case 'space':
      case 'comment':
        pending = ' ';
        continue;
      case 'string':
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
 * A quoted identifier is a name, at most 63 bytes. What is longer is no name (MySQL's ANSI_QUOTES
 * text, a cut string).
 */
const redactQuoted = (token: Token) =>
  token.text.length > 65 || !token.text.endsWith('"') || token.text.length < 3 ? '?' : token.text;

/**
 * A line for a table: redacted text, with long select lists and IN lists shortened, cut at `width`.
 */
export function summarizeSql(redacted: string, width: number): string {
  const short = redacted
    .replace(/\s+/g, ' ')
    .replace(/\(\s*(\$\d+|\?)(?:::\w+)?(?:\s*,\s*(?:\$\d+|\?)(?:::\w+)?){2,}\s*\)/g, '($1, …)')
    .replace(
      /^(select\s+(?:distinct\s+)?)(?=.{24,}?\sfrom\s)(?:(?!\sfrom\s)[^()]){20,}?(\sfrom\s)/i,
      '$1…$2',
    );
  return short.length <= width ? short : `${short.slice(0, width - 2).trimEnd()} …`;
}
