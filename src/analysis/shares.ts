import { type PlanNode, preorder } from '../model/plan.ts';

/**
 * Which part of a statement's work nodes of its plan are, 0..1: of its time where it was measured,
 * else of its cost. What a rule says that could be saved is made of these.
 */
export const shareOf = (...nodes: readonly PlanNode[]): number =>
  Math.min(
    1,
    nodes.reduce((sum, { derived }) => sum + (derived.timeShare ?? derived.costShare), 0),
  );

/** With all that is read for them. */
export const shareBelow = (...nodes: readonly PlanNode[]): number =>
  shareOf(...new Set(nodes.flatMap(preorder)));

/** Rows are read and only some are wanted: the part of the work that the others are. */
export const shareUnwanted = (node: PlanNode, read: number, wanted: number): number =>
  read > 0 ? shareOf(node) * Math.max(0, 1 - wanted / read) : 0;
