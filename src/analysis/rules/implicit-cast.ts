import { preorder } from '../../plans/plan.ts';
import type { TableFacts } from '../../plans/statistics.ts';
import { describeRelation, type Rule, tableOf, typesAreSure } from '../rule.ts';

export const implicitCast: Rule = {
  id: 'implicit-cast',
  title: 'The server converts an indexed column, because the value has another type',
  why: '`id = 5.0` compares as numeric: every id is converted, and the index on id is of no use. Often a driver’s parameter type is the cause.',
  fix: 'Send the value in the column’s type (cast the parameter, or set its type in the driver).',
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
      name: 'no cast',
      finds: false,
      plan: scan('(orders.id = $1)'),
      shape: { comparisons: [{ column: 'id', operator: '=', with: 'value' }] },
      facts: [orders()],
    },
  ],
  check(plan, context) {
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
            type !== 'text' && indexed(facts, column) && !context.shape?.comparisons.some((each) => each.column === column && each.cast),
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

const indexed = ({ indexes }: TableFacts, column: string | undefined) => indexes.some(({ keys }) => keys[0] === column);

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
