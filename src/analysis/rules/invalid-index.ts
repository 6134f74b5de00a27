import { index, node, table } from '../examples.ts';
import { describeRelation, type Rule, threshold } from '../rule.ts';
import { dropIndex, tablesWritten } from '../written.ts';

const leastRows = threshold(
  1_000,
  'rows of the table',
  'an index of a few pages is written in memory and costs next to nothing',
);

const insert = node('ModifyTable', {
  Operation: 'Insert',
  'Relation Name': 'orders',
  Schema: 'public',
  Alias: 'orders',
  rows: 0,
  cost: 0.01,
});
const writing = { kind: 'insert' } as const;
const broken = [table('orders', 50_000, { invalidIndexes: [index('orders_email', ['email'])] })];

export const invalidIndex: Rule = {
  id: 'invalid-index',
  title: 'An index whose building failed is written and never read',
  category: 'maintenance',
  why:
    'CREATE INDEX CONCURRENTLY that fails, or is given up, leaves it behind: the server keeps it ' +
    'up to date with every write, and never reads it.',
  fix: 'Drop it, and build it anew if it is wanted.',
  engines: { postgres: true, mysql: false, mariadb: false },
  needs: { estimate: ['tables', 'shape'], actual: ['tables', 'shape'] },
  thresholds: { leastRows },
  examples: [
    { name: 'left behind', finds: true, plan: insert, shape: writing, facts: broken },
    {
      name: 'all are valid',
      finds: false,
      plan: insert,
      shape: writing,
      facts: [table('orders', 50_000, { indexes: [index('orders_email', ['email'])] })],
    },
    {
      name: 'the server gives no plan',
      finds: true,
      shape: { ...writing, writes: [{ name: 'orders' }] },
      facts: broken,
    },
    {
      name: 'the statement only reads',
      finds: false,
      plan: insert,
      shape: { kind: 'select' },
      facts: broken,
    },
  ],
  unplanned: true,
  check: (plan, context) =>
    tablesWritten(plan, context).flatMap(({ node, facts, eachIndex }) =>
      facts.rows < leastRows.value
        ? []
        : (facts.invalidIndexes ?? []).map((each) => ({
            message:
              `${describeRelation(node)}: ${each.name} (${each.keys.join(', ')}) is invalid, and ` +
              'written with each row',
            fix: dropIndex(plan, facts, each),
            nodes: [node.id],
            saves: eachIndex,
          })),
    ),
};
