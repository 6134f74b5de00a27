import { dialectOf } from '../../dialects/index.ts';
import { preorder } from '../../model/plan.ts';
import { node, outer, seqScan } from '../examples.ts';
import { count, type Rule, rowsRead, threshold } from '../rule.ts';
import { shareBelow } from '../shares.ts';

const leastCost = threshold(
  1_000,
  'units of cost',
  'a cheaper result is read in a few milliseconds, whichever page is asked for',
);
const leastRows = threshold(
  1_000,
  'rows read',
  'the same where the plan says nothing of LIMIT (MySQL, MariaDB)',
);

const page = (rows: number, cost: number, result: object) =>
  node('Limit', { rows, cost }, [outer(result)]);
const sorted = node('Sort', { 'Sort Key': ['created_at'], rows: 300_000, cost: 40_000 });

export const largeOffset: Rule = {
  id: 'large-offset',
  title: 'OFFSET reads rows only to throw them away',
  why:
    'Page 500 reads the 499 pages before it, on every call; and rows that come or go in between ' +
    'are shown twice or never.',
  fix:
    'Keyset pagination: remember the key of the last row shown and ask for the rows behind it in ' +
    'the same order, with a unique column at its end, instead of counting past them.',
  category: 'statement',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['shape'], actual: ['shape'] },
  thresholds: { leastCost, leastRows },
  examples: [
    {
      name: 'pages of a large result',
      finds: true,
      plan: page(50, 4_000, sorted),
      shape: { limit: true, offset: true },
    },
    {
      name: 'limit without offset',
      finds: false,
      plan: page(50, 4_000, sorted),
      shape: { limit: true },
    },
    {
      name: 'a small result',
      finds: false,
      plan: page(5, 4, seqScan('t', { rows: 30, cost: 4 })),
      shape: { limit: true, offset: true },
    },
  ],
  check(plan, { shape }) {
    if (!shape?.offset) return [];
    // Without a node for LIMIT, what is below it is the plan.
    if (!dialectOf(plan.engine).planner.showsLimit) {
      const rows = rowsRead(plan.root);
      return rows < leastRows.value
        ? []
        : [
            {
              message: `pages through about ${count(rows)} rows with OFFSET`,
              nodes: [0],
              saves: 1,
            },
          ];
    }
    return preorder(plan.root).flatMap((node) => {
      const child = node.children[0];
      if (node.op !== 'Limit' || !child || child.est.totalCost < leastCost.value) return [];
      return [
        {
          message: `pages through a result of about ${count(child.est.rows)} rows with OFFSET`,
          nodes: [node.id],
          saves: shareBelow(node),
        },
      ];
    });
  },
};
