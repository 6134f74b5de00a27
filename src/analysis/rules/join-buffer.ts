import { block, index, loop, mariadbTable, mysqlTable, table } from '../examples.ts';
import { joinIndex } from '../join-advice.ts';
import { joinThresholds } from '../join-scans.ts';
import { count, type Rule } from '../rule.ts';
import { judgedScans } from '../scan-cause.ts';
import { describeScan, gainThresholds, scanThresholds } from '../scans.ts';

const customers = (...keys: string[]) =>
  table('customers', 50_000, { indexes: keys.length ? [index('i', keys)] : [] });
const joined = (buffer: string, rows: number) =>
  loop(
    mysqlTable('o', { rows: 200 }),
    mysqlTable('customers', {
      rows,
      filtered: 10,
      using_join_buffer: buffer,
      condition: '(`shop`.`customers`.`email` = `shop`.`o`.`email`)',
    }),
  );

export const joinBuffer: Rule = {
  id: 'join-buffer',
  title: 'A table is joined without an index',
  why:
    'For each buffer full of rows of the one side the other table is read from end to end; or it ' +
    'is put into a hash table by every call.',
  fix:
    'An index on the columns that join the second table; give joined columns one type and ' +
    'collation first.',
  category: 'index',
  engines: { postgres: false, mysql: true, mariadb: true },
  needs: { estimate: ['tables'], actual: ['tables'] },
  thresholds: { ...joinThresholds, ...scanThresholds, ...gainThresholds },
  examples: [
    {
      name: 'MySQL: hash join on a column without index',
      finds: true,
      engine: 'mysql',
      plan: joined('hash join', 50_000),
      facts: [customers()],
    },
    {
      name: 'a small table',
      finds: false,
      engine: 'mysql',
      plan: joined('hash join', 50),
      facts: [table('customers', 50)],
    },
    {
      name: 'the index is there, and not used for another reason',
      finds: false,
      engine: 'mysql',
      plan: joined('hash join', 50_000),
      facts: [customers('email')],
    },
    {
      name: 'MariaDB: block nested loop',
      finds: true,
      engine: 'mariadb',
      plan: block({
        nested_loop: [
          mariadbTable('o', { rows: 5_000 }),
          {
            'block-nl-join': {
              ...mariadbTable('customers', { rows: 50_000 }),
              join_type: 'BNL',
              attached_condition: 'customers.email = o.email',
            },
          },
        ],
      }),
      facts: [customers()],
    },
  ],
  check: (plan, context) =>
    judgedScans(plan, context).flatMap(({ scan, cause }) => {
      if (cause.kind !== 'joined') return [];
      const columns = cause.conditions.map(({ column }) => column);
      return [
        {
          message:
            `${describeScan(scan)}: ${count(scan.rows)} rows are read to join on ` +
            `${columns.join(', ')}, which has no index`,
          fix: joinIndex(plan, scan, cause.conditions, context),
          nodes: [cause.join.id, ...scan.nodes.map(({ id }) => id)],
          saves: scan.saves,
        },
      ];
    }),
};
