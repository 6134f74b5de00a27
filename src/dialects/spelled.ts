import type { Token, TokenKind } from './token.ts';

/**
 * The spelling in which this project writes conditions of every server but PostgreSQL: names plain
 * or in double quotes, `?` for every literal, signs that touch are one operator. Its tokens are
 * what the hash sees, so that no change of a server's own lexer changes a hash.
 */
const pieces: readonly [TokenKind, RegExp][] = [
  ['space', /\s+/y],
  ['word', /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y],
  ['quoted', /"(?:[^"]+|"")*"?/y],
  ['number', /(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y],
  ['operator', /[-+*/<>=~!@#%^&|`?]+/y],
];

export function tokenizeSpelled(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const token = next(text, at);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function next(text: string, at: number): Token {
  for (const [kind, piece] of pieces) {
    piece.lastIndex = at;
    const found = piece.exec(text);
    if (found) return { kind, text: found[0], at };
  }
  return { kind: 'punctuation', text: text.charAt(at), at };
}
