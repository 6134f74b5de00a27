import { preorder } from '../../model/plan.ts';
import { createIndex } from '../advice.ts';
import { block, index, mysqlTable, table } from '../examples.ts';
import { count, describeRelation, type Rule, rowsRead, tableOf } from '../rule.ts';
import { shareOf } from '../shares.ts';

const orders = table('orders', 50_000, {
  indexes: [index('orders_status', ['status']), index('orders_customer', ['customer_id'])],
});
const merged = (key: string) =>
  block(mysqlTable('orders', { access: 'index_merge', key, rows: 1_200 }));

export const indexMerge: Rule = {
  id: 'index-merge',
  title: 'Two indexes are read and intersected where one over both columns would do',
  why:
    'Each index gives more rows than are wanted; both lists are read and compared, and rows are ' +
    'locked that are not changed: a known source of deadlocks.',
  fix: 'One index over the columns of both.',
  category: 'index',
  engines: { postgres: false, mysql: true, mariadb: true },
  needs: { estimate: [], actual: [] },
  thresholds: {},
  examples: [
    {
      name: 'an intersection',
      finds: true,
      engine: 'mysql',
      plan: merged('intersect(orders_status,orders_customer)'),
      facts: [orders],
    },
    {
      name: 'a union (OR) has no better index',
      finds: false,
      engine: 'mysql',
      plan: merged('union(orders_status,orders_customer)'),
      facts: [orders],
    },
  ],
  check: (plan, context) =>
    preorder(plan.root).flatMap((node) => {
      const names = /^(?:sort_)?intersect\((.*)\)$/.exec(node.index?.name ?? '')?.[1]?.split(',');
      if (!names) return [];
      const facts = tableOf(node, context);
      const columns = new Set(
        names.flatMap((name) => facts?.indexes.find((each) => each.name === name)?.keys ?? []),
      );
      const keys = [...columns].map((column) => ({ column }));
      return [
        {
          message:
            `${describeRelation(node)}: ${names.join(' and ')} are intersected for about ` +
            `${count(rowsRead(node))} rows`,
          fix: facts && createIndex(plan, facts, keys),
          nodes: [node.id],
          saves: shareOf(node),
        },
      ];
    }),
};
