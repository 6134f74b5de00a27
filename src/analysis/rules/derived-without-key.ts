import { preorder } from '../../model/plan.ts';
import { count, type Rule, rowsRead } from '../rule.ts';

const leastRows = 1_000;

export const derivedWithoutKey: Rule = {
  id: 'derived-without-key',
  title: 'A derived table is written to a temporary table and read from end to end by a join',
  why: 'The server could make no index for it, so each row (or buffer of rows) of the other side reads all of it.',
  fix: 'Let the derived table have the join’s column as it is, not computed; move its condition into it; or join the table itself.',
  engines: { postgres: false, mysql: true, mariadb: true },
  examples: [
    {
      name: 'scanned by a join',
      finds: true,
      engine: 'mysql',
      plan: joined({ access_type: 'ALL', using_join_buffer: 'hash join' }),
    },
    {
      name: 'found by the key that the server made for it',
      finds: false,
      engine: 'mysql',
      plan: joined({
        access_type: 'ref',
        key: '<auto_key0>',
        used_key_parts: ['customer_id'],
        ref: ['shop.c.id'],
      }),
    },
  ],
  check(plan) {
    return [...preorder(plan.root)].flatMap((node) => {
      if (
        node.op !== 'SubqueryScan' ||
        node.parentRelation !== 'inner' ||
        node.index ||
        rowsRead(node) < leastRows
      )
        return [];
      return [
        {
          severity: 'warning' as const,
          message: `${node.relation?.name ?? 'a derived table'} with about ${count(rowsRead(node))} rows is joined without a key`,
          fix: this.fix,
          nodes: [node.id],
        },
      ];
    });
  },
};

function joined(access: object) {
  const inside = {
    query_block: {
      grouping_operation: {
        using_temporary_table: true,
        table: { table_name: 'orders', access_type: 'ALL', rows_examined_per_scan: 20_000 },
      },
    },
  };
  return {
    query_block: {
      nested_loop: [
        {
          table: {
            table_name: 'c',
            access_type: 'ALL',
            rows_examined_per_scan: 1_000,
            filtered: '100.00',
          },
        },
        {
          table: {
            table_name: 'd',
            rows_examined_per_scan: 20_000,
            filtered: '100.00',
            materialized_from_subquery: inside,
            ...access,
          },
        },
      ],
    },
  };
}
