import type { PartitionIndex } from '../../model/proposal.ts';
import type { Row } from '../row.ts';
import { quotedName } from './sql-names.ts';

/**
 * The index of a partitioned table: that of the root is made without any rows, those of the
 * partitions beside the work, and each is attached. What is done already is not done again, so that
 * a build that failed goes on where it was. Pure.
 */

/** $1: schemas, $2: names of indexes. Every role may read it; below a millisecond. */
export const leavesSql = `
SELECT n.nspname AS schema, c.relname AS name, i.indisvalid::text AS valid,
  EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = c.oid)::text AS attached,
  coalesce(pg_catalog.obj_description(c.oid, 'pg_class') LIKE 'dbintel:%', false)::text AS marked
FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS w (schema, name)
JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid`;

export interface Leaf {
  valid: boolean;
  attached: boolean;
  /** It is another change’s by itself: ours have no mark of their own. */
  marked: boolean;
}

/** One that is in our way, and is not ours to drop. */
export const isOthers = ({ marked, attached }: Leaf): boolean => marked && !attached;

const keyOf = ({ schema, name }: { schema: string; name: string }) => `${schema}.${name}`;

export const leavesOf = (rows: readonly Row[]): Map<string, Leaf> =>
  new Map(
    rows.map((row) => [
      keyOf({ schema: row['schema'] ?? '', name: row['name'] ?? '' }),
      {
        valid: row['valid'] === 'true',
        attached: row['attached'] === 'true',
        marked: row['marked'] === 'true',
      },
    ]),
  );

/** `made`: root, its mark, then for each partition its index and what attaches it. */
export function missingSteps(
  made: readonly string[],
  partitions: readonly PartitionIndex[],
  { root, leaves }: { root: boolean; leaves: ReadonlyMap<string, Leaf> },
): string[] {
  const [first, ...rest] = made.length === 2 + 2 * partitions.length ? made : [];
  const [mark, ...steps] = rest;
  if (first === undefined || mark === undefined) return [...made];
  return [
    ...(root ? [] : [first]),
    mark,
    ...partitions.flatMap((each, i) => {
      const leaf = leaves.get(keyOf(each));
      const [create = '', attach = ''] = steps.slice(2 * i, 2 * i + 2);
      if (leaf?.attached) return [];
      if (leaf?.valid) return [attach];
      return [...(leaf ? [dropLeaf(each)] : []), create, attach];
    }),
  ];
}

/** Those that hang on the root go with it; the others by themselves, before it. */
export const leavesToDrop = (
  partitions: readonly PartitionIndex[],
  leaves: ReadonlyMap<string, Leaf>,
): string[] =>
  partitions.flatMap((each) => {
    const leaf = leaves.get(keyOf(each));
    return leaf && !leaf.attached && !isOthers(leaf) ? [dropLeaf(each)] : [];
  });

const dropLeaf = ({ schema, name }: PartitionIndex): string =>
  `DROP INDEX CONCURRENTLY ${quotedName(schema)}.${quotedName(name)};`;
