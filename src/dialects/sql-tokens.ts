import type { Token, TokenKind } from './token.ts';

/**
 * Conditions as SQL Server and Oracle print them, in tokens. What is open at the end, a string or a
 * name that was cut, ends with the text: nothing of a literal is ever taken for a name.
 */
const pieces: readonly [TokenKind, RegExp][] = [
  ['space', /\s+/y],
  ['comment', /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  [
    'string',
    /[nN]?[qQ]'(?:\[[\s\S]*?\]'|\{[\s\S]*?\}'|\([\s\S]*?\)'|<[\s\S]*?>'|([^\s'])[\s\S]*?\1')/y,
  ],
  ['string', /[nN]?'(?:[^']|'')*(?:'|$)/y],
  ['quoted', /"(?:[^"]|"")*(?:"|$)|\[(?:[^\]]|\]\])*(?:\]|$)/y],
  ['number', /0[xX][0-9a-fA-F]*|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y],
  ['param', /@@?[\p{L}\p{N}_$#@]*|:[\p{L}\p{N}_$#]+/uy],
  ['word', /[\p{L}_#][\p{L}\p{N}_$#@]*/uy],
  ['operator', /[-+*/<>=~!%^&|]+/y],
];

export function sqlTokens(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    const token = tokenAt(text, at);
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function tokenAt(text: string, at: number): Token {
  for (const [kind, piece] of pieces) {
    piece.lastIndex = at;
    const found = piece.exec(text)?.[0];
    if (found) return { kind, text: found, at };
  }
  return { kind: 'punctuation', text: text.charAt(at), at };
}

/** `[a]]b]`, `"a""b"` and `a` → the name. */
export function nameOf({ kind, text }: Token): string {
  if (kind !== 'quoted') return text;
  return text.startsWith('[')
    ? text.slice(1, text.endsWith(']') ? -1 : undefined).replaceAll(']]', ']')
    : text.slice(1, text.endsWith('"') ? -1 : undefined).replaceAll('""', '"');
}
