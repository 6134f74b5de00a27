import { type PlanNode, preorder } from '../../model/plan.ts';
import { block, mariadbTable, mysqlTable } from '../examples.ts';
import { count, type Rule, type RuleContext, threshold } from '../rule.ts';
import { shareBelow } from '../shares.ts';
import { examinedACall, rowsACall } from '../work.ts';

const leastRows = threshold(
  10_000,
  'rows',
  'fewer fit the sort buffer and an in-memory table, and take some milliseconds',
);

const ordered = (rows: number) =>
  block({
    ordering_operation: {
      using_temporary_table: true,
      using_filesort: true,
      grouping_operation: {
        using_filesort: false,
        ...mysqlTable('orders', { access: 'index', key: 'orders_status', rows }),
      },
    },
  });

export const temporaryFilesort: Rule = {
  id: 'temporary-filesort',
  title: 'A result is collected in a temporary table and then sorted',
  why:
    'No index gives the order, so every call writes its rows into a temporary table, on disk if ' +
    'they are many, and sorts them before the first one is returned.',
  fix:
    'An index that begins with the columns of GROUP BY or ORDER BY; ORDER BY NULL where the ' +
    'order ' +
    'does not matter; grouping and sorting by the same columns.',
  category: 'statement',
  follows: (
    'order-by-random needless-distinct having-for-where spill large-offset sort-without-index ' +
    'derived-without-key join-buffer full-scan or-across-tables partition-pruning-prevented'
  ).split(' '),
  engines: { postgres: false, mysql: true, mariadb: true },
  needs: { estimate: [], actual: [] },
  thresholds: { leastRows },
  examples: [
    {
      name: 'MySQL: grouped, then ordered by something else',
      finds: true,
      engine: 'mysql',
      plan: ordered(300_000),
    },
    { name: 'few rows', finds: false, engine: 'mysql', plan: ordered(300) },
    {
      name: 'a report of few groups',
      finds: false,
      engine: 'mysql',
      plan: ordered(300_000),
      stats: { calls: 4, rows: 80 },
      shape: { grouped: true },
    },
    {
      name: 'MariaDB: filesort over a temporary table',
      finds: true,
      engine: 'mariadb',
      plan: block({
        filesort: {
          sort_key: 'count(0)',
          temporary_table: { nested_loop: [mariadbTable('orders', { rows: 300_000 })] },
        },
      }),
    },
    {
      name: 'sorted without a temporary table',
      finds: false,
      engine: 'mysql',
      plan: block({
        ordering_operation: { using_filesort: true, ...mysqlTable('orders', { rows: 300_000 }) },
      }),
    },
  ],
  check: (plan, context) =>
    preorder(plan.root).flatMap((node) => {
      const rows = rowsSorted(node, context);
      if (node.op !== 'Sort' || !node.ext['filesort'] || !overTemporary(node)) return [];
      if (rows < leastRows.value) return [];
      return [
        {
          message: `about ${count(rows)} rows go through a temporary table and are sorted`,
          nodes: [node.id],
          saves: shareBelow(node),
        },
      ];
    }),
};

/**
 * How many are sorted: those that are returned, unless a LIMIT leaves some out; of groups the plan
 * says only of how many rows they are made.
 */
function rowsSorted({ est }: PlanNode, context: RuleContext): number {
  const returned = rowsACall(context);
  if (returned === undefined) return est.rows;
  if (!context.shape?.limit) return Math.min(est.rows, returned);
  return context.shape.grouped ? 0 : Math.min(est.rows, examinedACall(context) ?? est.rows);
}

const overTemporary = (node: PlanNode) =>
  node.ext['temporaryTable'] === true || node.children[0]?.ext['temporaryTable'] === true;
