import { type PlanNode, preorder } from '../model/plan.ts';

/**
 * Where in a plan with actual figures the estimates began to be wrong. What is above such a node is
 * wrong with it, and has no finding of its own.
 */
export interface MeasuredError {
  node: PlanNode;
  expected: number;
  got: number;
}

export interface Limits {
  /** Estimate through actual rows, or the other way round. */
  error: number;
  /** Of the greater of both. */
  rows: number;
}

/** An error that is so many times that of what it reads has a cause of its own. */
const ownPart = 3;

export const measuredErrors = (root: PlanNode, { error, rows }: Limits): MeasuredError[] =>
  preorder(root)
    .filter(({ derived: { qError = 1 }, est, act, children }) => {
      const below = Math.max(1, ...children.map(({ derived }) => derived.qError ?? 1));
      const most = Math.max(est.rows, act?.rows ?? 0);
      return qError >= error && most >= rows && qError >= below * ownPart;
    })
    .map((node) => ({ node, expected: node.est.rows, got: node.act?.rows ?? 0 }));
