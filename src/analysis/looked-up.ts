import { type Plan, type PlanNode, preorder } from '../model/plan.ts';
import type { Asked } from './conditions.ts';
import { isValue } from './order.ts';
import type { RuleContext } from './rule.ts';
import { shareBelow } from './shares.ts';
import { examinedACall, pagesACall, rowsACall } from './work.ts';

/**
 * It finds all that have the values: as many entries are at most walked in order. What a range
 * finds may be far fewer. (MySQL and MariaDB list the keys of a range by their names.)
 */
export const isByValues = ({ conditions, alternatives }: Asked, plan: Plan): boolean =>
  alternatives.length === 0 &&
  conditions.length > 0 &&
  conditions.every((each) => isValue(each, plan) && each.operator !== 'is true');

/** Of one table, or of what is looked up in it for each row: of values that many rows have. */
export function rowsSeen(scan: PlanNode, plan: Plan, context: RuleContext): number | undefined {
  const { relations = [], joins = 0, subqueries = 0 } = context.shape ?? {};
  const pages = pagesACall(context);
  if (relations.length === 1 && joins + subqueries === 0) return examinedACall(context) ?? pages;
  const rows = rowsACall(context);
  return pages !== undefined && rows !== undefined && isForEach(scan, plan)
    ? pages - rows * levels
    : undefined;
}
/** Of an index, gone down for each row, and what leads to it. */
const levels = 4;

/** For each row another table’s column is one value. */
export const ofEach = (asked: Asked, scan: PlanNode, plan: Plan): Asked =>
  isForEach(scan, plan)
    ? {
        conditions: asked.conditions.map(({ other: _other, ...each }) => each),
        alternatives: asked.alternatives,
      }
    : asked;

/** The first rows for each of others, which is most of the work: `(SELECT … LIMIT 1)`, LATERAL. */
function isForEach(scan: PlanNode, { root }: Plan): boolean {
  const [limit, ...others] = preorder(root).filter(({ op }) => op === 'Limit');
  return (
    limit !== undefined &&
    others.length === 0 &&
    (limit.parentRelation === 'subplan' || limit.parentRelation === 'inner') &&
    preorder(limit).includes(scan) &&
    shareBelow(limit) >= mostOfWork
  );
}
const mostOfWork = 0.5;
