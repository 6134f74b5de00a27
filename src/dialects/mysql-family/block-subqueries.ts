import { allPredicates, type PlanNode, type Predicate, preorder } from '../../model/plan.ts';
import { get, getPairs, isSet, type Pairs } from '../json-pairs.ts';
import type { BlockContext } from './block-table.ts';

/** Subqueries that stand beside a block's tables: how often each runs, and what that costs. */

export function withSubqueries(node: PlanNode, subqueries: PlanNode[]): PlanNode {
  for (const each of subqueries) {
    node.children.push(each);
    if (each.parentRelation === 'subplan')
      runAgain(each, !each.ext['dependent'] ? 1 : node.relation ? rowsOf(node) : node.est.rows);
    node.est = { ...node.est, totalCost: node.est.totalCost + each.est.totalCost };
  }
  return node;
}

const rowsOf = ({ ext, est }: PlanNode) =>
  typeof ext['rowsRead'] === 'number' ? ext['rowsRead'] : est.rows;

/**
 * Costs are of all runs, as those of a joined table are; the servers print one run's and leave it
 * out of their total.
 */
function runAgain(subquery: PlanNode, times: number): void {
  const executions = Math.max(1, times);
  subquery.ext['executions'] = executions;
  for (const node of preorder(subquery))
    node.est = {
      ...node.est,
      startupCost: node.est.startupCost * executions,
      totalCost: node.est.totalCost * executions,
    };
}

/** Run once, or again for each row of what is around it. */
export function readSubquery(subquery: Pairs, context: BlockContext): PlanNode {
  const cached = getPairs(subquery, 'expression_cache');
  const dependent = isSet(subquery, 'dependent') || cached !== undefined;
  const node = context.content(subquery);
  node.parentRelation =
    dependent ||
    (get(subquery, 'dependent') === undefined && !getPairs(subquery, 'materialization'))
      ? 'subplan'
      : 'initplan';
  if (dependent || (get(subquery, 'dependent') === undefined && looksOutside(node)))
    node.ext['dependent'] = true;
  return node;
}

/**
 * MariaDB does not say that a subquery depends on a row around it; a condition in it with a column
 * of no table in it does.
 */
function looksOutside(root: PlanNode): boolean {
  const nodes = preorder(root);
  const inside = new Set(
    nodes.flatMap(({ relation }) => (relation ? [relation.alias ?? relation.name] : [])),
  );
  const derived = nodes.some(({ relation }) => relation?.kind === 'cte');
  const outside = ({ columns }: Predicate) =>
    columns.some(
      (column) => column.includes('.') && !inside.has(column.slice(0, column.lastIndexOf('.'))),
    );
  // A derived table's own alias is not printed: its columns cannot be told from those of what is
  // around.
  return !derived && nodes.some((node) => allPredicates(node).some(outside));
}
