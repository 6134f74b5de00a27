import { dictionary } from '../../base/dictionary.ts';
import { isCut, type LexerFlags, tokenizeMysql } from '../../dialects/mysql-family/lexer.ts';
import type { Token } from '../../dialects/token.ts';
import type { QueryShape } from '../../model/query-shape.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import { calledFunctions, isUncommon } from './called-functions.ts';
import { holdsOneRow } from './one-row.ts';
import { dependsOnSession, isShortened } from './session-mode.ts';
import { possibleTables } from './shape/possible-tables.ts';
import { summarizeTokens } from './shape/shape.ts';
import { insertModifiers } from './shape/words.ts';
import { asStored, type TableNamed, tableAsStored } from './stored-names.ts';
import type { Server } from './variant.ts';
import { isWord } from './words.ts';
import { writtenTables } from './written-tables.ts';

/**
 * A text that was seen running → the one that is sent after the word EXPLAIN, or the reason why
 * none is. Only what is known to be a plain statement passes. The server is the second guard: it
 * reads one statement a message, and EXPLAIN takes no other kind.
 */
export interface GuardedStatement {
  kind: 'guarded';
  /** Without comments, trailing semicolon, and clauses that would lock rows. */
  sql: string;
  shape: QueryShape;
  /** Whatever in it could be a table. */
  possible: readonly TableNamed[];
  /** Planning it may run a part of it, or a view that it names. */
  mayRun: boolean;
  /** Names that it calls, in lower case, but for what every server has itself. */
  calls: readonly string[];
  /** It holds what its session alone knows. */
  sessionDependent: boolean;
}

const kinds = dictionary<QueryShape['kind']>({
  select: 'select',
  insert: 'insert',
  replace: 'insert',
  update: 'update',
  delete: 'delete',
});

/**
 * EXPLAIN may run what stands in a derived table: these wait, read files, or hold what others wait
 * for.
 */
const refusedFunctions = new Set(
  (
    'sleep,benchmark,get_lock,release_lock,release_all_locks,load_file,master_pos_wait,' +
    'source_pos_wait,wait_for_executed_gtid_set,wait_until_sql_thread_after_gtids,' +
    'master_gtid_wait,wsrep_sync_wait_upto_gtid,sys_exec,sys_eval,nextval,setval,' +
    'service_get_read_locks,service_get_write_locks,spider_direct_sql,spider_bg_direct_sql'
  ).split(','),
);

/**
 * As long as the values that they are given say, and nothing ends them on the way: neither a limit
 * of the server nor KILL. Behind a view they are not run either.
 */
export const endless: ReadonlySet<string> = new Set(['kdf', 'encrypt']);

/** Each is looked up: nobody writes so many. */
const namesLimit = 2_000;

/** A cut in the middle of a character loses the rest of it as well: up to three bytes. */
const cutTolerance = 4;

/**
 * `limits`: bytes of a text; of the server, bytes at which it cuts its samples, and how it keeps
 * names. `flags`: how the session that ran it read it.
 */
