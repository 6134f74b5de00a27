import { preorder } from '../../model/plan.ts';
import { createIndex } from '../advice.ts';
import { count, describeRelation, type Rule, rowsRead, tableOf } from '../rule.ts';

export const indexMerge: Rule = {
  id: 'index-merge',
  title: 'Two indexes are read and intersected where one over both columns would do',
  why: 'Each index gives more rows than are wanted; both lists are read and compared, and rows are locked that are not changed: a known source of deadlocks.',
  fix: 'One index over the columns of both.',
  engines: { postgres: false, mysql: true, mariadb: true },
  examples: [
    {
      name: 'an intersection',
      finds: true,
      engine: 'mysql',
      plan: merged('intersect(orders_status,orders_customer)'),
      facts: [facts()],
    },
    {
      name: 'a union (OR) has no better index',
      finds: false,
      engine: 'mysql',
      plan: merged('union(orders_status,orders_customer)'),
      facts: [facts()],
    },
  ],
  check(plan, context) {
    return [...preorder(plan.root)].flatMap((node) => {
      const names = /^(?:sort_)?intersect\((.*)\)$/.exec(node.index?.name ?? '')?.[1]?.split(',');
      if (!names) return [];
      const table = tableOf(node, context);
      const columns = [
        ...new Set(
          names.flatMap((name) => table?.indexes.find((each) => each.name === name)?.keys ?? []),
        ),
      ];
      return [
        {
          severity: 'info' as const,
          message: `${describeRelation(node)}: ${names.join(' and ')} are intersected for about ${count(rowsRead(node))} rows`,
          fix:
            (table &&
              createIndex(
                plan,
                table,
                columns.map((column) => ({ column })),
              )) ??
            this.fix,
          nodes: [node.id],
        },
      ];
    });
  },
};

function merged(key: string) {
  return {
    query_block: {
      table: {
        table_name: 'orders',
        access_type: 'index_merge',
        key,
        rows_examined_per_scan: 1_200,
        filtered: '100.00',
      },
    },
  };
}
function facts() {
  const index = (name: string, keys: string[]) => ({ name, unique: false, keys, partial: false });
  return {
    schema: 'shop',
    name: 'orders',
    rows: 50_000,
    pages: 900,
    neverAnalyzed: false,
    modifiedSinceAnalyze: 0,
    indexes: [index('orders_status', ['status']), index('orders_customer', ['customer_id'])],
  };
}
