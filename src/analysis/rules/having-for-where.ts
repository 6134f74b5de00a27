import { preorder } from '../../model/plan.ts';
import { block, mysqlTable } from '../examples.ts';
import { count, type Rule, rowsRead, threshold } from '../rule.ts';
import { shareBelow } from '../shares.ts';
import { rowsACall } from '../work.ts';

const leastRows = threshold(
  5_000,
  'rows that are grouped',
  'fewer are grouped in about a millisecond, wanted or not',
);

const grouped = (rows: number) =>
  block({
    grouping_operation: {
      using_temporary_table: true,
      using_filesort: false,
      ...mysqlTable('orders', { rows }),
    },
  });
const shape = { grouped: true, plainHaving: true } as const;

export const havingForWhere: Rule = {
  id: 'having-for-where',
  title: 'HAVING asks of rows what WHERE could ask',
  category: 'statement',
  why:
    'HAVING is looked at when all groups are made: MySQL reads and groups all rows, and then ' +
    'throws most groups away. No index helps. (PostgreSQL and MariaDB move such a condition ' +
    'into the WHERE.)',
  fix: 'Move the condition on the bare columns from HAVING to WHERE; only aggregates need HAVING.',
  engines: { postgres: false, mysql: true, mariadb: true },
  needs: { estimate: ['shape'], actual: ['shape'] },
  thresholds: { leastRows },
  examples: [
    {
      name: 'groups of all rows, for some of them',
      finds: true,
      engine: 'mysql',
      plan: grouped(300_000),
      shape,
      stats: { calls: 10, rows: 20 },
    },
    { name: 'a small table', finds: false, engine: 'mysql', plan: grouped(300), shape },
    {
      name: 'moved into the WHERE by the server',
      finds: false,
      engine: 'mariadb',
      plan: block(mysqlTable('orders', { rows: 300_000, condition: 'orders.status = 1' })),
      shape,
    },
    {
      name: 'HAVING of an aggregate',
      finds: false,
      engine: 'mysql',
      plan: grouped(300_000),
      shape: { grouped: true },
    },
  ],
  check(plan, context) {
    if (!context.shape?.plainHaving || !context.shape.grouped) return [];
    const nodes = preorder(plan.root);
    const scans = nodes.filter(({ relation }) => relation?.kind === 'table');
    const filtered = scans.some(
      ({ predicates }) => predicates.filter.length > 0 || predicates.index.length > 0,
    );
    const rows = Math.max(0, ...scans.map(rowsRead));
    if (rows < leastRows.value || (filtered && !context.shape.filtered)) return [];
    const kept = rowsACall(context) ?? 1;
    return [
      {
        message: `about ${count(rows)} rows are read and grouped before HAVING throws groups away`,
        nodes: [0],
        saves: shareBelow(plan.root) * Math.max(0.1, 1 - kept / rows),
      },
    ];
  },
};
