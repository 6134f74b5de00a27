import type { Plan, PlanNode } from '../model/plan.ts';
import type { IndexFacts, TableFacts } from '../model/statistics.ts';
import { askedOf, type Condition, hasValue } from './conditions.ts';
import { describeRelation, type RuleContext, type RuleMatch } from './rule.ts';

/** It is read in its order, from an end on, and nothing above has to see all of it. */
export function isWalk(
  scan: PlanNode,
  facts: TableFacts,
  plan: Plan,
  { shape }: RuleContext,
): boolean {
  const read = scan.op === 'IndexScan' || scan.op === 'IndexOnlyScan';
  const index = facts.indexes.find(({ name }) => name === scan.index?.name);
  const [leading] = index?.keys ?? [];
  const { conditions } = askedOf(scan, scan.predicates.index, facts);
  const sought = conditions.filter((each) => !isOfWalk(each, index));
  if (!read || sought.some(({ column }) => column === leading)) return false;
  if (conditions.length === 0 && scan.predicates.index.length > 0) return false;
  const path = pathTo(plan.root, scan);
  const ordered = shape?.ordered === true || path.some(({ op }) => op === 'Limit');
  const gathers = path.some(({ op }) => op === 'Sort' || op === 'Aggregate' || op === 'Hash');
  return ordered && !gathers;
}

/** The least of what has a value: PostgreSQL passes over NULLs, at an end of the index. */
export const isOfWalk = ({ operator, column, wrapped }: Condition, index: IndexFacts | undefined) =>
  operator === hasValue && !wrapped && column === index?.keys[0];

function pathTo(from: PlanNode, to: PlanNode): PlanNode[] {
  if (from === to) return [from];
  for (const child of from.children) {
    const path = pathTo(child, to);
    if (path.length) return [from, ...path];
  }
  return [];
}

/** A walk that goes on for too long. */
export interface Walked extends Pick<RuleMatch, 'fix' | 'saves'> {
  scan: PlanNode;
  facts: TableFacts;
  /** How long, and what for. */
  how: string;
}

/** What was counted is of all partitions of a table, and so is what is advised. */
export function toldOnce(walks: readonly Walked[]): RuleMatch[] {
  const groups = Map.groupBy(walks, ({ scan, facts: { partitionOf } }) =>
    partitionOf ? `${partitionOf.schema}.${partitionOf.name}` : scan,
  );
  return [...groups.values()].flatMap((group) => {
    const [first, ...more] = group;
    if (!first) return [];
    const { scan, facts, how, fix, saves } = first;
    const { schema, name } = facts.partitionOf ?? facts;
    const what =
      more.length === 0
        ? `${describeRelation(scan)}: ${scan.index?.name} is walked for its order`
        : `${schema}.${name}: an index of each of ${group.length} partitions is walked in order`;
    const nodes = group.map((each) => each.scan.id);
    return [{ message: `${what}, ${how}`, fix, nodes, saves }];
  });
}
