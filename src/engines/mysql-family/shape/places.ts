import type { Token } from '../../../dialects/token.ts';
import { isCallName } from './words.ts';

/**
 * A statement's tokens → where each of them stands: in which brackets, in which clause of which
 * query, within an OR or not. One pass over the tokens and one over what it found; no grammar: what
 * is not understood stands where its neighbours stand.
 */
export interface Places {
  tokens: readonly Token[];
  /** In lower case; '' of what is no word. */
  words: readonly string[];
  /** Of a bracket, and of CASE and END: its other half. −1 where there is none. */
  match: readonly number[];
  /** Of each token. A bracket stands where the text around it does. */
  stretches: readonly Stretch[];
  queries: readonly Query[];
}

/** What stands in one clause within the same brackets. */
export interface Stretch {
  clause: Clause;
  query: Query;
  /** That of the bracket around it, unless a query begins in the bracket. */
  parent?: Stretch;
  /** The outermost one around it, or it itself, in which an OR stands. */
  or?: Stretch;
  /** What is given to a function: `extract(day FROM at)` names no table. */
  given?: true;
  /** Within a CASE: what is asked there decides what it gives, and no more. */
  inCase?: true;
}

export interface Query {
  verb: Verb | '';
  /** How many brackets are around it. */
  depth: number;
  /** From which token to which, without the word that begins it; the last of its kind. */
  clauses: Partial<Record<Clause, Range>>;
  /** It removes the duplicates of the member before it. */
  distinctUnion?: true;
}

/** Half open. */
export interface Range {
  start: number;
  end: number;
}

export type Clause =
  | 'with'
  | 'list'
  | 'from'
  | 'on'
  | 'where'
  | 'group'
  | 'having'
  | 'order'
  | 'limit'
  | 'set'
  | 'other';
type Verb = 'select' | 'insert' | 'replace' | 'update' | 'delete' | 'values';

interface Frame {
  open: number;
  kind: 'query' | 'group' | 'opaque' | 'case';
  stretch: Stretch;
  depth: number;
}

const verbs = new Set<string>(['select', 'insert', 'replace', 'update', 'delete', 'values']);
const setOperations = new Set(['union', 'except', 'intersect']);
const queryWords = new Set(['select', 'with', 'values', 'table']);

export const beginsQuery = (word: string | undefined): boolean =>
  word !== undefined && queryWords.has(word);

export function placesOf(tokens: readonly Token[]): Places {
  const words = tokens.map(({ kind, text }) => (kind === 'word' ? text.toLowerCase() : ''));
  const match = tokens.map(() => -1);
  const queries: Query[] = [];
  const all: Stretch[] = [];
  const stretches: Stretch[] = [];
  const stretch = (of: Stretch): Stretch => {
    all.push(of);
    return of;
  };
  const query = (depth: number, verb: Query['verb'] = ''): Query => {
    const made: Query = { verb, depth, clauses: {} };
    queries.push(made);
    return made;
  };
  let top: Frame = {
    open: -1,
    kind: 'query',
    depth: 0,
    stretch: stretch({ clause: 'other', query: query(0) }),
  };
  const stack: Frame[] = [];
  const push = (kind: Frame['kind'], open: number) => {
    stack.push(top);
    const [depth, parent] = [top.depth + 1, top.stretch];
    top = {
      open,
      kind,
      depth,
      stretch: stretch(
        kind === 'query'
          ? { clause: 'other', query: query(depth) }
          : {
              clause: parent.clause,
              query: parent.query,
              parent,
              ...(kind === 'opaque' ? { given: true as const } : {}),
              ...(kind === 'case' || parent.inCase ? { inCase: true as const } : {}),
            },
      ),
    };
  };
  const pop = (close: number) => {
    if (top.open >= 0) [match[top.open], match[close]] = [close, top.open];
    top = stack.pop() ?? top;
  };
  for (const [i, { text }] of tokens.entries()) {
    if (text === ')') {
      while (top.kind === 'case' && stack.length > 0) top = stack.pop() as Frame;
      pop(i);
    } else if (words[i] === 'end' && top.kind === 'case') pop(i);
    stretches.push(beginStretch(top, i, { tokens, words }, stretch, query));
    if (isOr(words[i], text)) top.stretch.or = top.stretch;
    if (text === '(') push(kindOfBracket(tokens, words, i), i);
    else if (words[i] === 'case') push('case', i);
  }
  // A bracket is found before those in it.
  for (const each of all) {
    const outer = each.parent?.or ?? each.or;
    if (outer) each.or = outer;
  }
  return { tokens, words, match, stretches, queries };
}

