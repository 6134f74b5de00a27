import { type PlanNode, preorder } from '../../model/plan.ts';
import { block, mysqlTable, node, outer, seqScan } from '../examples.ts';
import { count, type Rule, rowsRead, threshold } from '../rule.ts';
import { shareBelow } from '../shares.ts';
import { rowsACall } from '../work.ts';

const leastRows = threshold(
  1_000,
  'rows put in order',
  'fewer are read and sorted in about a millisecond',
);

const shuffled = (rows: number) =>
  node('Limit', { rows: 5, cost: rows / 10 }, [
    outer(
      node('Sort', { 'Sort Key': ['(random())'], rows, cost: rows / 10 }, [
        outer(seqScan('quotes', { rows, cost: rows / 20 })),
      ]),
    ),
  ]);
const shape = { randomOrder: true } as const;

export const orderByRandom: Rule = {
  id: 'order-by-random',
  title: 'All rows are put in a random order to take a few of them',
  category: 'statement',
  why:
    'Every call reads the whole result, computes a number for each row and sorts by it, to ' +
    'return a handful; no index can help.',
  fix:
    'Choose by key: take random values between the least and the greatest id and look up the ' +
    'next row of each; or keep a column of random numbers with an index and begin at a random ' +
    'one; or TABLESAMPLE (PostgreSQL).',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['shape'], actual: ['shape'] },
  thresholds: { leastRows },
  examples: [
    { name: 'five of 50,000', finds: true, plan: shuffled(50_000), shape },
    {
      name: 'MySQL: rand()',
      finds: true,
      engine: 'mysql',
      plan: block({
        ordering_operation: {
          using_temporary_table: true,
          using_filesort: true,
          ...mysqlTable('quotes', { rows: 50_000 }),
        },
      }),
      shape,
    },
    { name: 'a short list', finds: false, plan: shuffled(200), shape },
    {
      name: 'ordered by a column, or all are wanted',
      finds: false,
      plan: shuffled(50_000),
      shape: { limit: true, orderBy: [{ column: 'id' }], functions: ['random'] },
    },
  ],
  check(plan, context) {
    if (!context.shape?.randomOrder) return [];
    const nodes = preorder(plan.root);
    const sort = nodes.find(({ op }) => op === 'Sort') ?? plan.root;
    const rows = Math.max(...preorder(sort).map(rowsPassed));
    if (rows < leastRows.value) return [];
    const kept = rowsACall(context) ?? 1;
    return [
      {
        message: `about ${count(rows)} rows are put in a random order to return ${count(kept)}`,
        nodes: [sort.id],
        saves: shareBelow(sort) * Math.max(0, 1 - kept / rows),
      },
    ];
  },
};

const rowsPassed = (node: PlanNode) => (node.relation ? rowsRead(node) : node.est.rows);
