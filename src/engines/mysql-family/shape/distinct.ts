import type { DistinctPart } from '../../../model/query-shape.ts';
import { asksIn } from './comparisons.ts';
import { groupColumns, itemsOf } from './lists.ts';
import { bareColumn } from './operands.ts';
import type { Places, Query } from './places.ts';
import { relationsFrom } from './relations.ts';
import { isValue } from './words.ts';

/**
 * What a SELECT DISTINCT lists, and each part of a UNION that removes duplicates: whether any can
 * come follows from the keys of the tables. Undefined where no duplicates are removed.
 */
export function distinctParts(places: Places): DistinctPart[] | undefined {
  const selects = places.queries.filter(({ verb }) => verb === 'select');
  const united = selects.find(({ distinctUnion }) => distinctUnion);
  if (united) {
    const [first, ...others] = selects.filter(({ depth }) => depth === united.depth);
    if (!first || !others.every(({ distinctUnion }) => distinctUnion)) return undefined;
    return [first, ...others].map((query) => partOf(places, query));
  }
  const distinct = selects.find((query) => isDistinct(places, query));
  return distinct && [partOf(places, distinct)];
}

const isDistinct = ({ words }: Places, { clauses }: Query) =>
  clauses.list !== undefined && /^distinct(?:row)?$/.test(words[clauses.list.start] ?? '');

function partOf(places: Places, { clauses }: Query): DistinctPart {
  const { list, from, where, group } = clauses;
  const items = list ? itemsOf(places, list) : [];
  const columns = items.flatMap((item) => bareColumn(places, item) ?? []);
  const relations = from && !group ? relationsFrom(places, from) : undefined;
  const groups = group && groupColumns(places, group, items);
  const lists = groups?.every(({ column }) => columns.some((each) => each.column === column));
  return {
    columns,
    constants: items.flatMap(({ start, end }, i) =>
      end - start === 1 && isValue(places.tokens[start]) ? [i] : [],
    ),
    ...(relations?.length ? { relations } : {}),
    ...(where ? { asks: asksIn(places, where) } : {}),
    ...(lists ? { listsGroups: true as const } : {}),
  };
}
