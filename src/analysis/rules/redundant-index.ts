import type { IndexFacts, TableFacts } from '../../model/statistics.ts';
import { wholeKeys } from '../advice.ts';
import { primaryName } from '../covering.ts';
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
const primary = index('PRIMARY', ['id'], { unique: true });
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
      name: 'behind its values it has rows by primary key, which the longer one has not (MySQL)',
      finds: true,
      advises: 'orders by id what customer_id finds',
      engine: 'mysql',
      shape: { ...writing, writes: [{ name: 'orders' }] },
      facts: having(primary, index('orders_customer', ['customer_id']), wide),
    },
    {
      name: 'so has the longer one (MySQL)',
      finds: true,
      advises: 'ALTER TABLE `public`.`orders` DROP INDEX `orders_customer`',
      engine: 'mysql',
      shape: { ...writing, writes: [{ name: 'orders' }] },
      facts: having(
        primary,
        index('orders_customer', ['customer_id']),
        wide,
        index('orders_customer_id_at', ['customer_id', 'id', 'at']),
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
      return pairs.map(([index, other]) => {
        const lost = orderLost(facts, index, other);
        const drop = dropIndex(plan, facts, index);
        return {
          message:
            `${describeRelation(node)}: ${index.name} (${index.keys.join(', ')}) is written ` +
            `beside ${other.name} (${other.keys.join(', ')}), which ` +
            `${lost ? 'finds' : 'does'} all that it could` +
            (lost ? `, though not in the order of ${lost}` : ''),
          fix: lost
            ? `Look first whether a statement orders by ${lost} what ${index.keys.join(', ')} ` +
              `finds, which is sorted without it. Then: ${drop}`
            : drop,
          nodes: [node.id],
          saves: eachIndex,
        };
      });
    }),
};

/** Where each index has the keys of the primary one behind its own (MySQL, MariaDB). */
function orderLost({ indexes }: TableFacts, index: IndexFacts, other: IndexFacts) {
  const primary = indexes.find(({ name }) => name === primaryName)?.keys ?? [];
  const whole = ({ keys }: IndexFacts) => [
    ...keys,
    ...primary.filter((column) => !keys.includes(column)),
  ];
  const [narrow, wide] = [whole(index), other.name === primaryName ? primary : whole(other)];
  const lost = index.prefixed?.length || index.keys.length === other.keys.length;
  return lost || narrow.every((column, i) => wide[i] === column)
    ? undefined
    : narrow.slice(index.keys.length).join(', ');
}

/** Each with one that it repeats; of two that are alike only the later one. */
export function redundantIn(table: TableFacts): [IndexFacts, IndexFacts][] {
  const dropped = new Set<IndexFacts>();
  return table.indexes.flatMap((index): [IndexFacts, IndexFacts][] => {
    const others = table.indexes.filter(
      (each) => each !== index && !dropped.has(each) && repeats(index, each),
    );
    const other = others.find((each) => !orderLost(table, index, each)) ?? others[0];
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