export function guard(
  text: string,
  limits: { bytes: number; sampleLength: number } & Partial<Pick<Server, 'lowersNames'>>,
  flags: LexerFlags = {},
): GuardedStatement | Refusal {
  if (text.includes('\0')) return no('the text contains a NUL');
  const bytes = Buffer.byteLength(text);
  if (bytes > limits.bytes)
    return refused('too_large', `text of ${bytes} bytes, limit ${limits.bytes}`);
  if (bytes >= limits.sampleLength - cutTolerance)
    return refused('truncated_text', `the server keeps ${limits.sampleLength} bytes of a text`);
  const all = tokenizeMysql(text, flags);
  if (all.some(isExecutable)) return no('an executable comment');
  if (
    all.some(
      ({ kind, text }) => kind === 'comment' && text.startsWith('/*+') && /\bset_var\b/i.test(text),
    )
  )
    return no('a hint sets a variable');
  if (all.some((token) => isCut(token, flags)))
    return refused('truncated_text', 'a literal or a comment has no end');
  const solid = withoutEnd(all.filter(({ kind }) => kind !== 'space' && kind !== 'comment'));
  if (solid.some((token) => token.text === ';')) return no('several statements in one text');
  if (solid.some(({ kind }) => kind === 'param'))
    return refused('no_sample', 'only a text with ? in the place of its values was seen');
  const kind = kindOf(solid);
  if (!kind) return no(unplannedBy(solid[0]?.text));
  if (hasInto(solid, kind)) return no('SELECT INTO');
  const calls = calledFunctions(solid);
  const called = calls.find((name) => refusedFunctions.has(name) || endless.has(name));
  if (called) return no(`it calls ${called}, which planning may run`);
  if (kind !== 'select' && solid[0]?.text === '(') return no('a write in parentheses');
  if (kind !== 'select' && readsWithin(solid, kind)) return no(unboundedWrite);
  const locking = lockingClause(solid);
  if (locking === 'inside') return no('a subquery locks rows');
  const kept = withoutPriority(locking === undefined ? solid : solid.slice(0, locking), kind);
  const possible = possibleTables(kept);
  if (possible.length > namesLimit)
    return refused('too_large', `${possible.length} names, limit ${namesLimit}`);
  const shape = { ...shapeOf(kept, kind, limits), locking: locking !== undefined };
  return {
    kind: 'guarded',
    sql: join(kept, all, kind === 'select' ? '' : 'LOW_PRIORITY '),
    shape,
    possible: limits.lowersNames ? possible.map(tableAsStored) : possible,
    mayRun: holdsOneRow(kept),
    calls: calls.filter(isUncommon),
    sessionDependent: dependsOnSession(kept),
  };
}

export const isExecutable = (token: Token) =>
  token.kind === 'comment' && /^\/\*M?!/.test(token.text);

/** What a digest tells of a statement whose own text may not be sent; of a cut one nothing. */
export function shapeOfDigest(
  digestText: string,
  server: Partial<Pick<Server, 'lowersNames'>> = {},
): QueryShape | undefined {
  if (isShortened(digestText)) return undefined;
  const solid = withoutEnd(
    tokenizeMysql(digestText).filter(({ kind }) => kind !== 'space' && kind !== 'comment'),
  );
  const kind = kindOf(solid);
  return kind && shapeOf(solid, kind, server);
}

function shapeOf(
  tokens: readonly Token[],
  kind: QueryShape['kind'],
  { lowersNames = false }: Partial<Pick<Server, 'lowersNames'>>,
): QueryShape {
  const shape = summarizeTokens(tokens, kind);
  const writes = kind === 'select' ? {} : { writes: writtenTables(tokens, kind) };
  return lowersNames ? asStored({ ...shape, ...writes }) : { ...shape, ...writes };
}

/**
 * EXPLAIN of a write may run what stands in its subqueries, and no limit of the server ends that:
 * should this process be killed meanwhile, nobody does. `INSERT … SELECT` from tables runs nothing.
 */
function readsWithin(tokens: readonly Token[], kind: QueryShape['kind']): boolean {
  const queries = tokens.flatMap((token, i) => (isWord(token, 'select', 'table') ? [i] : []));
  if (isWord(tokens[0], 'with') || queries.length > (kind === 'insert' ? 1 : 0)) return true;
  // What is inserted is the query itself, bare or behind the table and its columns; a value it is
  // behind VALUES, SET, `=` or a comma.
  return queries.some((at) => {
    const [open, before] = [tokens[at - 1], tokens[at - 2]];
    return (
      open?.text === '(' &&
      before?.text !== ')' &&
      (before?.kind !== 'quoted' || isWord(tokens[at - 3], 'set')) &&
      !isTable(tokens, at - 2)
    );
  });
}

const isTable = (tokens: readonly Token[], at: number) =>
  isWord(tokens[at - 1], 'into') || tokens[at - 1]?.text === '.';

