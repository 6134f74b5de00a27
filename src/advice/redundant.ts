import type { CatalogIndex } from '../model/catalog-index.ts';
import type { IndexDef, IndexKey } from '../model/index-def.ts';

/**
 * Indexes of which another does all that they could. Of the same table, method, predicate, operator
 * classes, collations and order; its keys are the beginning of the other's, its further columns are
 * among the other's; and what it keeps unique the other does, too. Neither one that has to stay nor
 * the last of those that are alike is among them.
 */
export interface Redundant {
  index: CatalogIndex;
  /** It stays. */
  covered: CatalogIndex;
  /** In whose order it has rows of the same keys, and the other has not. */
  orderLost: readonly string[];
}

export function redundantIndexes(catalog: readonly CatalogIndex[]): Redundant[] {
  const tables = Map.groupBy(catalog.filter(isInUse), ({ index: { schema, table } }) =>
    JSON.stringify([schema, table]),
  );
  return [...tables.values()].flatMap(redundantOf);
}

/** What is not read by anybody stands in for nothing. */
const isInUse = ({ valid, building, hidden }: CatalogIndex) => valid && !building && !hidden;

function redundantOf(indexes: readonly CatalogIndex[]): Redundant[] {
  const dropped = new Set<CatalogIndex>();
  const found: Redundant[] = [];
  for (const index of indexes.toSorted(firstToGo)) {
    if (index.needed) continue;
    const covered = indexes
      .filter((each) => each !== index && !dropped.has(each) && standsIn(each, index))
      .map((each) => ({ covered: each, orderLost: orderLost(each, index) }))
      .toSorted(
        (a, b) => a.orderLost.length - b.orderLost.length || a.covered.bytes - b.covered.bytes,
      )[0];
    if (!covered) continue;
    dropped.add(index);
    found.push({ index, ...covered });
  }
  return found;
}

const standsIn = (wide: CatalogIndex, narrow: CatalogIndex): boolean =>
  covers(wide.index, narrow.index) && !(narrow.index.unique && wide.deferred);

/** Of (a) beside (a, b): rows of one `a` by primary key. (a, id) has them so as well. */
function orderLost(wide: CatalogIndex, narrow: CatalogIndex): readonly string[] {
  const { behind = [], index } = narrow;
  const next = [
    ...wide.index.keys
      .slice(index.keys.length)
      .map((key) => ('column' in key && !key.descending && !key.letters ? key.column : '')),
    ...(wide.behind ?? []),
  ];
  return behind.every((column, i) => next[i] === column) ? [] : behind;
}

/**
 * Of those that are alike: one that can be restored exactly; then the larger one, which is older,
 * with more pages half empty.
 */
const firstToGo = (a: CatalogIndex, b: CatalogIndex): number =>
  Number(b.restorable) - Number(a.restorable) || b.bytes - a.bytes || (a.name < b.name ? 1 : -1);

/** `wide` does all that `narrow` could. */
export function covers(wide: IndexDef, narrow: IndexDef): boolean {
  if (wide.method !== narrow.method || wide.where !== narrow.where) return false;
  // By which words it finds, its parser decides, which no catalog of MySQL’s tells.
  if (narrow.method === 'fulltext') return false;
  const keys = narrow.keys.map(keyText);
  const wideKeys = wide.keys.map(keyText);
  const same = keys.length === wideKeys.length;
  // Only a B-tree finds by the beginning of its keys what a shorter one finds.
  if (!same && (narrow.method !== 'btree' || keys.length > wideKeys.length)) return false;
  if (!keys.every((key, i) => key === wideKeys[i])) return false;
  if (narrow.unique && !(same && wide.unique)) return false;
  const kept = new Set([
    ...wide.keys.flatMap((key) => ('column' in key && !key.letters ? [key.column] : [])),
    ...(wide.include ?? []),
  ]);
  return (narrow.include ?? []).every((column) => kept.has(column));
}

const keyText = (key: IndexKey): string =>
  JSON.stringify([
    'column' in key ? key.column : '',
    'column' in key ? '' : key.expression,
    key.descending ?? false,
    key.nulls ?? (key.descending ? 'first' : 'last'),
    key.opclass ?? '',
    key.collation ?? '',
    key.letters ?? 0,
  ]);
