import { habitsOf } from '../dialects/habits.ts';
import { type Op, type Plan, type PlanNode, preorder } from '../model/plan.ts';
import type { TableFacts } from '../model/statistics.ts';
import { askedOf } from './conditions.ts';
import { type RuleContext, rowsRead, tableOf, threshold } from './rule.ts';
import { examinedACall, pagesACall, rowsACall } from './work.ts';
import { allIndexes } from './written.ts';

/**
 * What the server counted, held against what the plan expects. Rows can be compared where a
 * statement returns what a node gives; else the whole work is: pages with those that the plan
 * touches at most, rows examined with the rows that it reads.
 */
export const leastPagesMore = threshold(
  5,
  'times the pages that the plan touches at most',
  'each row is reckoned to be on a page of its own, so that the rows are further off than that',
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
  // One that the plan shows is at its place there, and may be a subquery's.
  const unseen = shape?.limit && !habitsOf(plan.engine).planner.showsLimit;
  if (shape?.kind !== 'select' || unseen) return undefined;
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
  const pages = pagesACall(context);
  const planned = pages === undefined ? undefined : pagesPlanned(plan, context);
  if (pages !== undefined && planned) {
    const more = pages - planned.whole - pagesWritten(plan, context);
    return more >= leastPages.value && more >= planned.found * leastPagesMore.value;
  }
  const examined = examinedACall(context);
  return (
    examined !== undefined &&
    examined >= leastExamined.value &&
    examined >= Math.max(1, rowsPlanned(plan)) * leastExaminedMore.value
  );
}

/** What is written goes down each index, to rows that nobody expected wrongly. */
function pagesWritten({ root }: Plan, context: RuleContext): number {
  const node = preorder(root).find(({ op }) => op === 'Modify');
  const facts = node && tableOf(node, context);
  const places = facts ? allIndexes(facts).length + 1 : 0;
  return places * (rowsACall(context) ?? 0) * pagesOfWrite;
}
const pagesOfWrite = 5;

/** Pages that the plan touches at most: of tables read whole, which are known; of rows found. */
export interface PagesPlanned {
  whole: number;
  found: number;
}

/** Undefined where of a table nothing is known. */
export function pagesPlanned({ root }: Plan, context: RuleContext): PagesPlanned | undefined {
  const planned: PagesPlanned = { whole: 0, found: 0 };
  let known = true;
  visitLoops(root, 1, (node, loops) => {
    if (node.relation?.kind !== 'table' || node.op === 'BitmapIndexScan' || node.op === 'Modify')
      return;
    const facts = tableOf(node, context);
    if (!facts) known = false;
    else if (node.op === 'SeqScan' && loops === 1) planned.whole += Math.max(0, facts.pages);
    else planned.found += loops * pagesOfRead(node, facts);
  });
  return known ? planned : undefined;
}

/** Of an index: from the root to a leaf. */
const pagesOfDescent = 3;
const rowsOfLeaf = 100;

/** Each row on a page of its own; where a filter leaves rows out, what the planner pays for. */
function pagesOfRead(node: PlanNode, facts: TableFacts): number {
  const { op, est, predicates } = node;
  const pages = Math.max(0, facts.pages);
  if (op === 'SeqScan') return pages;
  const rows = predicates.filter.length > 0 ? Math.max(est.rows, est.totalCost) : est.rows;
  const ofIndex =
    pagesOfDescent * (isOfList(node, facts) ? Math.max(1, est.rows) : 1) + rows / rowsOfLeaf;
  return ofIndex + (op === 'IndexScan' ? rows : Math.min(pages, rows));
}

/** `id IN (…)`: each value is looked up from the root of the index. */
const isOfList = (node: PlanNode, facts: TableFacts): boolean =>
  askedOf(node, [...node.predicates.index, ...node.predicates.recheck], facts).conditions.some(
    ({ kind, operator, single }) => kind === 'equal' && operator === '=' && !single,
  );

/** Rows that the plan reads from tables, over all the loops that it expects. */
export function rowsPlanned({ root }: Plan): number {
  let rows = 0;
  visitLoops(root, 1, (node, loops) => {
    if (node.relation) rows += rowsRead(node) * loops;
  });
  return rows;
}

/** Each node with how often the plan runs it: each worker runs what they do not share. */
function visitLoops(
  node: PlanNode,
  loops: number,
  visit: (node: PlanNode, loops: number) => void,
  workers = 1,
): void {
  const own = node.parallelAware ? loops / workers : loops;
  visit(node, own);
  const shared = node.op === 'Append' && node.parallelAware;
  const more = node.op === 'Gather' ? (node.workers?.planned ?? 0) + 1 : 1;
  for (const child of node.children)
    visitLoops(
      child,
      (shared ? own : loops) * timesRun(child, node) * more,
      visit,
      shared ? 1 : workers * more,
    );
}

/** Of a child, for one run of its parent. */
function timesRun({ parentRelation, nativeOp, ext }: PlanNode, parent: PlanNode): number {
  const { op, join, children, relation, est } = parent;
  const outer = children.find((each) => each.parentRelation === 'outer');
  // Made once and read again.
  const kept = join?.buffered || nativeOp === 'Materialize';
  if (parentRelation === 'inner')
    return op === 'NestedLoop' && !kept ? Math.max(1, outer?.est.rows ?? 1) : 1;
  if (parentRelation === 'subplan') return Math.max(1, relation ? rowsRead(parent) : est.rows);
  return ext['dependent'] ? Math.max(1, est.rows) : 1;
}
