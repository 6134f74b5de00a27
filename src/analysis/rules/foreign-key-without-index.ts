import { type Plan, type PlanNode, preorder } from '../../model/plan.ts';
import { createIndex } from '../advice.ts';
import { indexScan, node, outer, table } from '../examples.ts';
import {
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  type RuleMatch,
  tableOf,
  threshold,
} from '../rule.ts';
import { pagesACall } from '../work.ts';

const leastRows = threshold(
  5_000,
  'rows of the referring table',
  'a smaller one is gone through in less than a millisecond for each row deleted',
);
const mostSaved = threshold(
  0.9,
  'of the work',
  'looking for referring rows is no part of the plan; the deletion itself is a small part of it',
);
const leastPages = threshold(
  50,
  'pages a call',
  'where the server looks at fewer, no referring table is gone through',
);

type Referring = NonNullable<ReturnType<typeof table>['referencedBy']>[number];
const orders: Referring = {
  schema: 'public',
  name: 'orders',
  columns: ['customer_id'],
  indexed: false,
  rows: 300_000,
};
const customers = (referring: Partial<Referring> = {}) =>
  table('customers', 9_000, { referencedBy: [{ ...orders, ...referring }] });
const deletion = node(
  'ModifyTable',
  {
    Operation: 'Delete',
    'Relation Name': 'customers',
    Schema: 'public',
    Alias: 'customers',
    rows: 0,
    cost: 8,
  },
  [outer(indexScan('customers', 'customers_pkey', { condition: '(id = $1)', cost: 8 }))],
);

export const foreignKeyWithoutIndex: Rule = {
  id: 'foreign-key-without-index',
  title: 'A deletion goes through a table that refers to this one',
  why:
    'For each row that goes the server looks whether others still refer to it. Without an index ' +
    'on the referring columns it reads that whole table, once for each row deleted, and holds ' +
    'locks meanwhile. The plan does not show it.',
  fix: 'An index on the referring columns.',
  category: 'index',
  engines: { postgres: true, mysql: false, mariadb: false },
  needs: { estimate: ['tables', 'shape'], actual: ['tables', 'shape'] },
  thresholds: { leastRows, leastPages, mostSaved },
  examples: [
    {
      name: 'nothing leads to the orders of a customer',
      finds: true,
      plan: deletion,
      shape: { kind: 'delete' },
      facts: [customers()],
    },
    {
      name: 'they are in partitions, of which no index is made beside the work',
      finds: true,
      advises: 'CREATE INDEX ON ',
      plan: deletion,
      shape: { kind: 'delete' },
      facts: [customers({ partitioned: true })],
    },
    {
      name: 'an index does',
      finds: false,
      plan: deletion,
      shape: { kind: 'delete' },
      facts: [customers({ indexed: true })],
    },
    {
      name: 'few rows refer to it',
      finds: false,
      plan: deletion,
      shape: { kind: 'delete' },
      facts: [customers({ rows: 400 })],
    },
    {
      name: 'the server looks at five pages a call',
      finds: false,
      plan: deletion,
      shape: { kind: 'delete' },
      stats: { calls: 10, rows: 10, totalMs: 2, work: { pages: 50 } },
      facts: [customers()],
    },
  ],
  check: (plan, context) =>
    context.shape?.kind === 'delete'
      ? preorder(plan.root).flatMap((each) => goneThrough(each, plan, context))
      : [],
};

function goneThrough(node: PlanNode, plan: Plan, context: RuleContext): RuleMatch[] {
  const facts = node.op === 'Modify' ? tableOf(node, context) : undefined;
  const looked = pagesACall(context);
  if (!facts || (looked !== undefined && looked < leastPages.value)) return [];
  return (facts.referencedBy ?? [])
    .filter(({ indexed, rows }) => !indexed && rows >= leastRows.value)
    .map(({ schema, name, columns, rows, partitioned }) => ({
      message:
        `${describeRelation(node)}: each row deleted is looked for in ${schema}.${name}, ` +
        `${count(rows)} rows, by ${columns.join(', ')}, which has no index`,
      fix: createIndex(
        plan,
        {
          schema,
          name,
          rows,
          pages: 0,
          neverAnalyzed: false,
          modifiedSinceAnalyze: 0,
          indexes: [],
          columns: columns.map((each) => ({ name: each, type: '' })),
          ...(partitioned ? { partitioned } : {}),
        },
        columns.map((column) => ({ column })),
      ),
      nodes: [node.id],
      saves: mostSaved.value,
    }));
}
