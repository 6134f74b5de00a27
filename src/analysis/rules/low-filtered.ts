import type { IndexKey } from '../../dialects/index-keys.ts';
import { type Plan, preorder } from '../../model/plan.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { conditionsOn, createIndex, keysFor } from '../advice.ts';
import { block, index, mysqlTable, table } from '../examples.ts';
import {
  bare,
  count,
  describeRelation,
  type Rule,
  rowsKept,
  rowsRead,
  tableOf,
  threshold,
} from '../rule.ts';
import { shareUnwanted } from '../shares.ts';

const leastRows = threshold(
  10_000,
  'rows found',
  'fewer are fetched from the table in some ten milliseconds',
);
const mostKept = threshold(
  0.1,
  'of the rows',
  'above, a wider index saves less than it costs every write',
);

const orders = table('orders', 300_000, { indexes: [index('orders_status', ['status'])] });
const found = (filtered: number) =>
  block(
    mysqlTable('orders', {
      access: 'ref',
      key: 'orders_status',
      used_key_parts: ['status'],
      ref: ['const'],
      rows: 60_000,
      filtered,
      condition: '(`shop`.`orders`.`total` > 100)',
    }),
  );

export const lowFiltered: Rule = {
  id: 'low-filtered',
  title: 'An index finds many rows of which the remaining conditions throw most away',
  why:
    'Every row that the index finds is fetched from the table before the condition is looked ' +
    'at.',
  fix: 'Add the columns of the condition to the index.',
  category: 'index',
  engines: { postgres: false, mysql: true, mariadb: true },
  needs: { estimate: ['tables'], actual: ['tables'] },
  thresholds: { leastRows, mostKept },
  examples: [
    {
      name: 'one row in twenty is wanted',
      finds: true,
      engine: 'mysql',
      plan: found(5),
      facts: [orders],
    },
    { name: 'half of them are', finds: false, engine: 'mysql', plan: found(50), facts: [orders] },
  ],
  check: (plan, context) =>
    preorder(plan.root).flatMap((node) => {
      const facts = tableOf(node, context);
      const [read, kept] = [rowsRead(node), rowsKept(node, plan, context)];
      if (
        node.op !== 'IndexScan' ||
        node.index?.access !== 'seek' ||
        !facts ||
        read < leastRows.value ||
        kept > read * mostKept.value
      )
        return [];
      const keys = facts.indexes.find(({ name }) => name === node.index?.name)?.keys ?? [];
      const columns = new Set(
        node.predicates.filter.flatMap((predicate) => predicate.columns.map(bare)),
      );
      for (const key of keys) columns.delete(key);
      if (columns.size === 0 || keys.length === 0) return [];
      const more = keysFor(conditionsOn(node, node.predicates.filter), keys);
      return [
        {
          message:
            `${describeRelation(node)}: ${node.index.name} finds about ${count(read)} rows, ` +
            `the condition on ${[...columns].join(', ')} keeps about ${count(kept)}`,
          fix: widerIndex(plan, facts, keys, more),
          nodes: [node.id],
          saves: shareUnwanted(node, read, kept),
        },
      ];
    }),
};

/** The index that is there, and behind its columns those of the condition. */
const widerIndex = (
  plan: Plan,
  facts: TableFacts,
  keys: readonly string[],
  more: readonly IndexKey[],
) =>
  more.length
    ? createIndex(plan, facts, [...keys.map((column) => ({ column })), ...more])
    : undefined;