const isOr = (word: string | undefined, text: string) =>
  word === 'or' || word === 'xor' || text === '||';

function kindOfBracket(
  tokens: readonly Token[],
  words: readonly string[],
  open: number,
): Frame['kind'] {
  if (beginsQuery(words[open + 1])) return 'query';
  return words[open - 1] === 'over' || words[open - 1] === 'window' || isCallName(tokens, open - 1)
    ? 'opaque'
    : 'group';
}

/** The stretch of the token at `i`: another one, where it is a word that begins a clause. */
function beginStretch(
  frame: Frame,
  i: number,
  text: Pick<Places, 'tokens' | 'words'>,
  stretch: (of: Stretch) => Stretch,
  query: (depth: number, verb: Query['verb']) => Query,
): Stretch {
  const begun = clauseAt(frame, i, text);
  if (begun === undefined) {
    const { clause, query } = frame.stretch;
    const range = frame.kind === 'query' ? query.clauses[clause] : undefined;
    if (range) range.end = i + 1;
    return frame.stretch;
  }
  let of = frame.stretch.query;
  if (begun === 'query') {
    const verb = text.words[i] as Query['verb'];
    if (of.verb === '' && !setOperations.has(verb)) of.verb = verb as Verb;
    else of = query(frame.depth, setOperations.has(verb) ? '' : verb);
    if (text.words[i] === 'union' && text.words[i + 1] !== 'all') of.distinctUnion = true;
  }
  const clause: Clause =
    begun === 'query' ? (text.words[i] === 'select' ? 'list' : 'other') : begun;
  const { parent } = frame.stretch;
  frame.stretch = stretch({ clause, query: of, ...(parent ? { parent } : {}) });
  const start = i + (clause === 'group' || clause === 'order' ? 2 : 1);
  if (frame.kind === 'query') of.clauses[clause] = { start, end: start };
  return frame.stretch;
}

function clauseAt(
  { kind, stretch: { clause } }: Frame,
  i: number,
  { tokens, words }: Pick<Places, 'tokens' | 'words'>,
): Clause | 'query' | undefined {
  const word = words[i] ?? '';
  const source = clause === 'from' || clause === 'on';
  if (source && kind !== 'opaque' && kind !== 'case') {
    if (word === 'on' && words[i + 1] !== 'duplicate') return 'on';
    if (clause === 'on' && (tokens[i]?.text === ',' || isJoin(words, tokens, i))) return 'from';
  }
  if (kind !== 'query' || word === '' || tokens[i - 1]?.text === '.') return undefined;
  if (setOperations.has(word)) return 'query';
  if (verbs.has(word) && !isFunction(word, tokens[i + 1])) return verbAt(words, i);
  return clauseOfWord(words, i, clause);
}

/** `replace(a, b, c)`, and the values of an INSERT. */
const isFunction = (word: string, next: Token | undefined) =>
  next?.text === '(' && word !== 'select' && word !== 'update' && word !== 'delete';

/** `FOR UPDATE` and `ON DUPLICATE KEY UPDATE` begin no query. */
function verbAt(words: readonly string[], i: number): Clause | 'query' {
  if (words[i] !== 'update') return 'query';
  return words[i - 1] === 'key' ? 'set' : words[i - 1] === 'for' ? 'other' : 'query';
}

function clauseOfWord(words: readonly string[], i: number, clause: Clause): Clause | undefined {
  switch (words[i]) {
    case 'with':
      return i === 0 || clause === 'other' ? 'with' : undefined;
    case 'from':
    case 'where':
    case 'having':
    case 'limit':
    case 'set':
      return words[i] as Clause;
    case 'group':
    case 'order':
      return words[i + 1] === 'by' && words[i - 1] !== 'for' ? (words[i] as Clause) : undefined;
    case 'on':
      return words[i + 1] === 'duplicate' ? 'other' : undefined;
    case 'window':
    case 'lock':
    case 'into':
      return 'other';
    default:
      return undefined;
  }
}

/** `LEFT JOIN`, and `LEFT OUTER JOIN`; `left(name, 3)` is none. */
const isJoin = (words: readonly string[], tokens: readonly Token[], i: number) =>
  words[i] === 'join' ||
  words[i] === 'straight_join' ||
  ((words[i] === 'left' ||
    words[i] === 'right' ||
    words[i] === 'inner' ||
    words[i] === 'cross' ||
    words[i] === 'natural') &&
    tokens[i + 1]?.text !== '(');
