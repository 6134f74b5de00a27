/**
 * PostgreSQL's scanner takes a run of operator signs as a whole, finds that a comment begins in it,
 * and goes back: 32,000 nested comments keep it busy for ten seconds, in which nothing else happens
 * here. What that costs is counted before it is asked; the count itself takes time in proportion to
 * the text.
 */
const signs = new Set('~!@#^&|`?+-*/%<>='.split(''));

/**
 * Some 30 ms. Texts of people stay below a hundredth of it: a comment with a line of stars counts
 * its length.
 */
export const scanLimit = 1_000_000;

/** Signs that the scanner reads, those that it reads again counted again. */
export function scanCost(text: string): number {
  let cost = 0;
  let [from, begins] = [0, 0];
  for (let at = 0; at <= text.length; at += 1) {
    const sign = at < text.length && signs.has(text[at] as string);
    if (sign && text[at] === '/' && text[at + 1] === '*') begins += 1;
    if (sign) continue;
    cost += begins * (at - from);
    [from, begins] = [at + 1, 0];
  }
  return cost;
}
