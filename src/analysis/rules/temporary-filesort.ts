import { type PlanNode, preorder } from '../../model/plan.ts';
import { count, type Rule } from '../rule.ts';

const leastRows = 10_000;

export const temporaryFilesort: Rule = {
  id: 'temporary-filesort',
  title: 'A result is collected in a temporary table and then sorted',
  why: 'No index gives the order, so every call writes its rows into a temporary table, on disk if they are many, and sorts them before the first one is returned.',
  fix: 'An index that begins with the columns of GROUP BY or ORDER BY; ORDER BY NULL where the order does not matter; grouping and sorting by the same columns.',
  engines: { postgres: false, mysql: true, mariadb: true },
  examples: [
    {
      name: 'MySQL: grouped, then ordered by something else',
      finds: true,
      engine: 'mysql',
      plan: ordered(300_000),
    },
    { name: 'few rows', finds: false, engine: 'mysql', plan: ordered(300) },
    {
      name: 'MariaDB: filesort over a temporary table',
      finds: true,
      engine: 'mariadb',
      plan: {
        query_block: {
          filesort: {
            sort_key: 'count(0)',
            temporary_table: {
              nested_loop: [
                {
                  table: { table_name: 'orders', access_type: 'ALL', rows: 300_000, filtered: 100 },
                },
              ],
            },
          },
        },
      },
    },
    {
      name: 'sorted without a temporary table',
      finds: false,
      engine: 'mysql',
      plan: {
        query_block: {
          ordering_operation: {
            using_filesort: true,
            table: { table_name: 'orders', access_type: 'ALL', rows_examined_per_scan: 300_000 },
          },
        },
      },
    },
  ],
  check(plan) {
    return [...preorder(plan.root)].flatMap((node) => {
      if (
        node.op !== 'Sort' ||
        !node.ext['filesort'] ||
        !overTemporary(node) ||
        node.est.rows < leastRows
      )
        return [];
      return [
        {
          severity: 'warning' as const,
          message: `about ${count(node.est.rows)} rows go through a temporary table and are sorted`,
          fix: this.fix,
          nodes: [node.id],
        },
      ];
    });
  },
};

const overTemporary = (node: PlanNode) =>
  node.ext['temporaryTable'] === true || node.children[0]?.ext['temporaryTable'] === true;

function ordered(rows: number) {
  return {
    query_block: {
      ordering_operation: {
        using_temporary_table: true,
        using_filesort: true,
        grouping_operation: {
          using_filesort: false,
          table: {
            table_name: 'orders',
            access_type: 'index',
            key: 'orders_status',
            rows_examined_per_scan: rows,
            filtered: '100.00',
          },
        },
      },
    },
  };
}
