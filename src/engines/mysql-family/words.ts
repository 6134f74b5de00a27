import type { Token } from '../../dialects/token.ts';

/** A word without quotes, in whatever case it is written. */
export const isWord = (token: Token | undefined, ...words: string[]): boolean =>
  token?.kind === 'word' && words.includes(token.text.toLowerCase());
