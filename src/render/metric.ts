import type { PlanNode } from '../model/plan.ts';
import { flatten, type Tree } from '../model/tree.ts';
import { percent, round } from './figures.ts';

/**
 * By what a plan is coloured. A value is 0..1, how much of the heat a node has: for cost and time
 * its own share of the plan, for the others on a scale of logarithms.
 */
export const metricNames = ['cost', 'time', 'rows', 'misestimate', 'io'] as const;
export type MetricName = (typeof metricNames)[number];

export interface Measure {
  value: number;
  /** `80 %`, `×257`, `1.0 M rows`. */
  text: string;
}

export interface Metric {
  name: MetricName;
  title: string;
  /** Of each node, by its place in preorder. */
  measures: readonly Measure[];
}

const nothing: Measure = { value: 0, text: '' };

/** Time where it was measured, else cost. */
export const metricFor = (root: PlanNode): MetricName =>
  root.derived.timeShare === undefined ? 'cost' : 'time';

export function measure(root: PlanNode, name: MetricName): Metric {
  const tree = flatten(root);
  return { name, ...readers[name](tree) };
}

type Measured = Omit<Metric, 'name'>;
const readers: Record<MetricName, (tree: Tree) => Measured> = {
  cost: ({ nodes }) => ({
    title: 'share of the cost',
    measures: nodes.map(({ derived }) => shared(derived.costShare)),
  }),
  time: ({ nodes }) => ({
    title: 'share of the time',
    measures: nodes.map(({ derived }) =>
      derived.timeShare === undefined ? nothing : shared(derived.timeShare),
    ),
  }),
  rows: ({ nodes }) => ({
    title: 'rows',
    measures: scaled(
      nodes.map(({ est, derived }) => derived.rowsTotal ?? est.rows),
      (rows) => `${round(rows)} rows`,
    ),
  }),
  misestimate: ({ nodes }) => ({
    title: 'how far the estimate is off',
    measures: nodes.map(({ derived: { qError } }) =>
      qError === undefined || qError < 2
        ? nothing
        : { value: Math.min(1, Math.log10(qError) / 4), text: `×${round(qError)}` },
    ),
  }),
  io: (tree) => ({
    title: 'pages read and found',
    measures: scaled(ownPages(tree), (pages) => `${round(pages)} pages`),
  }),
};

const shared = (share: number): Measure => ({ value: share, text: percent(share) });

function scaled(values: readonly number[], text: (value: number) => string): Measure[] {
  const most = Math.log10(1 + values.reduce((a, b) => Math.max(a, b), 0));
  return values.map((value) =>
    value <= 0
      ? nothing
      : { value: most > 0 ? Math.log10(1 + value) / most : 0, text: text(value) },
  );
}

/** A node’s pages hold those of what is below it. */
function ownPages({ nodes, parents }: Tree): number[] {
  const pages = nodes.map(({ io }) => (io ? io.hit + io.read : 0));
  const own = [...pages];
  for (const [at, parent] of parents.entries())
    if (parent >= 0) own[parent] = Math.max(0, (own[parent] ?? 0) - (pages[at] ?? 0));
  return own;
}
