import { mysqlIdentifier } from '../../dialects/mysql-family/lexer.ts';
import type { Token } from '../../dialects/token.ts';
import type { Comparison, QueryShape } from '../../model/query-shape.ts';

/**
 * A statement's tokens → the summary that rules read. No grammar: relations are what stands after
 * FROM, JOIN, UPDATE and INTO; a comparison is what stands around an operator. What it does not
 * understand it leaves out.
 */
export function summarizeTokens(tokens: readonly Token[], kind: QueryShape['kind']): QueryShape {
  const words = tokens.map(({ kind, text }) => (kind === 'word' ? text.toLowerCase() : ''));
  const has = (...sequence: string[]) =>
    words.some((_, i) => sequence.every((word, j) => words[i + j] === word));
  const source: [readonly Token[], readonly string[]] =
    kind === 'delete' ? fromUsing(tokens, words) : [tokens, words];
  const commonTables = new Set(words.includes('with') ? cteNames(tokens, words) : []);
  return {
    kind,
    relations: relationsOf(...source).filter(
      ({ schema, name }) => schema || !commonTables.has(name.toLowerCase()),
    ),
    functions: [
      ...new Set(
        tokens.flatMap((token, i) => (isCall(tokens, i) ? [token.text.toLowerCase()] : [])),
      ),
    ],
    comparisons: tokens.flatMap((_, i) => comparisonAt(tokens, words, i)),
    selectStar: tokens.some(
      (token, i) =>
        token.text === '*' &&
        (words[i - 1] === 'select' ||
          tokens[i - 1]?.text === '.' ||
          (tokens[i - 1]?.text === ',' && tokens[i + 1]?.text !== '(')),
    ),
    distinct: has('select', 'distinct'),
    grouped: has('group', 'by'),
    ordered: has('order', 'by'),
    limit: words.includes('limit'),
    offset: hasOffset(tokens, words),
    joins: words.filter((word) => word === 'join' || word === 'straight_join').length,
    subqueries: tokens.filter((token, i) => token.text === '(' && words[i + 1] === 'select').length,
    locking: false,
  };
}

/** `DELETE FROM a USING b JOIN c …` reads what `DELETE a FROM b JOIN c …` reads. */
function fromUsing(
  tokens: readonly Token[],
  words: readonly string[],
): [readonly Token[], readonly string[]] {
  const from = words.indexOf('from');
  const using = words.findIndex((word, i) => word === 'using' && tokens[i + 1]?.text !== '(');
  if (from < 0 || using < from) return [tokens, words];
  const without = <T>(list: readonly T[]) => [...list.slice(0, from + 1), ...list.slice(using + 1)];
  return [without(tokens), without(words)];
}

/** `LIMIT 10 OFFSET 5` and `LIMIT 5, 10`. */
const hasOffset = (tokens: readonly Token[], words: readonly string[]) =>
  words.some(
    (word, i) => word === 'limit' && (words[i + 2] === 'offset' || tokens[i + 2]?.text === ','),
  );

const cteNames = (tokens: readonly Token[], words: readonly string[]) =>
  tokens.flatMap((token, i) =>
    isName(token) && (words[i + 1] === 'as' || tokens[i + 1]?.text === '(')
      ? [mysqlIdentifier(token).toLowerCase()]
      : [],
  );

const isName = (token: Token | undefined): token is Token =>
  token !== undefined &&
  (token.kind === 'quoted' || (token.kind === 'word' && !token.text.startsWith('@')));

const keywords = new Set(
  (
    'select,from,where,and,or,not,in,is,null,like,between,exists,case,when,then,else,end,' +
    'as,on,using,join,inner,outer,left,right,cross,natural,straight_join,group,by,having,' +
    'order,limit,offset,union,all,distinct,set,values,value,into,' +
    'update,delete,insert,replace,for,lock,partition,use,force,ignore,index,key,with,' +
    'recursive,asc,desc,interval,regexp,rlike,div,mod,xor,any,some,window,over,lateral,' +
    'low_priority,quick,duplicate,except,intersect'
  ).split(','),
);
const isPlainName = (token: Token | undefined): boolean =>
  isName(token) && !(token.kind === 'word' && keywords.has(token.text.toLowerCase()));
