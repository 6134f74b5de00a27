import { type PlanNode, preorder } from './plan.ts';
import { stepName } from './step-name.ts';

/** What changed between two plans of one statement, in the order of the new one. */
export interface PlanDiff {
  same: boolean;
  /** New total cost / old total cost. */
  costRatio: number;
  changes: PlanChange[];
}

export type PlanChange =
  | { kind: 'access'; relation: string; before: string; after: string }
  | { kind: 'join'; before: string; after: string }
  | { kind: 'join-order'; before: string[]; after: string[] }
  | { kind: 'added' | 'removed'; op: string; count: number };

export function diffPlans(
  before: { root: PlanNode; hash: { shape: string } },
  after: { root: PlanNode; hash: { shape: string } },
): PlanDiff {
  const costRatio = after.root.est.totalCost / Math.max(before.root.est.totalCost, 1e-9);
  if (before.hash.shape === after.hash.shape) return { same: true, costRatio, changes: [] };
  return {
    same: false,
    costRatio,
    changes: [
      ...accessChanges(before.root, after.root),
      ...joinChanges(before.root, after.root),
      ...opChanges(before.root, after.root),
    ],
  };
}

function accessChanges(before: PlanNode, after: PlanNode): PlanChange[] {
  const old = accesses(before);
  const changes: PlanChange[] = [];
  for (const [relation, now] of accesses(after)) {
    const was = old.get(relation);
    if (was !== undefined && was !== now)
      changes.push({ kind: 'access', relation, before: was, after: now });
  }
  return changes;
}

/** alias or name → how it is read: `SeqScan`, `IndexScan orders_email_idx backward`. */
function accesses(root: PlanNode): Map<string, string> {
  const found = new Map<string, string>();
  for (const node of preorder(root)) {
    if (node.relation?.kind !== 'table') continue;
    const bitmap =
      node.op === 'BitmapHeapScan' ? preorder(node).find(({ index }) => index)?.index : node.index;
    const way = [named(node), bitmap?.name, bitmap?.backward && 'backward'];
    found.set(node.relation.alias ?? node.relation.name, way.filter(Boolean).join(' '));
  }
  return found;
}

const named = (node: PlanNode) => `${node.parallelAware ? 'parallel ' : ''}${stepName(node)}`;

function joinChanges(before: PlanNode, after: PlanNode): PlanChange[] {
  const changes: PlanChange[] = [];
  const [oldJoins, newJoins] = [joins(before), joins(after)];
  if (oldJoins.join() !== newJoins.join())
    changes.push({
      kind: 'join',
      before: oldJoins.join(', ') || 'none',
      after: newJoins.join(', ') || 'none',
    });
  const [oldOrder, newOrder] = [[...accesses(before).keys()], [...accesses(after).keys()]];
  if (
    oldOrder.toSorted().join() === newOrder.toSorted().join() &&
    oldOrder.join() !== newOrder.join()
  )
    changes.push({ kind: 'join-order', before: oldOrder, after: newOrder });
  return changes;
}

const joins = (root: PlanNode) =>
  preorder(root)
    .filter(({ join }) => join)
    .map(({ op }) => op);

function opChanges(before: PlanNode, after: PlanNode): PlanChange[] {
  const counts = new Map<string, number>();
  const add = (step: string, count: number) => counts.set(step, (counts.get(step) ?? 0) + count);
  for (const node of preorder(after)) add(named(node), 1);
  for (const node of preorder(before)) add(named(node), -1);
  return [...counts]
    .filter(([, count]) => count !== 0)
    .map(([op, count]) => ({ kind: count > 0 ? 'added' : 'removed', op, count: Math.abs(count) }));
}

/** `orders: SeqScan instead of IndexScan orders_email_idx; HashJoin added`. */
export function describeDiff({ same, changes }: PlanDiff): string {
  if (changes.length === 0) return same ? 'the same plan' : 'the same steps on other conditions';
  return changes
    .map((change) => {
      switch (change.kind) {
        case 'access':
          return `${change.relation}: ${change.after} instead of ${change.before}`;
        case 'join':
          return `joins ${change.after} instead of ${change.before}`;
        case 'join-order':
          return `join order ${change.after.join(' → ')} instead of ${change.before.join(' → ')}`;
        case 'added':
        case 'removed':
          return `${change.op}${change.count > 1 ? ` ×${change.count}` : ''} ${change.kind}`;
        default:
          return change satisfies never;
      }
    })
    .join('; ');
}
