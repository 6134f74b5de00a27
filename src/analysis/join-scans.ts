import { dialectOf } from '../dialects/index.ts';
import { type Plan, type PlanNode, preorder } from '../model/plan.ts';
import type { TableFacts } from '../model/statistics.ts';
import { askedOf, type Condition, parsed } from './conditions.ts';
import { leadingIndex, wholeIndexes } from './indexes.ts';
import { rowsCounted, shareOfValue } from './rows.ts';
import { type RuleContext, readsAll, tableOf, typesAreSure } from './rule.ts';
import { indexPays, isLarge, isRead, rootOf, type Scan, workersOf } from './scans.ts';
import { shareOf } from './shares.ts';

/**
 * Tables that are read from end to end to be joined with a few rows of another: into a hash table,
 * sorted, or into a buffer. No filter stands at such a scan; what is wanted of it is what the join's
 * condition finds.
 */
export interface JoinScan extends Scan {
  join: PlanNode;
  /** The first is of a column that no index leads with. */
  joined: [Condition, ...Condition[]];
}

export function joinScansOf(plan: Plan, context: RuleContext): JoinScan[] {
  if (!typesAreSure(plan)) return [];
  return preorder(plan.root).flatMap((join) => {
    const [one, two] = ['outer', 'inner'].map((side) =>
      join.children.find(({ parentRelation }) => parentRelation === side),
    );
    if (!one || !two) return [];
    return [
      joinScan({ join, mine: two, theirs: one }, plan, context),
      joinScan({ join, mine: one, theirs: two }, plan, context),
    ].filter((each) => each !== undefined);
  });
}

interface Sides {
  join: PlanNode;
  mine: PlanNode;
  theirs: PlanNode;
}

function joinScan(sides: Sides, plan: Plan, context: RuleContext): JoinScan | undefined {
  const node = readFor(sides.mine);
  const facts = node && tableOf(node, context);
  if (!node || !facts || !readsAll(node, facts, plan)) return undefined;
  const { join } = sides;
  const conditions = [...(join.join?.condition ?? []), ...join.predicates.joinFilter];
  const asked = askedOf(node, conditions, facts);
  const equal = asked.conditions.filter(({ kind, other }) => kind === 'equal' && other);
  const [first, ...more] = equal;
  const indexes = wholeIndexes(facts, node.predicates.filter.map(parsed));
  if (!first || equal.some((each) => leadingIndex(indexes, each))) return undefined;
  const kept = keptBy(sides, facts, first, plan, context);
  const scan: JoinScan = {
    node,
    nodes: [node],
    table: rootOf(facts, facts.rows),
    rows: facts.rows,
    pages: facts.pages,
    kept,
    asked,
    saves: shareOf(node, join, ...between(sides.mine, node)),
    join,
    joined: [first, ...more],
  };
  const pays = join.join?.buffered === true || indexPays(scan, kept);
  const worth = pays && isRead(scan, context) && isLarge(scan, context);
  return worth ? scan : undefined;
}

/** What is read, below what only hands its rows on, keeps or orders them. */
function readFor(side: PlanNode): PlanNode | undefined {
  if (side.relation) return side;
  const [only, ...more] = side.children;
  return only && more.length === 0 && passesOn.has(side.op) ? readFor(only) : undefined;
}
const passesOn: ReadonlySet<string> = new Set(['Hash', 'Sort', 'Materialize', 'Gather']);

const between = (side: PlanNode, node: PlanNode): PlanNode[] =>
  side === node ? [] : [side, ...side.children.flatMap((each) => between(each, node))];

/**
 * Rows that the other side's find. Where the statement returns what the join gives, no more than
 * that is wanted, whatever the planner expects of values that it does not know.
 */
function keptBy(
  { join, theirs }: Sides,
  facts: TableFacts,
  first: Condition,
  plan: Plan,
  context: RuleContext,
): number {
  const share = shareOfValue(facts, first);
  const others = theirs.est.rows * workersOf(theirs, plan);
  const guessed = dialectOf(plan.engine).planner.guessesFiltered ? others : join.est.rows;
  const found = share === undefined ? guessed : facts.rows * share * others;
  return Math.min(found, joinedCount(context) ?? found);
}

function joinedCount(context: RuleContext): number | undefined {
  const { shape } = context;
  return shape && rowsCounted({ ...context, shape: { ...shape, joins: 0, relations: [] } });
}
