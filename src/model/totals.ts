import { type Op, type PlanNode, type PlanTotals, preorder } from './plan.ts';

/**
 * Totals and exclusive figures, the one place that knows the traps. PostgreSQL's actual rows and
 * times are averages of one loop; a CTE's and an InitPlan's time is counted where it is declared
 * and again inside its readers; workers report averages of one worker.
 */
export function deriveTotals(root: PlanNode, extra: Partial<PlanTotals> = {}): PlanTotals {
  const nodes = preorder(root);
  for (const node of nodes) deriveCost(node);
  if (root.act) {
    for (const node of nodes) deriveRows(node);
    deriveTimes(root);
  }
  const cost = nodes.reduce((sum, node) => sum + node.derived.exclusiveCost, 0);
  // MariaDB before 11 prints no costs: there the shares are of the rows.
  const [whole, part] =
    cost > 0
      ? [cost, exclusiveCostOf]
      : [nodes.reduce((sum, node) => sum + rowsOf(node), 0), rowsOf];
  for (const node of nodes) node.derived.costShare = whole > 0 ? part(node) / whole : 0;
  return {
    estCost: root.est.totalCost,
    estRows: root.est.rows,
    nodes: nodes.length,
    depth: depthOf(root),
    ...(root.act ? { actualMs: inclusiveMs(root) } : {}),
    ...extra,
  };
}

const exclusiveCostOf = (node: PlanNode) => node.derived.exclusiveCost;
const rowsOf = ({ est, ext }: PlanNode) =>
  typeof ext['rowsRead'] === 'number' ? ext['rowsRead'] : est.rows;

/**
 * Time of all loops together. Under a Gather, loops are spread over workers that run side by side.
 */
function inclusiveMs(node: PlanNode): number {
  return (node.act?.totalMs ?? 0) * (node.act?.loops ?? 0);
}

function deriveCost(node: PlanNode): void {
  const below = node.children.filter(
    ({ parentRelation }) =>
      parentRelation !== 'cte' && parentRelation !== 'initplan' && parentRelation !== 'subplan',
  );
  const separate = node.children.filter(
    ({ parentRelation, ext }) =>
      parentRelation === 'cte' || parentRelation === 'initplan' || ext['executions'] !== undefined,
  );
  const children = [...below, ...separate].reduce((sum, child) => sum + child.est.totalCost, 0);
  node.derived.exclusiveCost = Math.max(0, node.est.totalCost - children);
}

function deriveRows(node: PlanNode): void {
  if (!node.act) return;
  const total = node.act.rows * node.act.loops;
  node.derived.rowsTotal = total;
  if (node.act.loops === 0) return;
  const estimate = Math.max(1, node.est.rows);
  const actual = Math.max(1, node.act.rows);
  node.derived.qError = Math.max(estimate / actual, actual / estimate);
}

/**
 * Exclusive = inclusive − children's inclusive, never below 0. Below a Gather the loops of a child
 * are those of all workers, which ran side by side: its share of the Gather's time is total /
 * workers. What rounding leaves over is spread so that the sum is the root's.
 */
function deriveTimes(root: PlanNode): void {
  const total = inclusiveMs(root);
  exclusive(root, 1);
  const nodes = preorder(root);
  const sum = nodes.reduce((all, node) => all + (node.derived.exclusiveMs ?? 0), 0);
  const factor = sum > 0 ? total / sum : 0;
  for (const node of nodes) {
    node.derived.exclusiveMs = (node.derived.exclusiveMs ?? 0) * factor;
    node.derived.timeShare = total > 0 ? node.derived.exclusiveMs / total : 0;
  }
}

/** Returns the node's inclusive time in wall terms. */
function exclusive(node: PlanNode, parallel: number): number {
  const inclusive = inclusiveMs(node) / parallel;
  const below = node.op === 'Gather' ? parallel * ((node.workers?.launched ?? 0) + 1) : parallel;
  let children = 0;
  for (const child of node.children)
    children += exclusive(child, child.parentRelation === 'initplan' ? parallel : below);
  // A CTE scan's time contains the CTE's own production, which hangs elsewhere in the tree.
  node.derived.exclusiveMs = node.op === 'CteScan' ? 0 : Math.max(0, inclusive - children);
  return inclusive;
}

const depthOf = (node: PlanNode): number => 1 + Math.max(0, ...node.children.map(depthOf));

/** The op on which most of the plan's time goes; of its cost where no time is known. */
export function dominantOp(root: PlanNode): Op {
  const sums = new Map<Op, number>();
  for (const node of preorder(root))
    sums.set(
      node.op,
      (sums.get(node.op) ?? 0) + (node.derived.exclusiveMs ?? node.derived.costShare),
    );
  return [...sums].reduce((best, each) => (each[1] > best[1] ? each : best), [root.op, -1] as [
    Op,
    number,
  ])[0];
}
