import type { Op, PlanNode } from './plan.ts';
import type { Tree } from './tree.ts';

/**
 * Rows that each node has work with in the whole plan, for servers that print no costs (MariaDB
 * before 11): those that a scan reads of a table, and those that are kept to be read again. What
 * only passes rows on has none of them.
 */
export function rowsRead({ nodes, parents }: Tree): number[] {
  const runs: number[] = [];
  return nodes.map((node, at) => {
    const parent = parents[at] as number;
    const again = Number(node.ext['executions'] ?? 1);
    runs[at] = parent < 0 ? 1 : (runs[parent] as number) * again * loops(nodes[parent], node);
    return rowsOf(node) * runs[at];
  });
}

const keeping = new Set<Op>(['Sort', 'Materialize', 'Unique']);
const rowsOf = ({ op, ext, children: [input] }: PlanNode) =>
  keeping.has(op) ? (input?.est.rows ?? 0) : Number(ext['rowsRead'] ?? 0);

/** The inner side of a join is read once for each row of the outer one, or once for all of them. */
function loops(parent: PlanNode | undefined, { parentRelation }: PlanNode): number {
  if (parent?.op !== 'NestedLoop' || parentRelation !== 'inner' || parent.join?.buffered) return 1;
  return Math.max(1, parent.children[0]?.est.rows ?? 1);
}
