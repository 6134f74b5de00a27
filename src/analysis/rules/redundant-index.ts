import type { IndexFacts, TableFacts } from '../../model/statistics.ts';
import { wholeKeys } from '../advice.ts';
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
const having = (...indexes: IndexFacts[]) => [table('orders', 50_000, { indexes })];
const wide = index('orders_customer_at', ['customer_id', 'at']);

export const redundantIndex: Rule = {
  id: 'redundant-index',
  title: 'An index repeats the beginning of another',
  category: 'maintenance',
  why:
    'Whatever it could be used for the longer one can too; each row that is written is written ' +
    'to both, and both compete for memory.',
  fix: 'Drop the shorter one; of two that are alike, the one that no constraint stands on.',
  engines: { postgres: true, mysql: true, mariadb: true },
  needs: { estimate: ['tables', 'shape'], actual: ['tables', 'shape'] },
  thresholds: { leastRows },
  examples: [
    {
      name: '(customer_id) beside (customer_id, at)',
      finds: true,
      plan: insert,
      shape: writing,
      facts: having(wide, index('orders_customer', ['customer_id'])),
    },
    {
      name: 'the same twice',
      finds: true,
      plan: insert,
      shape: writing,
      facts: having(wide, index('orders_again', ['customer_id', 'at'])),
    },
    {
      name: 'it is unique',
      finds: false,
      plan: insert,
      shape: writing,
      facts: having(wide, index('orders_customer', ['customer_id'], { unique: true })),
    },
    {
      name: 'of a partitioned table, on which nothing is dropped beside the work',
      finds: true,
      advises: 'DROP INDEX public.orders_customer; -- with those of all partitions',
      plan: insert,
      shape: writing,
      facts: having(
        { ...wide, partitioned: true },
        index('orders_customer', ['customer_id'], { partitioned: true }),
      ).map((each) => ({ ...each, partitioned: true as const })),
    },
    {
      name: 'a replica identity, a foreign key or a partitioned table’s index stands on it',
      finds: false,
      plan: insert,
      shape: writing,
      facts: having(wide, index('orders_customer', ['customer_id'], { kept: true })),
    },
    {
      name: 'it is of some rows only',
      finds: false,
      plan: insert,
      shape: writing,
      facts: having(wide, index('orders_open', ['customer_id'], { partial: true })),
    },
    {
      name: 'the longer one has the first letters only (MySQL)',
      finds: false,
      engine: 'mysql',
      shape: { ...writing, writes: [{ name: 'orders' }] },
      facts: having(
        index('orders_name', ['name']),
        index('orders_name_at', ['name', 'at'], { prefixed: ['name'] }),
      ),
    },
    {
      name: 'it has the first letters only of what the longer one has (MySQL)',
      finds: true,
      engine: 'mysql',
      shape: { ...writing, writes: [{ name: 'orders' }] },
      facts: having(
        index('orders_name', ['name'], { prefixed: ['name'] }),
        index('orders_name_at', ['name', 'at']),
      ),
    },
    {
      name: 'it is of another method',
      finds: false,
      plan: insert,
      shape: writing,
      facts: having(wide, index('orders_hash', ['customer_id'], { method: 'hash' })),
    },
    {
      name: 'it is in another order: a collation, an operator class for patterns',
      finds: false,
      plan: insert,
      shape: writing,
      facts: having(wide, index('orders_pattern', ['customer_id'], { otherOrder: true })),
    },
    {
      name: 'other columns first',
      finds: false,
      plan: insert,
      shape: writing,
      facts: having(wide, index('orders_at', ['at'])),
    },
    {
      name: 'the server gives no plan',
      finds: true,
      shape: { ...writing, writes: [{ name: 'orders' }] },
      facts: having(wide, index('orders_customer', ['customer_id'])),
    },
    {
      name: 'the statement only reads',
      finds: false,
      plan: insert,
      shape: { kind: 'select' },
      facts: having(wide, index('orders_customer', ['customer_id'])),
    },
  ],
  unplanned: true,
  check: (plan, context) =>
    tablesWritten(plan, context).flatMap(({ node, facts, eachIndex }) => {
      const pairs = facts.rows < leastRows.value ? [] : redundantIn(facts);
      return pairs.map(([index, other]) => ({
        message:
          `${describeRelation(node)}: ${index.name} (${index.keys.join(', ')}) is written beside ` +
          `${other.name} (${other.keys.join(', ')}), which does all that it could`,
        fix: dropIndex(plan, facts, index),
        nodes: [node.id],
        saves: eachIndex,
      }));
    }),
};

/** Each with one that it repeats; of two that are alike only the later one. */
export function redundantIn({ indexes }: TableFacts): [IndexFacts, IndexFacts][] {
  const dropped = new Set<IndexFacts>();
  return indexes.flatMap((index): [IndexFacts, IndexFacts][] => {
    const other = indexes.find(
      (each) => each !== index && !dropped.has(each) && repeats(index, each),
    );
    if (!other) return [];
    dropped.add(index);
    return [[index, other]];
  });
}

function repeats(index: IndexFacts, other: IndexFacts): boolean {
  const plain =
    !index.partial &&
    !other.partial &&
    !index.otherOrder &&
    !other.otherOrder &&
    index.method === other.method;
  if (
    !plain ||
    index.constraint ||
    index.kept ||
    (index.method !== undefined && index.method !== 'btree')
  )
    return false;
  const same = index.keys.length === other.keys.length;
  if (index.unique && !(same && other.unique)) return false;
  const kept = new Set([...wholeKeys(other), ...(other.include ?? [])]);
  return (
    index.keys.every((key, i) => key === wholeKeys(other)[i]) &&
    (index.include ?? []).every((column) => kept.has(column))
  );
}
