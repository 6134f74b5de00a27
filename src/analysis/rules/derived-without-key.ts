import { preorder } from '../../model/plan.ts';
import { block, loop, mysqlTable } from '../examples.ts';
import { count, type Rule, rowsRead, threshold } from '../rule.ts';
import { shareBelow } from '../shares.ts';

const leastRows = threshold(
  1_000,
  'rows of the derived table',
  'a smaller one fits one join buffer and is read once',
);

export const derivedWithoutKey: Rule = {
  id: 'derived-without-key',
  title: 'A derived table is written to a temporary table and read from end to end by a join',
  why:
    'The server could make no index for it, so each row (or buffer of rows) of the other side ' +
    'reads all of it.',
  fix:
    'Let the derived table have the join’s column as it is, not computed; move its condition ' +
    'into ' +
    'it; or join the table itself.',
  category: 'join',
  engines: { postgres: false, mysql: true, mariadb: true },
  needs: { estimate: [], actual: [] },
  thresholds: { leastRows },
  examples: [
    {
      name: 'scanned by a join',
      finds: true,
      engine: 'mysql',
      plan: joined({ access: 'ALL', using_join_buffer: 'hash join' }),
    },
    {
      name: 'found by the key that the server made for it',
      finds: false,
      engine: 'mysql',
      plan: joined({
        access: 'ref',
        key: '<auto_key0>',
        used_key_parts: ['customer_id'],
        ref: ['shop.c.id'],
      }),
    },
  ],
  check: (plan) =>
    preorder(plan.root)
      .filter(
        (node) =>
          node.op === 'SubqueryScan' &&
          node.parentRelation === 'inner' &&
          !node.index &&
          rowsRead(node) >= leastRows.value,
      )
      .map((node) => ({
        message:
          `${node.relation?.name ?? 'a derived table'} with about ${count(rowsRead(node))} ` +
          'rows is joined without a key',
        nodes: [node.id],
        saves: shareBelow(node),
      })),
};

function joined(access: object) {
  const inside = block({
    grouping_operation: {
      using_temporary_table: true,
      ...mysqlTable('orders', { rows: 20_000 }),
    },
  });
  return loop(
    mysqlTable('c', { rows: 1_000 }),
    mysqlTable('d', { rows: 20_000, materialized_from_subquery: inside, ...access }),
  );
}
