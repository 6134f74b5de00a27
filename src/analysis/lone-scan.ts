import { type Plan, type PlanNode, preorder } from '../model/plan.ts';
import { type RuleContext, tableOf } from './rule.ts';
import { judgedScans } from './scan-cause.ts';

/**
 * Of one table alone the planner could do nothing better with the right figure, where no index
 * begins with one of the columns: that is the cause, and full-scan tells it.
 */
export const wantsAnIndex = (
  node: PlanNode,
  columns: readonly string[],
  plan: Plan,
  context: RuleContext,
): boolean =>
  !preorder(plan.root).some((each) => each !== node && tableOf(each, context)) &&
  !tableOf(node, context)?.indexes.some(({ keys: [first] }) =>
    columns.some((column) => column === first),
  ) &&
  judgedScans(plan, context).some(
    ({ scan, cause }) => scan.nodes.includes(node) && cause.kind === 'missing',
  );
