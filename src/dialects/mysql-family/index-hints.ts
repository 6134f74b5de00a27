import { tokenizeMysql } from './lexer.ts';

/**
 * Names of indexes that a statement has in a hint (MySQL, MariaDB), in lower case. It fails as soon
 * as one of them is hidden or gone, whatever else would serve it. Pure.
 */
export const hintedIndexes = (text: string): string[] =>
  [...text.matchAll(hint)].flatMap(([, names = '']) =>
    [...names.matchAll(name)].map(([each]) =>
      each
        .replace(/^`(.*)`$/s, '$1')
        .replaceAll('``', '`')
        .toLowerCase(),
    ),
  );

const hint =
  /\b(?:use|force|ignore)\s+(?:index|key)\s*(?:for\s+(?:join|order\s+by|group\s+by)\s*)?\(((?:`(?:``|[^`])*`|[^`)])*)\)/gi;
const name = /`(?:``|[^`])*`|[^\s,`]+/g;

/**
 * A digest ends without a word where it has no room for more: two bytes for each word, sign and
 * value, two more and its letters for each name. The one that had none is of as many as a name.
 */
export function mayBeCut(digest: string, mostBytes: number): boolean {
  const bytes = tokenizeMysql(digest)
    .filter(({ kind }) => kind !== 'space')
    .reduce((sum, { kind, text }) => sum + (kind === 'quoted' ? byteLength(text) + 2 : 2), 0);
  return bytes > mostBytes - longestName;
}
const byteLength = (text: string): number => new TextEncoder().encode(text).length;
/** Most are of one byte a letter; what the text does not tell of some words included. */
const longestName = 80;
