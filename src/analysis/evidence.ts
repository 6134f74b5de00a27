import { type Op, type Plan, type PlanNode } from '../model/plan.ts';
import { type RuleContext, rowsRead, threshold } from './rule.ts';
import { examinedACall, pagesACall, rowsACall } from './work.ts';

/**
 * What the server counted, held against what the plan expects. Rows can be compared where a
 * statement returns what a node gives; else the whole work is: pages with the cost, which is at
 * least one for each page that is not found in memory again; rows examined with the rows that the
 * plan reads.
 */
export const leastPagesMore = threshold(
  20,
  'pages for each unit of cost',
  'a page costs a unit or more, or a twentieth where it is read again and again',
);
export const leastExaminedMore = threshold(
  10,
  'times the rows that the plan reads',
  'estimates within one order of magnitude rarely change a plan',
);
export const leastPages = threshold(1_000, 'pages a call', 'fewer are read in a millisecond');
export const leastExamined = threshold(10_000, 'rows a call', 'the same for rows');

/** Ops that give on each row that they are given. */
const passesOn = new Set<Op>([
  ...(['Sort', 'IncrementalSort', 'Gather', 'Materialize', 'SubqueryScan', 'WindowAgg'] as const),
  'Result',
]);

/** The node whose rows the statement returns, as they are or in another order. */
export function comparableNode({ root }: Plan): PlanNode {
  let node = root;
  for (;;) {
    const [below, ...others] = readBy(node);
    if (!below || others.length > 0 || !passesOn.has(node.op) || node.predicates.filter.length > 0)
      return node;
    node = below;
  }
}

/** Rows a call that this node gave; undefined where the statement does something else to them. */
export function rowsGiven(plan: Plan, node: PlanNode, context: RuleContext): number | undefined {
  const { shape } = context;
  if (shape?.kind !== 'select' || shape.limit) return undefined;
  const last = comparableNode(plan);
  if (last !== node || puts.has(last.op)) return undefined;
  return rowsACall(context);
}

/** Rows are put together, or left out. */
const puts = new Set<Op>(['Aggregate', 'Unique', 'SetOp', 'Limit', 'Modify', 'Append', 'Unknown']);

const beside = new Set<PlanNode['parentRelation']>(['initplan', 'subplan', 'cte']);
const readBy = ({ children }: PlanNode) =>
  children.filter(({ parentRelation }) => !beside.has(parentRelation));

/** The server did far more for the statement than the whole plan says. */
export function didMore(plan: Plan, context: RuleContext): boolean {
  const [pages, examined] = [pagesACall(context), examinedACall(context)];
  if (pages !== undefined && !plan.lossiness.includes('no_costs'))
    return (
      pages >= leastPages.value && pages >= Math.max(1, plan.totals.estCost) * leastPagesMore.value
    );
  return (
    examined !== undefined &&
    examined >= leastExamined.value &&
    examined >= Math.max(1, rowsPlanned(plan)) * leastExaminedMore.value
  );
}

/** Rows that the plan reads from tables, over all the loops that it expects. */
export function rowsPlanned({ root }: Plan): number {
  return reads(root, 1);
}

function reads(node: PlanNode, loops: number): number {
  const own = node.relation ? rowsRead(node) * loops : 0;
  const outer = node.children.find(({ parentRelation }) => parentRelation === 'outer');
  return node.children.reduce((sum, child) => {
    const again =
      child.parentRelation === 'inner' && node.op === 'NestedLoop' && !node.join?.buffered
        ? Math.max(1, outer?.est.rows ?? 1)
        : child.ext['dependent']
          ? Math.max(1, node.relation ? rowsRead(node) : node.est.rows)
          : 1;
    return sum + reads(child, loops * again);
  }, own);
}
