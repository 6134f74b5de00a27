import {
  isCut,
  type LexerFlags,
  mysqlIdentifier,
  tokenizeMysql,
} from '../../dialects/mysql-family/lexer.ts';
import type { Token } from '../../dialects/token.ts';
import { isWord } from './words.ts';

/**
 * A text means what the session that ran it said: under ANSI_QUOTES "x" is a name, under
 * NO_BACKSLASH_ESCAPES a backslash ends no escape. Of that session nothing is left but the server's
 * digest text, which tells names from literals. So both are compared, word by word, and the text is
 * read, and planned, as its own session read it.
 */
export type ModeVerdict =
  | { kind: 'known'; flags: LexerFlags }
  | { kind: 'cut' }
  /** The digest is of the statement's beginning, and of all others that begin so. */
  | { kind: 'shared' }
  | { kind: 'unclear' };

/**
 * `serverMode`: the server's own sql_mode, which decides where both ways give the same words. Costs
 * a pass over both texts for each way.
 */
export function readSessionMode(text: string, digestText: string, serverMode: string): ModeVerdict {
  const digestTokens = tokenizeMysql(digestText);
  const digest = countWords(digestTokens, true);
  const read = new Set<string>();
  const ways = waysToRead(text, serverMode).flatMap((flags) => {
    const tokens = tokenizeMysql(text, flags);
    if (tokens.some((token) => isCut(token, flags) || isNoName(token))) return [];
    // Read alike (`'say "x"'`): nothing is to be decided.
    const reading = tokens.map(({ kind, text: part }) => `${kind} ${part}`).join('\n');
    if (read.has(reading)) return [];
    read.add(reading);
    const words = countWords(tokens, false);
    const spaced = tokens.some((_, i) => isSpacedCall(tokens, i, digest));
    return [
      {
        flags: spaced ? { ...flags, ignoreSpace: true } : flags,
        missing: missingIn(words, digest),
        goesOn: hasMoreThan(digestTokens, tokens) || endsBefore(digestTokens, tokens),
        distance: distanceOf(words, digest),
      },
    ];
  });
  const [best, ...others] = ways.toSorted((a, b) => a.distance - b.distance);
  if (!best) return { kind: 'cut' };
  if (isShortened(digestText))
    return others.length ? { kind: 'unclear' } : { kind: 'known', flags: best.flags };
  if (best.missing) return { kind: 'cut' };
  if (best.goesOn) return { kind: 'shared' };
  const tied = others.some(
    ({ flags, distance }) =>
      distance === best.distance && flags.ansiQuotes !== best.flags.ansiQuotes,
  );
  return tied ? { kind: 'unclear' } : { kind: 'known', flags: best.flags };
}

/** `(...)` and `?, ...` are lists: `IN (1, 2)`, `LIMIT 5, 10`, `ORDER BY 1, 2`. */
export const isShortened = (digestText: string) =>
  /(?<!\(\s{0,4}|\?, )\.\.\.\s{0,4}$/.test(digestText);

/**
 * Without IGNORE_SPACE `COUNT (*)` calls no built-in function, and a digest shows the name in
 * quotes.
 */
const isSpacedCall = (
  tokens: readonly Token[],
  i: number,
  digest: ReadonlyMap<string, number>,
): boolean => {
  const word = tokens[i]?.kind === 'word' ? tokens[i].text.toLowerCase() : '';
  if (!spaceSensitive.has(word) || digest.has(`\0${word}`)) return false;
  let next = i + 1;
  while (tokens[next]?.kind === 'space' || tokens[next]?.kind === 'comment') next += 1;
  return next > i + 1 && tokens[next]?.text === '(';
};
const spaceSensitive = new Set(
  (
    'adddate,bit_and,bit_or,bit_xor,cast,count,curdate,curtime,date_add,date_sub,extract,' +
    'group_concat,json_arrayagg,json_objectagg,max,mid,min,now,' +
    'position,session_user,std,stddev,stddev_pop,stddev_samp,subdate,substr,substring,sum,' +
    'sysdate,system_user,trim,variance,var_pop,var_samp'
  ).split(','),
);

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
  token.kind === 'quoted' &&
  token.text.startsWith('"') &&
  !between(mysqlIdentifier(token).length, 1, longestName);
const between = (value: number, least: number, most: number) => value >= least && value <= most;

/**
 * Names and keywords, without case; of a digest's, which names it put in quotes is kept as `\0name`
 * → count as well.
 */
function countWords(tokens: readonly Token[], markQuoted: boolean): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (word: string) => counts.set(word, (counts.get(word) ?? 0) + 1);
  for (const token of tokens) {
    if (token.kind !== 'quoted' && token.kind !== 'word') continue;
    if (token.text.startsWith('@')) {
      // `@@session.sql_mode` is two words of a digest; what a user variable is called is not shown
      // there.
      if (token.text.startsWith('@@'))
        for (const part of token.text.slice(2).split('.')) if (part) add(part.toLowerCase());
      continue;
    }
    const word = mysqlIdentifier(token).toLowerCase();
    if (token.kind === 'word' && literals.has(word)) continue;
    add(word);
    if (markQuoted && token.kind === 'quoted') add(`\0${word}`);
  }
  return counts;
}

