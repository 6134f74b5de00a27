import {
  type Op,
  type PlanNode,
  preorder,
  type ServerWarning,
  type SuggestedIndex,
} from '../model/plan.ts';

/** What every reader gives. */
export interface Reading {
  root: PlanNode;
  mode: 'estimate' | 'actual';
  settings: Record<string, string>;
  planningMs?: number;
  jitFunctions?: number;
  jitMs?: number;
  unknownNodes: number;
  /** Of the statement, where it stands beside the plan (auto_explain). Redacted. */
  queryText?: string;
  suggestedIndexes?: SuggestedIndex[];
  warnings?: ServerWarning[];
  /** What was not understood, in the order of the text. */
  unread?: Unread[];
}

/** A piece of a text that a reader has no place for; the plan is right without it. */
export interface Unread {
  /** As it stands in a line of the text, for finding which. */
  piece: string;
  /** What it is, where that is not the piece: words of the server alone. */
  says?: string;
}

/** What a name in the plan stands for: MySQL's first format and MariaDB's print aliases only. */
export type Resolve = (alias: string) => { schema?: string; name: string } | undefined;

/** A node with nothing known yet but what it is. */
export function bareNode(op: Op, nativeOp: string, children: PlanNode[] = []): PlanNode {
  const [first] = children;
  const est = first
    ? { ...first.est, totalCost: sum(children.filter(isBelow), ({ est }) => est.totalCost) }
    : { startupCost: 0, totalCost: 0, rows: 0, width: 0 };
  delete est.filteredPct;
  const node: PlanNode = {
    id: 0,
    op,
    nativeOp,
    predicates: { index: [], filter: [], recheck: [], joinFilter: [] },
    est,
    derived: { exclusiveCost: 0, costShare: 0 },
    children,
    ext: {},
  };
  const measured = children.find(({ act }) => act)?.act;
  if (measured) {
    const rows = measured.rows * measured.loops;
    node.act = { startupMs: 0, totalMs: sum(children, inclusiveMs), rows, loops: 1 };
  }
  return node;
}

/** Of all loops, with what ran inside; 0 where it was not measured. */
export const inclusiveMs = ({ act }: PlanNode): number => (act ? act.totalMs * act.loops : 0);

/**
 * Its cost is part of its parent's; a subplan's is not: the reader adds it, where it knows how
 * often it runs.
 */
export const isBelow = ({ parentRelation }: PlanNode): boolean => parentRelation !== 'subplan';

/** The only child of a node, by the usual name. */
export function above(op: Op, nativeOp: string, child: PlanNode): PlanNode {
  child.parentRelation ??= 'outer';
  return bareNode(op, nativeOp, [child]);
}

export function numberNodes(root: PlanNode): PlanNode {
  let id = 0;
  for (const node of preorder(root)) node.id = id++;
  return root;
}

export const sum = <T>(list: readonly T[], of: (each: T) => number): number =>
  list.reduce((all, each) => all + of(each), 0);

/** What readers that do not say more have not understood. */
export const unknownSteps = (root: PlanNode): Unread[] =>
  preorder(root).flatMap(({ op, nativeOp }) => (op === 'Unknown' ? [{ piece: nativeOp }] : []));
