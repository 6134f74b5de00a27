import { createIndex, keysFor } from '../advice.ts';
import { index, seqScan, table, typed } from '../examples.ts';
import { count, type Rule } from '../rule.ts';
import { judgedScans } from '../scan-cause.ts';
import { describeScan, gainThresholds, scanThresholds } from '../scans.ts';

const orders = (predicate: string) =>
  table('orders', 300_000, {
    columns: typed({ customer_id: ['int8', 25_000], active: 'bool' }),
    indexes: [index('orders_active', ['customer_id'], { partial: true, predicate })],
  });
const scan = (filter: string) => seqScan('orders', { filter, rows: 12, cost: 5_000 });

export const partialIndexMissed: Rule = {
  id: 'partial-index-missed',
  title: 'An index is there, but only for some of the rows',
  why:
    'A partial index is used where the statement says that it wants no other rows than the index ' +
    'has. This one does not, so the table is read.',
  fix:
    'Say the index’s condition in the statement, if no other rows are wanted; else an index on ' +
    'all rows.',
  category: 'index',
  follows: ['full-scan'],
  engines: { postgres: true, mysql: false, mariadb: false },
  needs: { estimate: ['tables'], actual: ['tables'] },
  thresholds: { ...scanThresholds, ...gainThresholds },
  examples: [
    {
      name: 'the statement does not ask for active ones',
      finds: true,
      plan: scan('(customer_id = $1)'),
      facts: [orders('active')],
    },
    {
      name: 'it does: the index could be used',
      finds: false,
      plan: scan('(active AND (customer_id = $1))'),
      facts: [orders('active')],
    },
    {
      name: 'whether it does depends on a value, and nothing is counted',
      finds: false,
      plan: scan('((status = $1) AND (customer_id = $2))'),
      facts: [orders('(status = ?)')],
    },
  ],
  check: (plan, context) =>
    judgedScans(plan, context).flatMap(({ scan: of, cause }) => {
      if (cause.kind !== 'partial') return [];
      const { name, predicate } = cause.index;
      return [
        {
          message:
            `${describeScan(of)}: reads ${count(of.rows)} rows; ${name} is only for rows ` +
            `${predicate ? `where ${predicate}` : 'of its condition'}`,
          fix: createIndex(plan, of.table, keysFor(cause.conditions, of.table)),
          nodes: of.nodes.map(({ id }) => id),
          saves: of.saves,
        },
      ];
    }),
};
