import type { Token } from '../../../dialects/token.ts';
import { emptyShape, type QueryShape } from '../../../model/query-shape.ts';
import { askedIn } from './comparisons.ts';
import { distinctParts } from './distinct.ts';
import { groupColumns, isShuffled, itemsOf, listsOf } from './lists.ts';
import { type Places, placesOf, type Query } from './places.ts';
import { namedIn } from './relations.ts';
import { isCallName } from './words.ts';

/**
 * A statement's tokens, without space and comments → the summary that rules read. No grammar: what
 * it does not understand it leaves out. Never throws; time is linear in the tokens.
 */
export function summarizeTokens(tokens: readonly Token[], kind: QueryShape['kind']): QueryShape {
  const places = placesOf(tokens);
  const { words, queries } = places;
  const { relations, ctes } = namedIn(places, kind);
  const { comparisons, orAcrossTables, notIn } = askedIn(places);
  const distinct = kind === 'select' ? distinctParts(places) : undefined;
  return {
    ...emptyShape(kind),
    relations,
    functions: functionsOf(places),
    comparisons,
    selectStar: tokens.some((_, i) => isStar(places, i)),
    distinct: words.some((word, i) => word === 'distinct' && words[i - 1] === 'select'),
    grouped: queries.some(({ clauses }) => clauses.group),
    ordered: queries.some(({ clauses }) => clauses.order),
    limit: words.includes('limit'),
    offset: hasOffset(places),
    joins: words.filter((word) => word === 'join' || word === 'straight_join').length,
    subqueries: tokens.filter(({ text }, i) => text === '(' && words[i + 1] === 'select').length,
    ...groupedInside(places),
    ...listsOf(places, outermost(queries)),
    ...(queries.some(({ distinctUnion }) => distinctUnion) ? { distinctUnion: true as const } : {}),
    ...(queries.some((each) => isShuffled(places, each)) ? { randomOrder: true as const } : {}),
    ...(words.some(isOuterJoin) ? { outerJoin: true as const } : {}),
    ...(notIn ? { notIn: true as const } : {}),
    ...(orAcrossTables ? { orAcrossTables: true as const } : {}),
    ...(distinct ? { distinctParts: distinct } : {}),
    ...(ctes.length ? { ctes } : {}),
  };
}

/** Where only one query groups, by what it does, if it is the outermost or another. */
function groupedInside(places: Places): Pick<QueryShape, 'groupBy'> {
  const [only, ...more] = places.queries.filter(({ clauses }) => clauses.group);
  const { list, group } = only?.clauses ?? {};
  if (!list || !group || more.length > 0) return {};
  const groupBy = groupColumns(places, group, itemsOf(places, list));
  return groupBy?.length ? { groupBy } : {};
}

const functionsOf = ({ tokens, words, stretches }: Places): string[] => [
  ...new Set(
    words.filter(
      (_, i) =>
        isCallName(tokens, i) &&
        stretches[i]?.clause !== 'with' &&
        words[i - 1] !== 'into' &&
        words[i - 1] !== 'as' &&
        tokens[i - 1]?.text !== '.',
    ),
  ),
];

/** `SELECT *`, `SELECT o.*`, `SELECT a, *`; not `count(*)` and not `a * b`. */
const isStar = ({ tokens, words }: Places, i: number): boolean =>
  tokens[i]?.text === '*' &&
  (words[i - 1] === 'select' ||
    tokens[i - 1]?.text === '.' ||
    (tokens[i - 1]?.text === ',' && tokens[i + 1]?.text !== '('));

/** `LIMIT 10 OFFSET 5` and `LIMIT 5, 10`. */
const hasOffset = ({ tokens, words }: Places) =>
  words.some(
    (word, i) => word === 'limit' && (words[i + 2] === 'offset' || tokens[i + 2]?.text === ','),
  );

/**
 * The query that gives the rows: the first with a verb that has the fewest brackets around it, and
 * of what the first of a UNION does not say, what stands behind the last.
 */
function outermost(queries: readonly Query[]): Query {
  const spoken = queries.filter(({ verb }) => verb !== '' && verb !== 'values');
  const depth = spoken.reduce((least, query) => Math.min(least, query.depth), Infinity);
  const [main, ...members] = spoken.filter((query) => query.depth === depth);
  const select = main?.verb === 'insert' ? (members[0] ?? main) : main;
  const none: Query = { verb: '', depth: 0, clauses: {} };
  const order = queries.filter(({ depth: at, clauses }) => at <= depth && clauses.order).at(-1);
  return select
    ? {
        ...select,
        clauses: { ...select.clauses, ...(order ? { order: order.clauses.order } : {}) },
      }
    : none;
}

/** `left(name, 3)` is none. */
const isOuterJoin = (word: string, i: number, words: readonly string[]): boolean =>
  /^(?:left|right)$/.test(word) && /^(?:join|outer)$/.test(words[i + 1] ?? '');
