import { preorder } from '../../plans/plan.ts';
import { bare, count, createIndex, describeRelation, type Rule, rowsRead, tableOf } from '../rule.ts';

const leastRows = 1_000;

export const joinBuffer: Rule = {
  id: 'join-buffer',
  title: 'A table is joined without an index',
  why: 'For each buffer full of rows of the one side the other table is read from end to end; or it is put into a hash table by every call.',
  fix: 'An index on the columns that join the second table.',
  engines: ['mysql', 'mariadb'],
  examples: [
    {
      name: 'MySQL: hash join on a column without index',
      finds: true,
      engine: 'mysql',
      plan: joined('hash join', 50_000),
      facts: [facts([])],
    },
    { name: 'a small table', finds: false, engine: 'mysql', plan: joined('hash join', 50), facts: [facts([])] },
    {
      name: 'the index is there, and not used for another reason',
      finds: false,
      engine: 'mysql',
      plan: joined('hash join', 50_000),
      facts: [facts(['email'])],
    },
    {
      name: 'MariaDB: block nested loop',
      finds: true,
      engine: 'mariadb',
      plan: {
        query_block: {
          nested_loop: [
            { table: { table_name: 'o', access_type: 'ALL', rows: 5_000, filtered: 100 } },
            {
              'block-nl-join': {
                table: { table_name: 'customers', access_type: 'ALL', rows: 50_000, filtered: 100 },
                join_type: 'BNL',
                attached_condition: 'customers.email = o.email',
              },
            },
          ],
        },
      },
      facts: [facts([])],
    },
  ],
  check(plan, context) {
    return [...preorder(plan.root)].flatMap((node) => {
      const inner = node.children.find(({ parentRelation }) => parentRelation === 'inner');
      const table = inner && tableOf(inner, context);
      if (!inner || !table || inner.op !== 'SeqScan' || !(node.op === 'HashJoin' || node.join?.buffered) || rowsRead(inner) < leastRows)
        return [];
      const alias = inner.relation?.alias ?? inner.relation?.name;
      const columns = [
        ...new Set(
          (node.join?.condition ?? []).flatMap(({ columns }) => columns.filter((column) => column.startsWith(`${alias}.`)).map(bare)),
        ),
      ];
      const [first] = columns;
      if (!first || table.indexes.some(({ keys }) => columns.includes(keys[0] ?? ''))) return [];
      return [
        {
          severity: 'warning' as const,
          message: `${describeRelation(inner)}: ${count(rowsRead(inner))} rows are read to join on ${columns.join(', ')}, which has no index`,
          fix: createIndex(plan, describeRelation(inner), columns),
          nodes: [node.id, inner.id],
        },
      ];
    });
  },
};

function joined(buffer: string, rows: number) {
  return {
    query_block: {
      nested_loop: [
        { table: { table_name: 'o', access_type: 'ALL', rows_examined_per_scan: 5_000, filtered: '100.00' } },
        {
          table: {
            table_name: 'customers',
            access_type: 'ALL',
            rows_examined_per_scan: rows,
            filtered: '10.00',
            using_join_buffer: buffer,
            attached_condition: '(`shop`.`customers`.`email` = `shop`.`o`.`email`)',
          },
        },
      ],
    },
  };
}
function facts(keys: string[]) {
  const indexes = keys.length ? [{ name: 'i', unique: false, keys, partial: false }] : [];
  return { schema: 'shop', name: 'customers', rows: 50_000, pages: 900, neverAnalyzed: false, modifiedSinceAnalyze: 0, indexes };
}
