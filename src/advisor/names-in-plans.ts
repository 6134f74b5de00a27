import type { Candidate } from '../advice/candidates.ts';
import { partitionIndexName } from '../advice/identity.ts';
import type { IndexDef } from '../model/index-def.ts';
import { type Plan, preorder } from '../model/plan.ts';
import type { PartitionIndex } from '../model/proposal.ts';
import type { WorldRelation } from '../model/world.ts';
import { isRoot, partitionsOf } from './buildable.ts';

/** Of a candidate on a partitioned table. Undefined: it has no partitions. Pure. */
export function partitionIndexes(
  index: IndexDef,
  relations: readonly WorldRelation[],
): PartitionIndex[] | undefined {
  if (!relations.some((each) => isRoot(each, index))) return undefined;
  return partitionsOf(index, relations).map(({ schema, name: table }) => ({
    schema,
    table,
    name: partitionIndexName(index, { schema, table }),
  }));
}

/**
 * Name in a plan → id of the candidate: a plan reads the indexes of partitions, which have names of
 * their own. Pure.
 */
export const namesInPlans = (
  candidates: readonly Candidate[],
  relations: readonly WorldRelation[],
): ReadonlyMap<string, string> =>
  new Map(
    candidates.flatMap(({ id, index }) => [
      [id, id] as const,
      ...(partitionIndexes(index, relations) ?? []).map(({ name }) => [name, id] as const),
    ]),
  );

/** Ids of the candidates that a plan reads. */
export function readIn(plan: Plan, names: ReadonlyMap<string, string>): string[] {
  const read = preorder(plan.root).flatMap(({ index }) => names.get(index?.name ?? '') ?? []);
  return [...new Set(read)];
}
