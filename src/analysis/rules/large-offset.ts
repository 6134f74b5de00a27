import { dialectOf } from '../../dialects/index.ts';
import { preorder } from '../../model/plan.ts';
import { count, type Rule, rowsRead } from '../rule.ts';

const leastCost = 1_000;
const leastRows = 1_000;

export const largeOffset: Rule = {
  id: 'large-offset',
  title: 'OFFSET reads rows only to throw them away',
  why: 'Page 500 reads the 499 pages before it, on every call; and rows that come or go in between are shown twice or never.',
  fix: 'Keyset pagination: remember the key of the last row shown and ask for the rows behind it in the same order, with a unique column at its end, instead of counting past them.',
  engines: { postgres: true, mysql: true, mariadb: true },
  examples: [
    {
      name: 'pages of a large result',
      finds: true,
      plan: {
        'Node Type': 'Limit',
        'Plan Rows': 50,
        'Total Cost': 4_000,
        Plans: [
          {
            'Node Type': 'Sort',
            'Parent Relationship': 'Outer',
            'Sort Key': ['created_at'],
            'Plan Rows': 300_000,
            'Total Cost': 40_000,
          },
        ],
      },
      shape: { limit: true, offset: true },
    },
    {
      name: 'limit without offset',
      finds: false,
      plan: {
        'Node Type': 'Limit',
        'Plan Rows': 50,
        'Total Cost': 4_000,
        Plans: [
          {
            'Node Type': 'Sort',
            'Parent Relationship': 'Outer',
            'Plan Rows': 300_000,
            'Total Cost': 40_000,
          },
        ],
      },
      shape: { limit: true },
    },
    {
      name: 'a small result',
      finds: false,
      plan: {
        'Node Type': 'Limit',
        'Plan Rows': 5,
        'Total Cost': 4,
        Plans: [
          {
            'Node Type': 'Seq Scan',
            'Relation Name': 't',
            'Parent Relationship': 'Outer',
            'Plan Rows': 30,
            'Total Cost': 4,
          },
        ],
      },
      shape: { limit: true, offset: true },
    },
  ],
  check(plan, { shape }) {
    if (!shape?.offset) return [];
    // Without a node for LIMIT, what is below it is the plan.
    if (!dialectOf(plan.engine).planner.showsLimit)
      return rowsRead(plan.root) >= leastRows
        ? [
            {
              severity: 'info',
              message: `pages through about ${count(rowsRead(plan.root))} rows with OFFSET`,
              fix: this.fix,
              nodes: [0],
            },
          ]
        : [];
    return [...preorder(plan.root)].flatMap((node) => {
      const child = node.children[0];
      if (node.op !== 'Limit' || !child || child.est.totalCost < leastCost) return [];
      return [
        {
          severity: 'info' as const,
          message: `pages through a result of about ${count(child.est.rows)} rows with OFFSET`,
          fix: largeOffset.fix,
          nodes: [node.id],
        },
      ];
    });
  },
};
