import { dialectOf } from '../../dialects/index.ts';
import { type Plan, preorder } from '../../model/plan.ts';
import type { TableFacts } from '../../model/statistics.ts';
import {
  describeRelation,
  type Rule,
  type RuleContext,
  type RuleMatch,
  readsAll,
  tableOf,
  typesAreSure,
} from '../rule.ts';

const mysqlScan = {
  query_block: {
    table: {
      table_name: 'orders',
      access_type: 'ALL',
      rows_examined_per_scan: 50_000,
      filtered: '10.00',
      attached_condition: '(`shop`.`orders`.`id` = 5)',
    },
  },
};

export const implicitCast: Rule = {
  id: 'implicit-cast',
  title: 'The server converts an indexed column, because the value has another type',
  why: '`id = 5.0` compares as numeric: every id is converted, and the index on id is of no use. Often a driver’s parameter type is the cause.',
  fix: 'Send the value in the column’s type (cast the parameter, or set its type in the driver).',
  engines: { postgres: true, mysql: true, mariadb: true },
  examples: [
    {
      name: 'bigint compared as numeric',
      finds: true,
      plan: scan('((orders.id)::numeric = $1)'),
      shape: { comparisons: [{ column: 'id', operator: '=', with: 'value' }] },
      facts: [orders()],
    },
    {
      name: 'the cast is written in the statement',
      finds: false,
      plan: scan('((orders.id)::numeric = $1)'),
      shape: { comparisons: [{ column: 'id', operator: '=', cast: 'numeric', with: 'value' }] },
      facts: [orders()],
    },
    {
      name: 'text and varchar are the same to an index',
      finds: false,
      plan: scan('((orders.id)::text = $1)'),
      shape: { comparisons: [{ column: 'id', operator: '=', with: 'value' }] },
      facts: [orders()],
    },
    {
      name: 'MySQL warns that a text is compared with a number',
      finds: true,
      engine: 'mysql',
      plan: mysqlScan,
      unusableIndexes: [{ index: 'orders_pkey', column: 'id' }],
      facts: [orders()],
    },
    {
      name: 'MySQL reads the whole index instead',
      finds: true,
      engine: 'mysql',
      plan: {
        query_block: {
          table: {
            table_name: 'orders',
            access_type: 'index',
            key: 'orders_pkey',
            used_key_parts: ['id'],
            using_index: true,
            rows_examined_per_scan: 50_000,
            filtered: '10.00',
            attached_condition: '(`shop`.`orders`.`id` = 5)',
          },
        },
      },
      unusableIndexes: [{ index: 'orders_pkey', column: 'id' }],
      facts: [orders()],
    },
    {
      name: 'MySQL warns of nothing',
      finds: false,
      engine: 'mysql',
      plan: mysqlScan,
      facts: [orders()],
    },
    {
      name: 'no cast',
      finds: false,
      plan: scan('(orders.id = $1)'),
      shape: { comparisons: [{ column: 'id', operator: '=', with: 'value' }] },
      facts: [orders()],
    },
  ],
  check(plan, context) {
    if (!dialectOf(plan.engine).planner.showsConversions) return unusable(plan, context);
    if (!typesAreSure(plan)) return [];
    return [...preorder(plan.root)].flatMap((node) => {
      const facts = tableOf(node, context);
      if (node.op !== 'SeqScan' || !facts) return [];
      const casts = node.predicates.filter.flatMap(({ text }) => [
        ...text.matchAll(/\((?:[\w".]+\.)?"?(\w+)"?\)::([a-z ]+?)\s*(?:=|<|>|~)/g),
      ]);
      return casts
        .filter(
          ([, column, type]) =>
            type !== 'text' &&
            indexed(facts, column) &&
            !context.shape?.comparisons.some((each) => each.column === column && each.cast),
        )
        .slice(0, 1)
        .map(([, column, type]) => ({
          severity: 'warning' as const,
          message: `${describeRelation(node)}: ${column} is converted to ${type} for every row, so its index is not used`,
          fix: implicitCast.fix,
          nodes: [node.id],
        }));
    });
  },
};

/**
 * The plan says nothing of a conversion, but the server warned that it keeps an index from being
 * used.
 */
function unusable(plan: Plan, context: RuleContext): RuleMatch[] {
  return [...preorder(plan.root)].flatMap((node) => {
    const facts = tableOf(node, context);
    const found = plan.unusableIndexes?.find(({ index, column }) =>
      facts?.indexes.some(({ name, keys }) => name === index && keys.includes(column)),
    );
    // Read from end to end it is of no more use than the table.
    if (!found || !facts || (node.index?.name === found.index && !readsAll(node, facts, plan)))
      return [];
    return [
      {
        severity: 'warning' as const,
        message: `${describeRelation(node)}: ${found.column} is compared with a value of another type, character set or collation, so the index ${found.index} is not used`,
        fix: 'Send the value in the column’s type; give columns that are joined one character set and collation.',
        nodes: [node.id],
      },
    ];
  });
}

const indexed = ({ indexes }: TableFacts, column: string | undefined) =>
  indexes.some(({ keys }) => keys[0] === column);

function orders(): TableFacts {
  return {
    schema: 'public',
    name: 'orders',
    rows: 50_000,
    pages: 900,
    neverAnalyzed: false,
    modifiedSinceAnalyze: 0,
    indexes: [{ name: 'orders_pkey', unique: true, keys: ['id'], partial: false }],
  };
}
function scan(filter: string) {
  return {
    'Node Type': 'Seq Scan',
    'Relation Name': 'orders',
    Schema: 'public',
    Alias: 'orders',
    Filter: filter,
    'Plan Rows': 5,
    'Total Cost': 900,
  };
}
