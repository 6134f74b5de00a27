import type { WorkloadStatement } from '../history/history-questions.ts';
import { type Plan, preorder } from '../model/plan.ts';
import type { WorldWanted } from '../model/world.ts';

/** Which relations of which databases a planner elsewhere must know for these statements. Pure. */
export type Wanted = Omit<WorldWanted, 'values'>;

/** A world each; one server rarely has more in which a thousandth of its time is spent. */
export const mostDatabases = 8;

/** The database with most time first. */
export function wantedOf(statements: readonly WorkloadStatement[]): Wanted[] {
  const timeOf = (of: readonly WorkloadStatement[]) =>
    of.reduce((sum, { weight }) => sum + weight.totalMs, 0);
  return [...Map.groupBy(statements, ({ database }) => database)]
    .toSorted(([, a], [, b]) => timeOf(b) - timeOf(a))
    .slice(0, mostDatabases)
    .map(([database, of]) => ({
      database,
      relations: distinct(of.flatMap(relationsOf)),
      roles: [...new Set(of.flatMap(({ user }) => (user === undefined ? [] : [user])))],
    }));
}

type RelationName = WorldWanted['relations'][number];

/** As text, tables and plan name them: the text alone names a view, the plan a partition. */
export function relationsOf({ shape, facts = [], plan }: WorkloadStatement): RelationName[] {
  return distinct([
    ...(shape?.relations ?? []).map(nameOf),
    ...facts.map(nameOf),
    ...(plan ? tablesIn(plan) : []),
  ]);
}

const tablesIn = (plan: Plan) =>
  preorder(plan.root).flatMap(({ relation }) =>
    relation?.kind === 'table' ? [nameOf(relation)] : [],
  );

const nameOf = ({ schema, name }: { schema?: string | undefined; name: string }): RelationName => ({
  ...(schema ? { schema } : {}),
  name,
});

/** One that is known with its schema is not asked for without. */
function distinct(names: readonly RelationName[]): RelationName[] {
  const known = new Map(names.map((each) => [`${each.schema ?? ''}.${each.name}`, each]));
  const qualified = new Set(names.filter(({ schema }) => schema).map(({ name }) => name));
  return [...known.values()].filter(({ schema, name }) => schema || !qualified.has(name));
}
