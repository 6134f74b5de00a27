import { type PlanNode, preorder } from './plan.ts';

/**
 * MySQL and MariaDB read rows that are found by a whole key while they plan, and compute what is
 * constant. With values that find nothing, no plan is made: `Impossible WHERE`, `no matching row in
 * const table`. That says something of the values, and nothing of how the statement runs.
 */
const nothingFound = /^(?:impossible|no matching|zero[ _](?:limit|rows))/i;

const isEmpty = (node: PlanNode): boolean =>
  node.op === 'Result' && nothingFound.test(node.nativeOp);

/** The values of this sample leave nothing to do. */
export function isDegenerate(node: PlanNode): boolean {
  if (isEmpty(node)) return true;
  const inputs = node.children.filter(
    ({ parentRelation }) => parentRelation !== 'initplan' && parentRelation !== 'subplan',
  );
  return (
    inputs.length > 0 &&
    node.op !== 'Modify' &&
    node.join === undefined &&
    inputs.every(isDegenerate)
  );
}

/** A member of a set operation, a derived table or a subquery has no plan, the rest has. */
export const isPartlyDegenerate = (root: PlanNode): boolean =>
  !isDegenerate(root) && preorder(root).some(isEmpty);
