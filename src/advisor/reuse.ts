import { tableName } from '../advice/atoms.ts';
import type { Candidate } from '../advice/candidates.ts';
import type { WorkloadStatement } from '../history/history-questions.ts';
import { type Plan, preorder } from '../model/plan.ts';

/**
 * Plans that need not be asked for again: an index on a table that a statement does not read
 * changes nothing of its plan, so that of a set only those on its own tables matter. Pure.
 */
export interface Planned {
  plan: Plan;
  cost: number;
}

/** Plans by statement and by what was there. */
export type Plans = ReadonlyMap<string, Planned>;

export const planKey = (statement: string, ids: readonly string[]): string =>
  [statement, ...ids.toSorted()].join('\n');

export const statementOf = (key: string): string => key.split('\n', 1)[0] ?? '';

/** The cheapest that was planned with some of these: with more of them it is no dearer. */
export function cheapestWith(
  plans: Plans,
  statement: string,
  ids: readonly string[],
): Planned | undefined {
  const there = new Set(ids);
  return [...plans]
    .filter(([key]) => {
      const [of, ...used] = key.split('\n');
      return of === statement && used.every((id) => there.has(id));
    })
    .map(([, planned]) => planned)
    .toSorted((a, b) => a.cost - b.cost)[0];
}

/**
 * Of a set, those that may matter to a statement; undefined: nobody knows which tables it reads.
 */
export function onItsTables<T extends Pick<Candidate, 'index'>>(
  statement: WorkloadStatement,
  set: readonly T[],
): T[] | undefined {
  const { facts = [], plan } = statement;
  if (facts.length === 0) return undefined;
  const read = new Set([
    ...facts.flatMap(({ schema, name, partitionOf }) => [
      tableName({ schema, table: name }),
      ...(partitionOf ? [tableName({ schema: partitionOf.schema, table: partitionOf.name })] : []),
    ]),
    ...(plan ? preorder(plan.root) : []).flatMap(({ relation }) =>
      relation?.schema ? [tableName({ schema: relation.schema, table: relation.name })] : [],
    ),
  ]);
  return set.filter(({ index }) => read.has(tableName(index)));
}
