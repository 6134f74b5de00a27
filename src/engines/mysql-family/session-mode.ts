import { isCut, type LexerFlags, mysqlIdentifier, tokenizeMysql } from '../../plans/mysql-lexer.ts';
import type { Token } from '../../plans/sql-lexer.ts';

/**
 * A text means what the session that ran it said: under ANSI_QUOTES "x" is a name, under NO_BACKSLASH_ESCAPES a backslash ends no
 * escape. Of that session nothing is left but the server's digest text, which tells names from literals. So both are compared,
 * word by word, and the text is read, and planned, as its own session read it.
 */
export type ModeVerdict = { kind: 'known'; flags: LexerFlags } | { kind: 'cut' } | { kind: 'unclear' };

/** `serverMode`: the server's own sql_mode, which decides where both ways give the same words. Costs a pass over both texts for each way. */
export function readSessionMode(text: string, digestText: string, serverMode: string): ModeVerdict {
  const digest = countWords(tokenizeMysql(digestText), true);
  const read = new Set<string>();
  const ways = waysToRead(text, serverMode).flatMap((flags) => {
    const tokens = tokenizeMysql(text, flags);
    if (tokens.some((token) => isCut(token, flags) || isNoName(token))) return [];
    // Read alike (`'say "x"'`): nothing is to be decided.
    const reading = tokens.map(({ kind, text: part }) => `${kind} ${part}`).join('\n');
    if (read.has(reading)) return [];
    read.add(reading);
    const words = countWords(tokens, false);
    return [{ flags, missing: missingIn(words, digest), distance: distanceOf(words, digest) }];
  });
  const [best, ...others] = ways.toSorted((a, b) => a.distance - b.distance);
  if (!best) return { kind: 'cut' };
  if (isShortened(digestText)) return others.length ? { kind: 'unclear' } : { kind: 'known', flags: best.flags };
  if (best.missing) return { kind: 'cut' };
  const tied = others.some(({ flags, distance }) => distance === best.distance && flags.ansiQuotes !== best.flags.ansiQuotes);
  return tied ? { kind: 'unclear' } : { kind: 'known', flags: best.flags };
}

/** `(...)` and `?, ...` are lists: `IN (1, 2)`, `LIMIT 5, 10`, `ORDER BY 1, 2`. */
const isShortened = (digestText: string) => /(?<!\(\s{0,4}|\?, )\.\.\.\s{0,4}$/.test(digestText);

/** The server's own way first. */
function waysToRead(text: string, serverMode: string): LexerFlags[] {
  const modes = serverMode.split(',');
  const both = (character: string, mode: string) => {
    const own = modes.includes(mode);
    return text.includes(character) ? [own, !own] : [own];
  };
  return both('\\', 'NO_BACKSLASH_ESCAPES').flatMap((noBackslashEscapes) =>
    both('"', 'ANSI_QUOTES').map((ansiQuotes) => ({ ansiQuotes, noBackslashEscapes })),
  );
}

const longestName = 64;
const isNoName = (token: Token) =>
  token.kind === 'quoted' && token.text.startsWith('"') && !between(mysqlIdentifier(token).length, 1, longestName);
const between = (value: number, least: number, most: number) => value >= least && value <= most;

/** Names and keywords, without case; of a digest's, which names it put in quotes is kept as `\0name` → count as well. */
function countWords(tokens: readonly Token[], markQuoted: boolean): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (word: string) => counts.set(word, (counts.get(word) ?? 0) + 1);
  for (const token of tokens) {
    if (token.kind !== 'quoted' && (token.kind !== 'word' || token.text.startsWith('@'))) continue;
    const word = mysqlIdentifier(token).toLowerCase();
    if (token.kind === 'word' && literals.has(word)) continue;
    add(word);
    if (markQuoted && token.kind === 'quoted') add(`\0${word}`);
  }
  return counts;
}

/** Words that a digest may show as `?`. */
const literals = new Set(['null', 'true', 'false']);

/** Is there a name in the digest that the text does not have? Then the text is not all of the statement. */
function missingIn(words: ReadonlyMap<string, number>, digest: ReadonlyMap<string, number>): boolean {
  for (const [word, count] of digest) if (word.startsWith('\0') && (words.get(word.slice(1)) ?? 0) < count) return true;
  return false;
}

/** How many words one has more often than the other. Keywords with two spellings (NOW, CURRENT_TIMESTAMP) add the same to every way to read. */
function distanceOf(words: ReadonlyMap<string, number>, digest: ReadonlyMap<string, number>): number {
  let distance = 0;
  for (const [word, count] of words) distance += Math.abs(count - (digest.get(word) ?? 0));
  for (const [word, count] of digest) if (!word.startsWith('\0') && !words.has(word)) distance += count;
  return distance;
}

/** Modes that only refuse what production was allowed to do, or that are decided statement by statement. */
const leftOut = new Set(
  (
    'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,TRADITIONAL,' +
    'NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION,ANSI,ANSI_QUOTES,NO_BACKSLASH_ESCAPES'
  ).split(','),
);

/** The sql_mode under which a text is planned: the server's own, without what only refuses, as its session read quotes and backslashes. */
export function plannedMode(serverMode: string, flags: LexerFlags): string {
  const kept = serverMode.split(',').filter((mode) => /^[A-Z_0-9]+$/.test(mode) && !leftOut.has(mode));
  return [...kept, ...(flags.ansiQuotes ? ['ANSI_QUOTES'] : []), ...(flags.noBackslashEscapes ? ['NO_BACKSLASH_ESCAPES'] : [])].join(',');
}

/** `||` is OR or a concatenation, `@v` holds what its session put there: neither text nor digest tells. */
export const dependsOnSession = (tokens: readonly Token[]): boolean =>
  tokens.some(
    ({ kind, text }) => (kind === 'operator' && text === '||') || (kind === 'word' && text.startsWith('@') && !text.startsWith('@@')),
  );
