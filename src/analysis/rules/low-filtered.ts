import type { IndexKey } from '../../dialects/index-keys.ts';
import { type Plan, preorder } from '../../model/plan.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { conditionsOn, createIndex, keysFor } from '../advice.ts';
import { bare, count, describeRelation, type Rule, rowsKept, rowsRead, tableOf } from '../rule.ts';

const leastRows = 10_000;
const most = 0.1;

export const lowFiltered: Rule = {
  id: 'low-filtered',
  title: 'An index finds many rows of which the remaining conditions throw most away',
  why: 'Every row that the index finds is fetched from the table before the condition is looked at.',
  fix: 'Add the columns of the condition to the index.',
  engines: { postgres: false, mysql: true, mariadb: true },
  examples: [
    {
      name: 'one row in twenty is wanted',
      finds: true,
      engine: 'mysql',
      plan: found('5.00'),
      facts: [facts()],
    },
    {
      name: 'half of them are',
      finds: false,
      engine: 'mysql',
      plan: found('50.00'),
      facts: [facts()],
    },
  ],
  check(plan, context) {
    return [...preorder(plan.root)].flatMap((node) => {
      const table = tableOf(node, context);
      const read = rowsRead(node);
      if (
        node.op !== 'IndexScan' ||
        node.index?.access !== 'seek' ||
        !table ||
        read < leastRows ||
        rowsKept(node, plan, context) > read * most
      )
        return [];
      const keys = table.indexes.find(({ name }) => name === node.index?.name)?.keys ?? [];
      const columns = [
        ...new Set(node.predicates.filter.flatMap((predicate) => predicate.columns.map(bare))),
      ].filter((column) => !keys.includes(column));
      if (columns.length === 0 || keys.length === 0) return [];
      return [
        {
          severity: 'info' as const,
          message: `${describeRelation(node)}: ${node.index.name} finds about ${count(read)} rows, the condition on ${columns.join(', ')} keeps about ${count(rowsKept(node, plan, context))}`,
          fix:
            widerIndex(
              plan,
              table,
              keys,
              keysFor(conditionsOn(node, node.predicates.filter), keys),
            ) ?? this.fix,
          nodes: [node.id],
        },
      ];
    });
  },
};

/** The index that is there, and behind its columns those of the condition. */
const widerIndex = (
  plan: Plan,
  table: TableFacts,
  keys: readonly string[],
  more: readonly IndexKey[],
) =>
  more.length
    ? createIndex(plan, table, [...keys.map((column) => ({ column })), ...more])
    : undefined;

function found(filtered: string) {
  return {
    query_block: {
      table: {
        table_name: 'orders',
        access_type: 'ref',
        key: 'orders_status',
        used_key_parts: ['status'],
        ref: ['const'],
        rows_examined_per_scan: 60_000,
        filtered,
        attached_condition: '(`shop`.`orders`.`total` > 100)',
      },
    },
  };
}
function facts() {
  return {
    schema: 'shop',
    name: 'orders',
    rows: 300_000,
    pages: 9_000,
    neverAnalyzed: false,
    modifiedSinceAnalyze: 0,
    indexes: [{ name: 'orders_status', unique: false, keys: ['status'], partial: false }],
  };
}
