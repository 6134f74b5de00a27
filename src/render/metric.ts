import type { Plan, PlanNode } from '../model/plan.ts';
import { flatten, type Tree } from '../model/tree.ts';
import { percent, round } from './figures.ts';

/**
 * By what a plan is coloured. A value is 0..1, how much of the heat a node has: for cost and time
 * its own share of the plan, for the others on a scale of logarithms.
 */
export const metricNames = ['cost', 'time', 'rows', 'misestimate', 'io'] as const;
export type MetricName = (typeof metricNames)[number];

export interface Metric {
  name: MetricName;
  title: string;
  /** Of each node, by its place in preorder, 0..1. */
  values: readonly number[];
  /** `80%`, `×257`, `1.0 M rows`; empty where there is nothing to say. */
  text(at: number): string;
}

type Measured = Pick<Plan, 'root' | 'lossiness'>;

/** Time where it was measured, else cost. */
export const metricFor = (root: PlanNode): MetricName =>
  root.derived.timeShare === undefined ? 'cost' : 'time';

/** Shares of the plan: what is left out can be summed. */
export const isShare = (name: MetricName): boolean => name === 'cost' || name === 'time';

export function measure({ root, lossiness }: Measured, name: MetricName): Metric {
  const tree = flatten(root);
  const { nodes } = tree;
  switch (name) {
    case 'cost':
      return shares(
        name,
        lossiness.includes('no_costs') ? 'share of the rows read' : 'share of the cost',
        nodes.map(({ derived }) => derived.costShare),
      );
    case 'time':
      return shares(
        name,
        'share of the time',
        nodes.map(({ derived }) => derived.timeShare),
      );
    case 'rows':
      return scaled(
        name,
        'rows',
        nodes.map(({ est, derived }) => derived.rowsTotal ?? est.rows),
      );
    case 'misestimate': {
      const errors = nodes.map(({ derived: { qError = 1 } }) => (qError < 2 ? 0 : qError));
      return {
        name,
        title: 'how far the estimate is off',
        values: errors.map((error) => Math.min(1, Math.log10(Math.max(1, error)) / 4)),
        text: (at) => (errors[at] ? `×${round(errors[at])}` : ''),
      };
    }
    case 'io':
      return scaled(name, 'pages', ownPages(tree));
  }
}

const shares = (
  name: MetricName,
  title: string,
  given: readonly (number | undefined)[],
): Metric => ({
  name,
  title,
  values: given.map((share = 0) => share),
  text: (at) => (given[at] === undefined ? '' : percent(given[at])),
});

function scaled(name: MetricName, title: string, counts: readonly number[]): Metric {
  const most = Math.log10(1 + counts.reduce((a, b) => Math.max(a, b), 0)) || 1;
  return {
    name,
    title,
    values: counts.map((count) => (count > 0 ? Math.log10(1 + count) / most : 0)),
    text: (at) => {
      const count = counts[at] ?? 0;
      return count > 0 ? `${round(count)} ${count === 1 ? title.slice(0, -1) : title}` : '';
    },
  };
}

/** A node’s pages hold those of what is below it. */
function ownPages({ nodes, parents }: Tree): number[] {
  const pages = nodes.map(({ io }) => (io ? io.hit + io.read : 0));
  const own = [...pages];
  for (const [at, parent] of parents.entries())
    if (parent >= 0) own[parent] = Math.max(0, (own[parent] ?? 0) - (pages[at] ?? 0));
  return own;
}
