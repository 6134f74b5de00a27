import { type PlanNode, type Predicate, preorder } from '../../model/plan.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { conditionsOn, createIndex, keysFor, rebuildIndex } from '../advice.ts';
import {
  bare,
  count,
  describeRelation,
  type Rule,
  type RuleContext,
  readsAll,
  rowsKept,
  tableOf,
  typesAreSure,
} from '../rule.ts';

const leastRows = 10_000;
const selective = 0.05;

export const fullScan: Rule = {
  id: 'full-scan',
  title: 'A large table is read from end to end for a few of its rows',
  why: 'Every call reads all pages of the table, throws most rows away, and pushes other data out of the cache; it gets slower as the table grows.',
  fix: 'An index whose leading columns are those that the filter compares with a value or a range; for each side of an OR one of its own; a text or JSON index for patterns and documents.',
  engines: { postgres: true, mysql: true, mariadb: true },
  examples: [
    {
      name: 'few rows of a large table',
      finds: true,
      plan: {
        'Node Type': 'Seq Scan',
        'Relation Name': 'orders',
        Schema: 'public',
        Alias: 'orders',
        Filter: '(orders.customer_id = $1)',
        'Plan Rows': 12,
        'Total Cost': 5_000,
      },
      facts: [table('orders', 300_000)],
    },
    {
      name: 'MySQL: it guesses a tenth, the server counted two',
      finds: true,
      engine: 'mysql',
      plan: {
        query_block: {
          table: {
            table_name: 'orders',
            access_type: 'ALL',
            rows_examined_per_scan: 300_000,
            filtered: '10.00',
            attached_condition: '(`shop`.`orders`.`customer_id` = 7)',
          },
        },
      },
      stats: { calls: 10, rows: 20 },
      facts: [table('orders', 300_000)],
    },
    {
      name: 'MySQL: an index that holds all columns is read from end to end',
      finds: true,
      engine: 'mysql',
      plan: {
        query_block: {
          table: {
            table_name: 'orders',
            access_type: 'index',
            key: 'orders_customer_at',
            used_key_parts: ['customer_id', 'at'],
            using_index: true,
            rows_examined_per_scan: 300_000,
            filtered: '1.00',
            attached_condition: '(`shop`.`orders`.`at` = 7)',
          },
        },
      },
      facts: [table('orders', 300_000)],
    },
    {
      name: 'the index is there and invalid',
      finds: true,
      plan: {
        'Node Type': 'Seq Scan',
        'Relation Name': 'orders',
        Schema: 'public',
        Filter: '(orders.customer_id = $1)',
        'Plan Rows': 12,
        'Total Cost': 5_000,
      },
      facts: [
        {
          ...table('orders', 300_000),
          invalidIndexes: [
            { name: 'orders_customer', unique: false, keys: ['customer_id'], partial: false },
          ],
        },
      ],
    },
    {
      name: 'it may be of another table',
      finds: false,
      plan: {
        'Node Type': 'Seq Scan',
        'Relation Name': 'orders',
        Schema: 'public',
        Filter: '(orders.customer_id = $1)',
        'Plan Rows': 12,
        'Total Cost': 5_000,
      },
      lossiness: ['identifier_differs'],
      facts: [table('orders', 300_000)],
    },
    {
      name: 'small table',
      finds: false,
      plan: {
        'Node Type': 'Seq Scan',
        'Relation Name': 'countries',
        Schema: 'public',
        Filter: '(code = $1)',
        'Plan Rows': 1,
        'Total Cost': 4,
      },
      facts: [table('countries', 250)],
    },
    {
      name: 'most rows are wanted',
      finds: false,
      plan: {
        'Node Type': 'Seq Scan',
        'Relation Name': 'orders',
        Schema: 'public',
        Filter: '(total > $1)',
        'Plan Rows': 200_000,
        'Total Cost': 5_000,
      },
      facts: [table('orders', 300_000)],
    },
    {
      name: 'no filter',
      finds: false,
      plan: {
        'Node Type': 'Seq Scan',
        'Relation Name': 'orders',
        Schema: 'public',
        'Plan Rows': 300_000,
        'Total Cost': 5_000,
      },
      facts: [table('orders', 300_000)],
    },
    {
      name: 'the index is there, and not used for another reason',
      finds: false,
      plan: {
        'Node Type': 'Seq Scan',
        'Relation Name': 'orders',
        Schema: 'public',
        Filter: '((orders.id)::numeric = $1)',
        'Plan Rows': 450,
        'Total Cost': 5_000,
      },
      facts: [
        {
          ...table('orders', 300_000),
          indexes: [{ name: 'orders_pkey', unique: true, keys: ['id'], partial: false }],
        },
      ],
    },
    {
      name: 'the column is inside a function: an index on it alone would not help',
      finds: false,
      plan: {
        'Node Type': 'Seq Scan',
        'Relation Name': 'users',
        Schema: 'public',
        Filter: '(lower(users.email) = $1)',
        'Plan Rows': 5,
        'Total Cost': 5_000,
      },
      shape: {
        comparisons: [{ column: 'email', operator: '=', function: 'lower', with: 'value' }],
      },
      facts: [table('users', 300_000)],
    },
  ],
  check(plan, context) {
    if (!typesAreSure(plan)) return [];
    return [...preorder(plan.root)].flatMap((node) => {
      const facts = tableOf(node, context);
      const [filter] = node.predicates.filter;
      if (!filter || !facts || facts.rows < leastRows || !readsAll(node, facts, plan)) return [];
      const kept = rowsKept(node, plan, context);
      if (kept > facts.rows * selective) return [];
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
      return [
        {
          severity: 'warning' as const,
          message: `${describeRelation(node)}: reads ${count(facts.rows)} rows to keep about ${count(kept)}; ${broken?.message ?? `filter on ${columns.join(', ')}`}`,
          fix: broken?.fix ?? createIndex(plan, facts, keysFor(wanted)) ?? fullScan.fix,
          nodes: [node.id],
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

function table(name: string, rows: number) {
  return {
    schema: 'public',
    name,
    rows,
    pages: Math.ceil(rows / 50),
    neverAnalyzed: false,
    modifiedSinceAnalyze: 0,
    indexes: [],
  };
}
