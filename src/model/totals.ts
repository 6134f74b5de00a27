import { exclusiveCosts } from './costs.ts';
import type { Op, PlanNode, PlanTotals } from './plan.ts';
import { rowsRead } from './rows-read.ts';
import { mayBeStopped } from './stopped.ts';
import { exclusiveTimes } from './times.ts';
import { depthOf, flatten, positive, type Tree } from './tree.ts';

/**
 * What a plan says of itself as a whole, and of each node without what is below it: `costs.ts` and
 * `times.ts` know the traps.
 */
export function deriveTotals(root: PlanNode, extra: Partial<PlanTotals> = {}): PlanTotals {
  const tree = flatten(root);
  const { nodes } = tree;
  deriveCosts(tree);
  const stopped = root.act ? mayBeStopped(tree) : [];
  for (const [at, node] of nodes.entries()) deriveRows(node, stopped[at] === true);
  const actualMs = root.act && deriveTimes(tree);
  return {
    estCost: root.est.totalCost,
    estRows: root.est.rows,
    nodes: nodes.length,
    depth: depthOf(tree),
    ...(actualMs === undefined ? {} : { actualMs }),
    ...extra,
  };
}

/** MariaDB before 11 prints no costs: there the shares are of the rows that are read. */
function deriveCosts(tree: Tree): void {
  const costs = exclusiveCosts(tree);
  const parts = costs.some((cost) => cost > 0) ? costs : rowsRead(tree);
  const whole = parts.reduce((sum, part) => sum + part, 0);
  for (const [at, { derived }] of tree.nodes.entries()) {
    derived.exclusiveCost = costs[at] as number;
    derived.costShare = whole > 0 ? (parts[at] as number) / whole : 0;
  }
}

function deriveRows({ act, est, derived }: PlanNode, stopped: boolean): void {
  if (!act) return;
  derived.rowsTotal = positive(act.rows * act.loops);
  if (act.loops === 0 || (stopped && act.rows < est.rows)) return;
  const estimate = Math.max(1, est.rows);
  const actual = Math.max(1, act.rows);
  derived.qError = Math.max(estimate / actual, actual / estimate);
}

/** Nodes have no times where only rows were measured (TIMING off). */
function deriveTimes(tree: Tree): number {
  const { wholeMs, ownMs } = exclusiveTimes(tree);
  if (wholeMs > 0)
    for (const [at, { derived }] of tree.nodes.entries()) {
      derived.exclusiveMs = ownMs[at] as number;
      derived.timeShare = Math.min(1, derived.exclusiveMs / wholeMs);
    }
  return wholeMs;
}

/** The op on which most of the plan's time goes; of its cost where no time is known. */
export function dominantOp(root: PlanNode): Op {
  const sums = new Map<Op, number>();
  let [dominant, most] = [root.op, -1];
  for (const { op, derived } of flatten(root).nodes) {
    const sum = (sums.get(op) ?? 0) + (derived.timeShare ?? derived.costShare);
    sums.set(op, sum);
  }
  for (const [op, sum] of sums) if (sum > most) [dominant, most] = [op, sum];
  return dominant;
}