/** Words that a digest may show as `?`. */
const literals = new Set(['null', 'true', 'false']);

/** Words that have one spelling only. */
const clauses = [
  'from',
  'where',
  'group',
  'having',
  'order',
  'by',
  'asc',
  'desc',
  'limit',
  'offset',
  'union',
];

/**
 * Is there a name or a clause in the digest that the text does not have? Then the text is not all
 * of the statement.
 */
function missingIn(
  words: ReadonlyMap<string, number>,
  digest: ReadonlyMap<string, number>,
): boolean {
  if (clauses.some((word) => (words.get(word) ?? 0) < (digest.get(word) ?? 0))) return true;
  for (const [word, count] of digest)
    if (word.startsWith('\0') && (words.get(word.slice(1)) ?? 0) < count) return true;
  return false;
}

/** What a digest never leaves out, and never spells otherwise. */
const kept = new Set([
  ...clauses,
  'select',
  'join',
  'on',
  'and',
  'or',
  'in',
  'like',
  'is',
  '=',
  '.',
]);

/** Beyond `max_digest_length` a statement leaves no trace in its digest. */
function hasMoreThan(digest: readonly Token[], text: readonly Token[]): boolean {
  const count = (tokens: readonly Token[]) =>
    Map.groupBy(
      tokens.filter(({ kind }) => kind === 'word' || kind === 'operator' || kind === 'punctuation'),
      (token) => token.text.toLowerCase(),
    );
  const [known, seen] = [count(digest), count(text)];
  return [...kept].some((each) => (seen.get(each)?.length ?? 0) > (known.get(each)?.length ?? 0));
}

/**
 * Its end may lack no such word: `> 5`, `FOR UPDATE`. A value is `?` or `...` in a digest, and
 * these are never spelled otherwise.
 */
