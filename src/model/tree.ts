import type { PlanNode } from './plan.ts';

/**
 * A plan laid flat, so that nothing that is derived of it depends on how deep it is: nodes in
 * preorder, with their places in that list in the place of references.
 */
export interface Tree {
  nodes: readonly PlanNode[];
  /** −1 for the root. */
  parents: readonly number[];
}

export function flatten(root: PlanNode): Tree {
  const nodes: PlanNode[] = [];
  const parents: number[] = [];
  const waiting = [root];
  const above = [-1];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    parents.push(above.pop() as number);
    const at = nodes.push(node) - 1;
    for (let i = node.children.length - 1; i >= 0; i -= 1) {
      waiting.push(node.children[i] as PlanNode);
      above.push(at);
    }
  }
  return { nodes, parents };
}

/** Of each place, the first one behind what hangs below it. */
export function ends({ parents }: Tree): number[] {
  const found = parents.map((_, at) => at + 1);
  for (let at = parents.length - 1; at > 0; at -= 1) {
    const parent = parents[at] as number;
    found[parent] = Math.max(found[parent] as number, found[at] as number);
  }
  return found;
}

/** Levels of nodes, 1 for a root alone. */
export function depthOf({ parents }: Tree): number {
  const depths: number[] = [];
  let deepest = 0;
  for (const [at, parent] of parents.entries()) {
    const depth = parent < 0 ? 1 : (depths[parent] as number) + 1;
    depths[at] = depth;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

/** Below 0 by what rounding left over; no number where someone printed what nobody can measure. */
export const positive = (value: number): number =>
  value > 0 && Number.isFinite(value) ? value : 0;
