import { mysqlIdentifier } from '../../../dialects/mysql-family/lexer.ts';
import type { QueryShape } from '../../../model/query-shape.ts';
import { beginsQuery, type Places, type Range } from './places.ts';
import { insertModifiers, isCallName, isName, isPlainName } from './words.ts';

/**
 * The tables that a statement names: what stands after FROM, JOIN, UPDATE and INTO. What its WITH
 * defines is none; how often that is read is told beside.
 */
export interface Named {
  relations: QueryShape['relations'];
  ctes: NonNullable<QueryShape['ctes']>;
}

export function namedIn(places: Places, kind: QueryShape['kind']): Named {
  const found = relationsOf(places, kind);
  const defined = cteNames(places);
  const isDefined = ({ schema, name }: Relation) =>
    schema === undefined && defined.has(name.toLowerCase());
  const references = Map.groupBy(found.filter(isDefined), ({ name }) => name.toLowerCase());
  return {
    relations: found.filter((relation) => !isDefined(relation)),
    ctes: [...defined].map(([key, name]) => ({
      name,
      references: references.get(key)?.length ?? 0,
    })),
  };
}

type Relation = QueryShape['relations'][number];

/** By their names in lower case. */
function cteNames({ tokens, words, stretches }: Places): Map<string, string> {
  const names = tokens.flatMap((token, i) => {
    const before = words[i - 1];
    const begins = before === 'with' || before === 'recursive' || tokens[i - 1]?.text === ',';
    const at = stretches[i];
    const [given, next] = [at?.parent !== undefined, tokens[i + 1]?.text];
    return begins &&
      at?.clause === 'with' &&
      !given &&
      isPlainName(token) &&
      (words[i + 1] === 'as' || next === '(')
      ? [mysqlIdentifier(token)]
      : [];
  });
  return new Map(names.map((name) => [name.toLowerCase(), name]));
}

/** Of one FROM; undefined where a query stands in it. */
export function relationsFrom(places: Places, { start, end }: Range): Relation[] | undefined {
  if (places.words.slice(start, end).some(beginsQuery)) return undefined;
  return relationsOf(places, 'select', { start: start - 1, end });
}

function relationsOf(
  places: Places,
  kind: QueryShape['kind'],
  within: Range = { start: 0, end: places.tokens.length },
): Relation[] {
  const { tokens, words } = places;
  // `DELETE FROM a USING b JOIN c …` reads what `DELETE a FROM b JOIN c …` reads.
  const using =
    kind === 'delete'
      ? words.findIndex((word, i) => word === 'using' && tokens[i + 1]?.text !== '(')
      : -1;
  const found: Relation[] = [];
  for (let i = within.start; i < within.end; i += 1) {
    if (!opensList(places, i, using)) continue;
    const isTarget = words[i] === 'into' || isInsert(words, i);
    let at = i + 1;
    for (;;) {
      while (isBeforeTable(places, at)) at += 1;
      const next = afterDerived(places, isTarget ? undefined : at);
      if (next === undefined) {
        const [relation, end] = relationAt(places, at);
        if (!relation) break;
        found.push(relation);
        at = end;
      } else at = next;
      if (isTarget || tokens[at]?.text !== ',') break;
      at += 1;
    }
  }
  return found;
}

/** `ON DUPLICATE KEY UPDATE`, `FOR UPDATE` name no table; `extract(day FROM x)` neither. */
function opensList({ words, stretches }: Places, i: number, using: number): boolean {
  if (isInsert(words, i)) return true;
  switch (words[i]) {
    case 'from':
      return (
        stretches[i]?.given === undefined && (using < 0 || i > using || !isFirstFrom(words, i))
      );
    case 'using':
      return i === using;
    case 'join':
    case 'into':
      return true;
    case 'straight_join':
      return words[i - 1] !== 'select';
    case 'update':
      return words[i - 1] !== 'key' && words[i - 1] !== 'for';
    default:
      return false;
  }
}

/** Whose INTO is left out or stands further on. */
const isInsert = (words: readonly string[], i: number) =>
  i === 0 && (words[0] === 'insert' || words[0] === 'replace');

const isFirstFrom = (words: readonly string[], i: number) => words.indexOf('from') === i;

const isBeforeTable = ({ tokens, words }: Places, at: number) =>
  words[at] === 'lateral' ||
  insertModifiers.has(words[at] ?? '') ||
  (tokens[at]?.text === '(' && !beginsQuery(words[at + 1]));

/**
 * The token behind `(SELECT …) AS d`, whose own FROM is found by itself, and behind
 * `JSON_TABLE(…) AS j`. Undefined where no bracket begins.
 */
function afterDerived(
  { tokens, words, match }: Places,
  start: number | undefined,
): number | undefined {
  if (start === undefined) return undefined;
  const open = isCallName(tokens, start) ? start + 1 : start;
  if (tokens[open]?.text !== '(') return undefined;
  const close = match[open] ?? -1;
  let at = close < 0 ? tokens.length : close + 1;
  if (words[at] === 'as') at += 1;
  return isPlainName(tokens[at]) ? at + 1 : at;
}

function relationAt({ tokens, words, match }: Places, at: number): [Relation | undefined, number] {
  const first = tokens[at];
  if (!isPlainName(first)) return [undefined, at];
  let next = at + 1;
  let [schema, name] = [undefined as string | undefined, mysqlIdentifier(first)];
  const second = tokens[next + 1];
  if (tokens[next]?.text === '.' && isName(second)) {
    [schema, name] = [name, mysqlIdentifier(second)];
    next += 2;
  }
  if (words[next] === 'partition' && tokens[next + 1]?.text === '(')
    next = (match[next + 1] ?? -1) < 0 ? tokens.length : (match[next + 1] as number) + 1;
  if (words[next] === 'as') next += 1;
  const third = tokens[next];
  const alias = isPlainName(third) ? mysqlIdentifier(third) : undefined;
  return [
    { ...(schema ? { schema } : {}), name, ...(alias ? { alias } : {}) },
    alias ? next + 1 : next,
  ];
}