function endsBefore(digest: readonly Token[], text: readonly Token[]): boolean {
  const isSolid = ({ kind, text: part }: Token) =>
    kind !== 'space' && kind !== 'comment' && part !== ';';
  const [end, last] = [digest.findLast(isSolid), text.findLast(isSolid)];
  if (!end || !last) return false;
  if (last.kind === 'string' || last.kind === 'number')
    return end.kind === 'word' || end.kind === 'quoted' || /^[-<>=!+*/%,(]/.test(end.text);
  return (
    (last.text === ')' || isWord(last, 'update', 'share', 'locked', 'nowait')) &&
    end.text.toLowerCase() !== last.text.toLowerCase()
  );
}

/**
 * How many words one has more often than the other. Keywords with two spellings (NOW,
 * CURRENT_TIMESTAMP) add the same to every way to read.
 */
function distanceOf(
  words: ReadonlyMap<string, number>,
  digest: ReadonlyMap<string, number>,
): number {
  let distance = 0;
  for (const [word, count] of words) distance += Math.abs(count - (digest.get(word) ?? 0));
  for (const [word, count] of digest)
    if (!word.startsWith('\0') && !words.has(word)) distance += count;
  return distance;
}

/**
 * Modes that only refuse what production was allowed to do, or that are decided statement by
 * statement.
 */
const leftOut = new Set(
  (
    'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,' +
    'ERROR_FOR_DIVISION_BY_ZERO,TRADITIONAL,' +
    'NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION,ANSI,ANSI_QUOTES,NO_BACKSLASH_ESCAPES'
  ).split(','),
);

/**
 * The sql_mode under which a text is planned: the server's own, without what only refuses, as its
 * session read quotes and backslashes.
 */
export function plannedMode(serverMode: string, flags: LexerFlags): string {
  const left = (mode: string) =>
    leftOut.has(mode) || (!flags.ansiQuotes && withAnsiQuotes.has(mode));
  const own = [
    ...(flags.ansiQuotes ? ['ANSI_QUOTES'] : []),
    ...(flags.noBackslashEscapes ? ['NO_BACKSLASH_ESCAPES'] : []),
    ...(flags.ignoreSpace ? ['IGNORE_SPACE'] : []),
  ];
  return [
    ...new Set([
      ...serverMode.split(',').filter((mode) => /^[A-Z_0-9]+$/.test(mode) && !left(mode)),
      ...own,
    ]),
  ].join(',');
}

/** It would mean something else under no mode at all. */
export const hangsOnMode = (
  sql: string,
  { ansiQuotes, noBackslashEscapes, ignoreSpace }: LexerFlags,
): boolean =>
  ignoreSpace === true ||
  (ansiQuotes === true && sql.includes('"')) ||
  (noBackslashEscapes === true && sql.includes('\\'));

/**
 * MariaDB's names for several modes at once: to set one of them sets ANSI_QUOTES as well, and its
 * session had that not.
 */
const withAnsiQuotes = new Set(['ORACLE', 'MSSQL', 'DB2', 'MAXDB', 'POSTGRESQL']);

/**
 * `||` is OR or a concatenation, `NOT a = b` is `NOT (a = b)` or `(NOT a) = b`, `@v` holds what its
 * session put there, `CAST(… AS CHAR)` has the character set of its connection, in which an index
 * may be of no use: neither text nor digest tells.
 */
export const dependsOnSession = (tokens: readonly Token[]): boolean => {
  const solid = tokens.filter(({ kind }) => kind !== 'space' && kind !== 'comment');
  return solid.some(
    ({ kind, text }, i) =>
      (kind === 'operator' && text === '||') ||
      (kind === 'word' && text.startsWith('@') && !text.startsWith('@@')) ||
      isTextCompared(solid, i) ||
      (isWord(solid[i], 'not') && !isWord(solid[i - 1], 'is') && isComparedBare(solid, i + 1)),
  );
};

/** `a = CAST(b AS CHAR(9))`, `CONVERT(b, CHAR) IN (…)`; not with a CHARACTER SET of its own. */
function isTextCompared(tokens: readonly Token[], i: number): boolean {
  if (!isWord(tokens[i], 'cast', 'convert') || tokens[i + 1]?.text !== '(') return false;
  let depth = 0;
  let end = i + 1;
  for (; end < i + longestCast; end += 1) {
    if (tokens[end]?.text === '(') depth += 1;
    if (tokens[end]?.text === ')') depth -= 1;
    if (depth === 0) break;
  }
  const type = tokens[end - 1]?.text === ')' ? end - 4 : end - 1;
  const isText =
    isWord(tokens[type], 'char', 'character', 'varchar', 'nchar') &&
    (isWord(tokens[type - 1], 'as') || tokens[type - 1]?.text === ',');
  return isText && (isComparison(tokens[i - 1]) || isComparison(tokens[end + 1]));
}

/** They may stand in each other. */
const longestCast = 64;

const isComparison = (token: Token | undefined) =>
  isWord(token, 'between', 'in', 'like') || /^(?:[<>=]|!=)/.test(token?.text ?? '');

/** A column or a value and an operator behind it: `a.b BETWEEN`, `5 =`. */
function isComparedBare(tokens: readonly Token[], start: number): boolean {
  if (
    tokens[start]?.text === '(' ||
    isWord(tokens[start], 'in', 'like', 'between', 'regexp', 'rlike', 'exists', 'null')
  )
    return false;
  let end = start + 1;
  while (tokens[end]?.text === '.') end += 2;
  return (
    isWord(tokens[end], 'between', 'in', 'like', 'is', 'regexp', 'rlike', 'not') ||
    /^(?:[<>=]|!=)/.test(tokens[end]?.text ?? '')
  );
}
