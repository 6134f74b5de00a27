import { mysqlIdentifier } from '../../dialects/mysql-family/lexer.ts';
import type { Token } from '../../dialects/token.ts';
import { aggregateNames } from './shape/words.ts';
import { isWord } from './words.ts';

/**
 * A query within the query that gives one row is run while the statement is planned, to plan with
 * its row: one without GROUP BY that aggregates, one with LIMIT, and one that is compared with.
 * What can be merged into its query is not run: it stands behind FROM, JOIN or AS, and has none of
 * these. One pass: a text may hold thousands of queries, side by side or in each other.
 */
export function holdsOneRow(tokens: readonly Token[]): boolean {
  // Opened and not yet closed, the outermost first.
  const levels: Level[] = [outermost()];
  // What has closed more than was open.
  let excess = 0;
  for (const [i, token] of tokens.entries()) {
    const level = levels.at(-1) as Level;
    if (token.text === '(') {
      const within = isWord(tokens[i + 1], 'select', 'with', 'values', 'table');
      const merges = isWord(tokens[i + 1], 'select') && isSource(tokens[i - 1], level);
      if (within && !merges && !(levels.length - excess === 1 && isMember(tokens, i))) return true;
      levels.push({ ...outermost(), merges, around: level.merges || level.around });
    } else if (token.text === ')') {
      if (levels.length > 1) levels.pop();
      else {
        excess += 1;
        levels[0] = outermost();
      }
    } else {
      if ((level.merges || level.around) && keepsApart(tokens, i)) return true;
      note(level, token);
    }
  }
  return false;
}

interface Level {
  /** A query that would be merged; or something within one. */
  merges: boolean;
  around: boolean;
  /** Behind its SELECT; where it names what it reads. */
  selects: boolean;
  reads: boolean;
}
const outermost = (): Level => ({ merges: false, around: false, selects: false, reads: false });

/** Clauses in which a comma separates no tables. */
const elsewhere = ['where', 'on', 'having', 'by', 'limit', 'window', 'set', 'values'];

function note(level: Level, token: Token): void {
  if (isWord(token, 'from', 'join')) level.reads = true;
  else if (isWord(token, 'select')) Object.assign(level, { selects: true, reads: false });
  else if (isWord(token, ...elsewhere)) level.reads = false;
}

/**
 * Does it stand where a query names what it reads? A comma and FROM stand elsewhere too: `IN (1,
 * (SELECT …))`, `TRIM('x' FROM (SELECT …))`.
 */
const isSource = (before: Token | undefined, { selects, reads }: Level): boolean =>
  isWord(before, 'join', 'as') ||
  ((before?.text === ',' || isWord(before, 'from')) && selects && reads);

/**
 * `(SELECT …) UNION ALL (SELECT …)` at the top: members of a set operation stand beside each other,
 * none in the other.
 */
function isMember(tokens: readonly Token[], open: number): boolean {
  const before = isWord(tokens[open - 1], 'all', 'distinct') ? open - 2 : open - 1;
  return open === 0 || isWord(tokens[before], 'union', 'except', 'intersect');
}

/** Words of a query that is not merged into the one around it. */
const apart = new Set(
  'distinct,group,having,limit,union,except,intersect,window,over,rollup,no_merge,fetch'.split(','),
);
const keepsApart = (tokens: readonly Token[], at: number) =>
  apart.has((tokens[at] as Token).text.toLowerCase()) ||
  (tokens[at + 1]?.text === '(' &&
    aggregateNames.has(mysqlIdentifier(tokens[at] as Token).toLowerCase()));
