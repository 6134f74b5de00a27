import type { Op, PlanNode } from './plan.ts';
import type { Tree } from './tree.ts';

/**
 * Of each place, whether what stands there may have been stopped before it had given all its rows:
 * below a limit, in a join that needs no more, in a subquery that is asked until it answers. Such a
 * node is not wrong in having given fewer rows than were expected.
 */
export function mayBeStopped({ nodes, parents }: Tree): boolean[] {
  const stopped: boolean[] = [];
  for (const [at, node] of nodes.entries()) {
    const parent = parents[at] as number;
    const above = nodes[parent];
    stopped[at] = above !== undefined && isStopped(above, node, stopped[parent] === true);
  }
  return stopped;
}

/** They read everything before they give the first row. */
const blocking: ReadonlySet<Op> = new Set(['Sort', 'Hash', 'WindowAgg', 'SetOp']);
const isBlocking = ({ op, group }: PlanNode) =>
  blocking.has(op) || (op === 'Aggregate' && group?.strategy !== 'Sorted');

function isStopped(above: PlanNode, node: PlanNode, stopped: boolean): boolean {
  if (above.op === 'Limit' || above.op === 'MergeJoin') return true;
  const { parentRelation: relation } = node;
  if (relation === 'subplan' || relation === 'initplan' || relation === 'cte') return true;
  // The first row that fits is enough.
  if (/semi|anti/.test(above.join?.type ?? '') && relation === 'inner') return true;
  return stopped && !isBlocking(above);
}