/** A word before a parenthesis that is a function. */
const isCall = (tokens: readonly Token[], i: number) =>
  tokens[i + 1]?.text === '(' && tokens[i]?.kind === 'word' && isPlainName(tokens[i]);

function relationsOf(tokens: readonly Token[], words: readonly string[]): QueryShape['relations'] {
  const found: QueryShape['relations'] = [];
  for (let i = 0; i < tokens.length; i += 1) {
    const opens =
      words[i] === 'from' ||
      words[i] === 'join' ||
      words[i] === 'straight_join' ||
      words[i] === 'into' ||
      words[i] === 'update';
    // `ON DUPLICATE KEY UPDATE`, `FOR UPDATE` name no table; `extract(day FROM x)` neither.
    if (
      !opens ||
      (words[i] === 'update' && (words[i - 1] === 'key' || words[i - 1] === 'for')) ||
      insideCall(tokens, i)
    )
      continue;
    let at = i + 1;
    for (;;) {
      while (
        words[at] === 'low_priority' ||
        words[at] === 'ignore' ||
        words[at] === 'lateral' ||
        (tokens[at]?.text === '(' && !isQuery(words, at))
      )
        at += 1;
      if (tokens[at]?.text === '(') {
        at = afterDerived(tokens, words, at); // what it reads is found by its own FROM
      } else {
        const made = words[i] !== 'into' && isCall(tokens, at);
        const [relation, next] = made
          ? [undefined, afterDerived(tokens, words, at + 1)]
          : relationAt(tokens, words, at);
        if (!made && !relation) break;
        if (relation) found.push(relation); // `JSON_TABLE(…) AS j` is none
        at = next;
      }
      if (words[i] === 'into' || tokens[at]?.text !== ',') break;
      at += 1;
    }
  }
  return found;
}

const isQuery = (words: readonly string[], at: number) =>
  words[at + 1] === 'select' || words[at + 1] === 'with';

/** The token behind `(SELECT …) AS d`. */
function afterDerived(tokens: readonly Token[], words: readonly string[], start: number): number {
  let depth = 0;
  let at = start;
  do {
    if (tokens[at]?.text === '(') depth += 1;
    if (tokens[at]?.text === ')') depth -= 1;
    at += 1;
  } while (depth > 0 && at < tokens.length);
  if (words[at] === 'as') at += 1;
  return isPlainName(tokens[at]) ? at + 1 : at;
}

/** `trim(both FROM x)`: FROM within the parentheses of a call. */
function insideCall(tokens: readonly Token[], i: number): boolean {
  let depth = 0;
  for (let at = i - 1; at >= 0; at -= 1) {
    if (tokens[at]?.text === ')') depth += 1;
    else if (tokens[at]?.text === '(') {
      if (depth === 0)
        return (
          isCall(tokens, at - 1) &&
          tokens.slice(at, i).every(({ text }) => text.toLowerCase() !== 'select')
        );
      depth -= 1;
    }
  }
  return false;
}

function relationAt(
  tokens: readonly Token[],
  words: readonly string[],
  at: number,
): [QueryShape['relations'][number] | undefined, number] {
  const first = tokens[at];
  if (!isPlainName(first)) return [undefined, at];
  let next = at + 1;
  let [schema, name] = [undefined as string | undefined, mysqlIdentifier(first as Token)];
  if (tokens[next]?.text === '.' && isName(tokens[next + 1])) {
    schema = name;
    name = mysqlIdentifier(tokens[next + 1] as Token);
    next += 2;
  }
  if (words[next] === 'partition') while (next < tokens.length && tokens[next++]?.text !== ')');
  if (words[next] === 'as') next += 1;
  const alias = isPlainName(tokens[next]) ? mysqlIdentifier(tokens[next] as Token) : undefined;
  return [
    { ...(schema ? { schema } : {}), name, ...(alias ? { alias } : {}) },
    alias ? next + 1 : next,
  ];
}