export const unboundedWrite =
  'planning a write with a subquery may run it, and no limit of the server ends that';

/** What begins with a word of letters alone is named by it: CREATE, SHOW, SET … */
export const unplannedBy = (text = ''): string =>
  `${/^[a-z]{1,16}\b/i.exec(text)?.[0].toUpperCase() ?? 'it'} is not planned`;

const no = (detail: string): Refusal => refused('not_explainable_statement', detail);

function withoutEnd(tokens: Token[]): Token[] {
  let end = tokens.length;
  while (tokens[end - 1]?.text === ';') end -= 1;
  return tokens.slice(0, end);
}

/** The verb; after WITH, the one behind its list. */
function kindOf(tokens: readonly Token[]): QueryShape['kind'] | undefined {
  const start = tokens.findIndex(({ text }) => text !== '(');
  const first = tokens[start];
  if (first?.kind !== 'word') return undefined;
  if (!isWord(first, 'with')) return kinds[first.text.toLowerCase()];
  let depth = 0;
  for (const token of tokens.slice(start)) {
    if (token.text === '(') depth += 1;
    else if (token.text === ')') depth -= 1;
    else if (depth === 0 && isWord(token, 'select', 'update', 'delete'))
      return kinds[token.text.toLowerCase()];
  }
  return undefined;
}

/** INTO belongs after INSERT and REPLACE, and nowhere else. */
function hasInto(tokens: readonly Token[], kind: QueryShape['kind']): boolean {
  const modifiers = new Set(['insert', 'replace', ...insertModifiers]);
  return tokens.some(
    (token, i) =>
      isWord(token, 'into') &&
      !(
        kind === 'insert' &&
        tokens.slice(0, i).every(({ text }) => modifiers.has(text.toLowerCase()))
      ),
  );
}

const withoutPriority = (tokens: readonly Token[], kind: QueryShape['kind']): readonly Token[] =>
  kind !== 'select' && isWord(tokens[1], 'low_priority', 'high_priority', 'delayed')
    ? tokens.toSpliced(1, 1)
    : tokens;

/**
 * Where FOR UPDATE, FOR SHARE or LOCK IN SHARE MODE begins at the end of the statement; `inside`
 * where it is not at its end.
 */
function lockingClause(tokens: readonly Token[]): number | 'inside' | undefined {
  let depth = 0;
  for (const [i, token] of tokens.entries()) {
    if (token.text === '(') depth += 1;
    if (token.text === ')') depth -= 1;
    const begins =
      (isWord(token, 'for') && isWord(tokens[i + 1], 'update', 'share')) ||
      (isWord(token, 'lock') && isWord(tokens[i + 1], 'in') && isWord(tokens[i + 2], 'share'));
    if (begins)
      return depth === 0 && tokens.slice(i).every(({ text }) => text !== '(' && text !== ')')
        ? i
        : 'inside';
  }
  return undefined;
}

/**
 * The text again: comments are gone, optimizer hints stay where they are any, but none that lifts
 * the time limit. A write takes its `modifier`: planning one waits for the lock of a MyISAM table,
 * and who only reads it would wait behind that.
 */
function join(kept: readonly Token[], all: readonly Token[], modifier: string): string {
  const keep = new Set(kept);
  let last: Token | undefined;
  let out = '';
  for (const token of all) {
    const isHint =
      token.kind === 'comment' &&
      token.text.startsWith('/*+') &&
      isWord(last, 'select', 'insert', 'replace', 'update', 'delete');
    if (token === kept[1]) out += modifier;
    if (keep.has(token)) last = token;
    out += keep.has(token) ? token.text : isHint ? withoutLimit(token.text) : ' ';
  }
  return out.trim();
}

/** Where the limit cannot be taken out of a hint, all of it goes. */
function withoutLimit(hint: string): string {
  const rest = hint.replaceAll(/max_execution_time\s*\([^()]{0,40}\)/gi, '');
  return /max_execution_time/i.test(rest) ? ' ' : rest;
}
