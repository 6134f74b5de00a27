import type { PlanNode } from '../../src/model/plan.ts';
import { flatten } from '../../src/model/tree.ts';

/**
 * A plan on its way from the worker to the page: its nodes in lists, each with the place of its
 * parent. Copied whole, a large plan would hold the page up, and a deep one cannot be copied.
 */
export interface PlanPart {
  /** In preorder, without what is below them. */
  nodes: PlanNode[];
  /** Places in all of the parts together; -1 is none. */
  parents: number[];
}

/** Nodes: copying so many takes a few milliseconds. */
const partSize = 500;

export function partsOf(root: PlanNode): PlanPart[] {
  const { nodes, parents } = flatten(root);
  const parts: PlanPart[] = [];
  for (let at = 0; at < nodes.length; at += partSize)
    parts.push({
      nodes: nodes.slice(at, at + partSize).map((node) => ({ ...node, children: [] })),
      parents: parents.slice(at, at + partSize),
    });
  return parts;
}

/** The nodes of the parts become those of the plan. Undefined: there are none. */
export function joinParts(parts: readonly PlanPart[]): PlanNode | undefined {
  const nodes = parts.flatMap((part) => part.nodes);
  const parents = parts.flatMap((part) => part.parents);
  for (const [at, node] of nodes.entries()) nodes[parents[at] ?? -1]?.children.push(node);
  return nodes[0];
}