const operators = new Set(['=', '<=>', '<>', '!=', '<', '<=', '>', '>=']);
const wordOperators = new Set(['like', 'in', 'between', 'regexp', 'rlike']);

function comparisonAt(tokens: readonly Token[], words: readonly string[], i: number): Comparison[] {
  const symbol = tokens[i]?.kind === 'operator' && operators.has(tokens[i]?.text ?? '');
  if (!symbol && !wordOperators.has(words[i] ?? '')) return [];
  const operator = symbol ? (tokens[i]?.text as string) : (words[i] as string);
  const left = operandBefore(tokens, words[i - 1] === 'not' ? i - 2 : i - 1);
  const right = operandAfter(tokens, i + 1);
  const found: Comparison[] = [];
  if (left) found.push({ ...left, operator, with: otherSide(tokens, i + 1, right) });
  if (right && symbol)
    found.push({
      ...right,
      operator,
      with: left
        ? 'column'
        : tokens[i - 1]?.kind === 'string' || tokens[i - 1]?.kind === 'number'
          ? 'value'
          : 'expression',
    });
  return found;
}

type Operand = Omit<Comparison, 'operator' | 'with'>;

function otherSide(
  tokens: readonly Token[],
  at: number,
  right: Operand | undefined,
): Comparison['with'] {
  if (right) return right.function ? 'expression' : 'column';
  const { kind, text } = (tokens[at] ?? { kind: 'space', text: '' }) as Token;
  if (text === '(') return tokens[at + 1]?.text.toLowerCase() === 'select' ? 'expression' : 'value';
  return kind === 'string' ||
    kind === 'number' ||
    kind === 'param' ||
    text === '-' ||
    text.startsWith('@')
    ? 'value'
    : 'expression';
}

function operandBefore(tokens: readonly Token[], end: number): Operand | undefined {
  if (isPlainName(tokens[end])) return columnEndingAt(tokens, end);
  if (tokens[end]?.text !== ')') return undefined;
  let depth = 0;
  for (let at = end; at >= 0; at -= 1) {
    if (tokens[at]?.text === ')') depth += 1;
    if (tokens[at]?.text === '(' && --depth === 0)
      return isCall(tokens, at - 1) ? wrapped(tokens, at - 1, end) : undefined;
  }
  return undefined;
}

function columnEndingAt(tokens: readonly Token[], end: number): Operand {
  const column = mysqlIdentifier(tokens[end] as Token);
  const qualifier =
    tokens[end - 1]?.text === '.' && isName(tokens[end - 2])
      ? mysqlIdentifier(tokens[end - 2] as Token)
      : undefined;
  return qualifier ? { column, qualifier } : { column };
}

function operandAfter(tokens: readonly Token[], start: number): Operand | undefined {
  if (isCall(tokens, start)) {
    let depth = 0;
    for (let at = start + 1; at < tokens.length; at += 1) {
      if (tokens[at]?.text === '(') depth += 1;
      if (tokens[at]?.text === ')' && --depth === 0) return wrapped(tokens, start, at);
    }
    return undefined;
  }
  if (!isPlainName(tokens[start])) return undefined;
  let end = start;
  while (tokens[end + 1]?.text === '.' && isName(tokens[end + 2])) end += 2;
  return columnEndingAt(tokens, end);
}

/**
 * `lower(email)`, `cast(id AS char)`, `convert(a USING utf8mb4)`: the first column inside, and what
 * is around it.
 */
function wrapped(tokens: readonly Token[], name: number, end: number): Operand | undefined {
  const call = (tokens[name] as Token).text.toLowerCase();
  for (let at = name + 2; at < end; at += 1) {
    if (!isPlainName(tokens[at]) || isCall(tokens, at)) continue;
    let last = at;
    while (tokens[last + 1]?.text === '.' && isName(tokens[last + 2])) last += 2;
    const column = columnEndingAt(tokens, last);
    return call === 'cast' || call === 'convert'
      ? { ...column, cast: call }
      : {
          ...column,
          function: call,
          ...(at === name + 2 && last === end - 1 ? { sole: true as const } : {}),
        };
  }
  return undefined;
}
