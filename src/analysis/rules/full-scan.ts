import { type PlanNode, type Predicate, preorder } from '../../model/plan.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { conditionsOn, createIndex, keysFor, rebuildIndex } from '../advice.ts';
import { block, compared, index, mysqlTable, seqScan, table } from '../examples.ts';
import {
  bare,
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  readsAll,
  rowsKept,
  tableOf,
  threshold,
  typesAreSure,
} from '../rule.ts';
import { shareUnwanted } from '../shares.ts';

const leastRows = threshold(
  10_000,
  'rows of the table',
  'a smaller table is some hundred pages: reading it takes a few milliseconds, and stays in memory',
);
const mostKept = threshold(
  0.05,
  'of the rows',
  'above this an index visits so many pages that planners read the table anyway',
);

const orders = table('orders', 300_000);

export const fullScan: Rule = {
  id: 'full-scan',
  title: 'A large table is read from end to end for a few of its rows',
  why:
    'Every call reads all pages of the table, throws most rows away, and pushes other data ' +
    'out of ' +
    'the cache; it gets slower as the table grows.',
  fix:
    'An index whose leading columns are those that the filter compares with a value or a range; ' +
    'for each side of an OR one of its own; a text or JSON index for patterns and documents.',
  category: 'index',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['tables'], actual: ['tables'] },
  thresholds: { leastRows, mostKept },
  examples: [
    {
      name: 'few rows of a large table',
      finds: true,
      plan: seqScan('orders', { filter: '(orders.customer_id = $1)', rows: 12, cost: 5_000 }),
      facts: [orders],
    },
    {
      name: 'MySQL: it guesses a tenth, the server counted two',
      finds: true,
      engine: 'mysql',
      plan: block(
        mysqlTable('orders', {
          rows: 300_000,
          filtered: 10,
          condition: '(`shop`.`orders`.`customer_id` = 7)',
        }),
      ),
      stats: { calls: 10, rows: 20 },
      facts: [orders],
    },
    {
      name: 'MySQL: an index that holds all columns is read from end to end',
      finds: true,
      engine: 'mysql',
      plan: block(
        mysqlTable('orders', {
          access: 'index',
          key: 'orders_customer_at',
          used_key_parts: ['customer_id', 'at'],
          using_index: true,
          rows: 300_000,
          filtered: 1,
          condition: '(`shop`.`orders`.`at` = 7)',
        }),
      ),
      facts: [orders],
    },
    {
      name: 'the index is there and invalid',
      finds: true,
      plan: seqScan('orders', { filter: '(orders.customer_id = $1)', rows: 12, cost: 5_000 }),
      facts: [{ ...orders, invalidIndexes: [index('orders_customer', ['customer_id'])] }],
    },
    {
      name: 'it may be of another table',
      finds: false,
      plan: seqScan('orders', { filter: '(orders.customer_id = $1)', rows: 12, cost: 5_000 }),
      lossiness: ['identifier_differs'],
      facts: [orders],
    },
    {
      name: 'small table',
      finds: false,
      plan: seqScan('countries', { filter: '(code = $1)', cost: 4 }),
      facts: [table('countries', 250)],
    },
    {
      name: 'most rows are wanted',
      finds: false,
      plan: seqScan('orders', { filter: '(total > $1)', rows: 200_000, cost: 5_000 }),
      facts: [orders],
    },
    {
      name: 'no filter',
      finds: false,
      plan: seqScan('orders', { rows: 300_000, cost: 5_000 }),
      facts: [orders],
    },
    {
      name: 'the index is there, and not used for another reason',
      finds: false,
      plan: seqScan('orders', { filter: '((orders.id)::numeric = $1)', rows: 450, cost: 5_000 }),
      facts: [{ ...orders, indexes: [index('orders_pkey', ['id'], { unique: true })] }],
    },
    {
      name: 'the column is inside a function: an index on it alone would not help',
      finds: false,
      plan: seqScan('users', { filter: '(lower(users.email) = $1)', rows: 5, cost: 5_000 }),
      shape: { comparisons: [compared('email', { function: 'lower' })] },
      facts: [table('users', 300_000)],
    },
  ],
  check(plan, context) {
    if (!typesAreSure(plan)) return [];
    return preorder(plan.root).flatMap((node) => {
      const facts = tableOf(node, context);
      const [filter] = node.predicates.filter;
      if (!filter || !facts || facts.rows < leastRows.value || !readsAll(node, facts, plan))
        return [];
      const kept = rowsKept(node, plan, context);
      if (kept > facts.rows * mostKept.value) return [];
      const columns = indexable(ownColumns(node, node.predicates.filter, facts), context);
      // An index that leads with one of them is there and not used: its reason is another rule's
      // business, and one more index would not help.
      const [first] = columns;
      if (
        !first ||
        facts.indexes.some(({ keys, partial }) => !partial && columns.includes(keys[0] ?? ''))
      )
        return [];
      const broken = rebuildIndex(plan, facts, ([leading = '']) => columns.includes(leading));
      const wanted = conditionsOn(node, node.predicates.filter).filter(({ column }) =>
        columns.includes(column),
      );
      const where = broken?.message ?? `filter on ${columns.join(', ')}`;
      return [
        {
          message:
            `${describeRelation(node)}: reads ${count(facts.rows)} rows to keep about ` +
            `${count(kept)}; ${where}`,
          fix: broken?.fix ?? createIndex(plan, facts, keysFor(wanted)),
          nodes: [node.id],
          saves: shareUnwanted(node, facts.rows, kept),
        },
      ];
    });
  },
};

/** Of this table, and no other's: a filter may name both. */
function ownColumns(
  { relation }: PlanNode,
  predicates: readonly Predicate[],
  { columns: known }: TableFacts,
): string[] {
  const alias = relation?.alias ?? relation?.name ?? '';
  const names = known && new Set(known.map(({ name }) => name.toLowerCase()));
  return predicates
    .flatMap(({ columns }) => columns)
    .filter(
      (column) => !column.includes('.') || column.split('.').at(-2)?.replaceAll('"', '') === alias,
    )
    .map((column) => bare(column).replace(/^"(.*)"$/, '$1'))
    .filter((column) => !names || names.has(column.toLowerCase()));
}

/** Columns that an index on them would serve: not those inside a function or a cast. */
function indexable(columns: readonly string[], { shape }: RuleContext): string[] {
  const wrapped = new Set(
    (shape?.comparisons ?? [])
      .filter((each) => each.function || each.cast)
      .map(({ column }) => column),
  );
  return [...new Set(columns)].filter((column) => !wrapped.has(column));
}
