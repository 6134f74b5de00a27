import { tableName } from '../advice/atoms.ts';
import type { Candidate } from '../advice/candidates.ts';
import { invalidIndexes } from '../advice/invalid.ts';
import { covers, redundantIndexes } from '../advice/redundant.ts';
import type { CatalogIndex } from '../model/catalog-index.ts';
import type { IndexDef } from '../model/index-def.ts';
import type { TableRefusal, Unseen } from '../model/proposal.ts';
import type { WorldExport, WorldRelation } from '../model/world.ts';

/**
 * Which tables get no index, whatever it would save: those that it cannot be built on beside the
 * work, or not in a way that can be taken back in order, and those that have as many as they
 * should. Asked before anything is tried, so that no budget is spent on what nobody builds. Pure.
 */
export type TableName = Pick<IndexDef, 'schema' | 'table'>;

/** New ones: each is written with every row of its table. */
export const mostNewOfTable = 5;
/**
 * With those that are there. What a write pays for one more is in the model; that an update is no
 * longer HOT, that VACUUM goes through each, and that every plan has to think of it, is not.
 */
export const mostOfTable = 12;

/** Those that stay: what could go, another proposal says. */
export function standingOn(
  { schema, table }: TableName,
  indexes: readonly CatalogIndex[],
): CatalogIndex[] {
  const own = indexes.filter(({ index }) => index.schema === schema && index.table === table);
  const going = new Set([
    ...redundantIndexes(own).map(({ index }) => index),
    ...invalidIndexes(own),
  ]);
  return own.filter((each) => !going.has(each));
}

/** As many as leave no room for more than may come. */
export const pinnedOn = (table: TableName, indexes: readonly CatalogIndex[]): CatalogIndex[] => {
  const standing = standingOn(table, indexes);
  const beyond = standing.length - (mostOfTable - mostNewOfTable);
  return standing.slice(0, Math.max(0, Math.min(beyond, mostNewOfTable)));
};

/** Built since its statements were planned last: the catalogs are newer than what cycles saw. */
export const isThere = (index: IndexDef, indexes: readonly CatalogIndex[]): boolean =>
  indexes.some(
    ({ index: each, valid, building, hidden }) =>
      each.schema === index.schema &&
      each.table === index.table &&
      valid &&
      !building &&
      !hidden &&
      covers(each, index),
  );

/** In their order, without those on tables that get none, which are told of. */
export function sifted(
  thought: readonly Candidate[],
  world: WorldExport,
  indexes: readonly CatalogIndex[],
): { candidates: Candidate[]; refused: Unseen[] } {
  const { database } = world;
  const missing = thought.filter(({ index }) => !isThere(index, indexes));
  const tables = new Map(missing.map(({ index }) => [tableName(index), index]));
  const refused = new Map(
    [...tables].flatMap(([key, { schema, table }]) => {
      const reason = whyNone({ schema, table }, world, indexes);
      const one = reason && { kind: 'table' as const, database, schema, table, reason };
      return one ? [[key, one] as const] : [];
    }),
  );
  return {
    candidates: missing.filter(({ index }) => !refused.has(tableName(index))),
    refused: [...refused.values()],
  };
}

export function whyNone(
  place: TableName,
  { relations, withheld }: Pick<WorldExport, 'relations' | 'withheld'>,
  indexes: readonly CatalogIndex[],
): TableRefusal | undefined {
  if (standingOn(place, indexes).length >= mostOfTable) return 'many_indexes';
  if (!relations.some((each) => isRoot(each, place))) return undefined;
  if (withheld.some(({ reason }) => reason === 'too_many_relations')) return 'many_partitions';
  const kinds = new Set(partitionsOf(place, relations).map(({ kind }) => kind));
  if (kinds.has('foreign')) return 'foreign_partitions';
  return kinds.has('partitioned') ? 'nested_partitions' : undefined;
}

/** An index is made on each, in some 5 ms: two seconds for one that is asked about alone. */
const mostPartitionsAlone = 400;

/** Candidates that are made once, with all others. */
export const dearOf = (
  candidates: readonly Candidate[],
  { relations }: Pick<WorldExport, 'relations'>,
): ReadonlySet<string> =>
  new Set(
    candidates
      .filter(({ index }) => partitionsOf(index, relations).length > mostPartitionsAlone)
      .map(({ id }) => id),
  );

export const isRoot = ({ schema, name, kind }: WorldRelation, place: TableName): boolean =>
  kind === 'partitioned' && schema === place.schema && name === place.table;

export const partitionsOf = (
  place: TableName,
  relations: readonly WorldRelation[],
): WorldRelation[] =>
  relations.filter(({ parents }) =>
    parents.some(({ schema, name }) => schema === place.schema && name === place.table),
  );
