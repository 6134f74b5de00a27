import { type Plan, type PlanNode, preorder } from './plan.ts';

/** A node where the work is, and the share of the plan that is its own, 0..1. */
export interface Bottleneck {
  node: PlanNode;
  share: number;
}

/** What has less of a plan is not worth anyone's time: without it the plan takes as long. */
export const leastShare = 0.05;

/**
 * The nodes with that much of a plan's time for themselves, of its cost where no time is known; the
 * greatest first, twenty at most by that share.
 */
export const bottlenecks = ({ root }: Pick<Plan, 'root'>): Bottleneck[] =>
  preorder(root)
    .map((node) => ({ node, share: node.derived.timeShare ?? node.derived.costShare }))
    .filter(({ share }) => share >= leastShare)
    .sort((a, b) => b.share - a.share);
