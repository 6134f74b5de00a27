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
