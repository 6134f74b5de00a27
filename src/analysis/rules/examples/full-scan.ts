import {
  block,
  compared,
  index,
  indexScan,
  inner,
  mysqlTable,
  node,
  outer,
  seqScan,
  table,
  typed,
} from '../../examples.ts';
import type { Rule } from '../../rule.ts';

const columns = typed({
  id: 'int8',
  customer_id: ['int8', 25_000],
  status: ['text', 4],
  at: 'timestamptz',
  email: 'text',
});
const orders = table('orders', 300_000, { columns });
const few = (filter: string, more: object = {}) =>
  seqScan('orders', { filter, rows: 12, cost: 5_000, ...more });
const one = few('(customer_id = $1)');
/** Of columns without an index these servers know nothing. */
const unknown = table('orders', 300_000, {
  columns: typed({ customer_id: 'int8', at: 'timestamp', code: 'varchar', paid: 'tinyint' }),
  indexes: [index('orders_at', ['at'])],
});
const byMysql = (condition: string, more: object = {}) =>
  block(mysqlTable('orders', { rows: 300_000, filtered: 10, condition, ...more }));
const summed = {
  relations: [{ name: 'orders' }],
  aggregates: [{ function: 'sum', column: 'total' }],
};
const byMonth = {
  partitionOf: {
    schema: 'public',
    name: 'orders',
    strategy: 'range',
    keys: ['at'],
    partitions: 10,
  },
};
/** Orders, hashed to be joined with one customer. */
const ofOne = (read: object, above = (scan: object) => scan) =>
  node(
    'Hash Join',
    { 'Join Type': 'Inner', 'Hash Cond': '(o.customer_id = c.id)', rows: 12, cost: 9_000 },
    [
      outer(above(seqScan('orders', { Alias: 'o', cost: 8_000, ...read }))),
      inner(
        node('Hash', { rows: 1, cost: 8 }, [
          outer(indexScan('c', 'c_email', { condition: '(email = $1)', cost: 8 })),
        ]),
      ),
    ],
  );
const kinds = table('orders', 300_000, {
  pages: 2_500,
  columns: [...columns, ...typed({ kind: ['int2', 12] })],
});
const events = (name: string) =>
  table(name, 100_000, {
    partitionOf: {
      schema: 'public',
      name: 'events',
      strategy: 'range',
      keys: ['at'],
      partitions: 2,
    },
  });

export const examples: Rule['examples'] = [
  { name: 'few rows of a large table', finds: true, plan: one, facts: [orders] },
  {
    name: 'production reads another way: a call looks at nine pages',
    finds: false,
    plan: one,
    facts: [orders],
    stats: { calls: 100, rows: 1_200, totalMs: 9, work: { pages: 900 } },
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
    stats: { calls: 10, rows: 20, work: { rowsExamined: 3_000_000 } },
    facts: [orders],
  },
  {
    name: 'MySQL: an index that holds all columns is read from end to end',
    finds: true,
    engine: 'mysql',
    plan: block(
      mysqlTable('orders', {
        access: 'index',
        key: 'orders_status_customer',
        used_key_parts: ['status', 'customer_id'],
        using_index: true,
        rows: 300_000,
        filtered: 10,
        condition: '(`shop`.`orders`.`customer_id` = 7)',
      }),
    ),
    facts: [{ ...orders, indexes: [index('orders_status_customer', ['status', 'customer_id'])] }],
  },
  ...(
    [
      ['a value is asked for besides', '((customer_id = 7) and (at > 8))', true],
      ['either side of an OR finds few', "((customer_id = 7) or (code = 'x'))", true],
      ['one side of an OR is of a flag', '((customer_id = 7) or (paid = 1))', false],
      ['an index is there of the range, of which most may be wanted', '(at > 8)', false],
    ] as const
  ).map(([name, condition, finds]) => ({
    name: `MySQL, whatever it guesses of columns without an index: ${name}`,
    finds,
    engine: 'mysql' as const,
    plan: byMysql(condition),
    shape: summed,
    stats: { calls: 10, rows: 10, totalMs: 900, work: { rowsExamined: 3_000_000 } },
    facts: [unknown],
  })),
  {
    name: 'MySQL: an index is there of a value that most have; the other is what finds few',
    finds: true,
    engine: 'mysql',
    plan: byMysql("((customer_id = 7) and (code = 'x'))"),
    shape: { relations: [{ name: 'orders' }] },
    stats: { calls: 10, rows: 900, totalMs: 900, work: { rowsExamined: 3_000_000 } },
    facts: [
      {
        ...unknown,
        columns: typed({ customer_id: 'int8', code: ['varchar', 4] }),
        indexes: [index('orders_code', ['code'])],
      },
    ],
  },
  {
    name: 'MySQL: what is read for a derived table is not counted',
    finds: true,
    engine: 'mysql',
    plan: block({
      table: {
        table_name: 'x',
        access_type: 'ALL',
        rows_examined_per_scan: 9,
        filtered: '100.00',
        materialized_from_subquery: {
          query_block: byMysql('(customer_id = 7)').query_block,
        },
      },
    }),
    shape: { subqueries: 1 },
    stats: { calls: 10, rows: 40, totalMs: 900, work: { rowsExamined: 50 } },
    facts: [unknown],
  },
  {
    name: 'MySQL: of ten partitions one is read, and all of that',
    finds: true,
    engine: 'mysql',
    plan: byMysql('((customer_id = 7) and (at > 8))', { rows: 30_000, partitions: ['p3'] }),
    shape: summed,
    stats: { calls: 10, rows: 10, totalMs: 90, work: { rowsExamined: 300_000 } },
    facts: [{ ...unknown, ...byMonth, indexes: [] }],
  },
  {
    name: 'a sum of what is asked for by the key of partitions: it may be all of one',
    finds: false,
    plan: node('Aggregate', { rows: 1, cost: 6_000 }, [
      outer(seqScan('orders', { filter: '((at >= $1) AND (at < $2))', rows: 1_500 })),
    ]),
    shape: summed,
    facts: [{ ...orders, ...byMonth }],
  },
  {
    name: 'the index is there and invalid',
    finds: true,
    plan: one,
    facts: [{ ...orders, invalidIndexes: [index('orders_customer', ['customer_id'])] }],
  },
  {
    name: 'each side of an OR wants its own',
    finds: true,
    plan: few('((customer_id = $1) OR (email = $2))'),
    facts: [orders],
  },
  ...(
    [
      ['a kind', '(kind = $1)', false],
      ['a customer', '(customer_id = $1)', true],
    ] as const
  ).map(([name, value, finds]) => ({
    name: `${name} and a day, of which no index on a column tells`,
    finds,
    plan: few(`(${value} AND ((at)::date = $2))`, { rows: 125 }),
    shape: { comparisons: [compared('at', { cast: 'date' })] },
    facts: [{ ...kinds, pages: 1_500 }],
  })),
  {
    name: 'pairs of values: one index of both',
    finds: true,
    advises: 'CREATE INDEX CONCURRENTLY ON public.orders (customer_id, id);',
    plan: few('(((customer_id = $1) AND (id = $2)) OR ((customer_id = $3) AND (id = $4)))'),
    facts: [orders],
  },
  {
    name: 'an index is there of the column that most rows share, none of the other',
    finds: true,
    plan: few('((status = $1) AND (customer_id = $2))', { rows: 3 }),
    facts: [{ ...orders, indexes: [index('orders_status', ['status'])] }],
  },
  {
    name: 'partitions of one table',
    finds: true,
    plan: node('Append', { rows: 8, cost: 4_000 }, [
      seqScan('events_1', { filter: '(user_id = $1)', rows: 4, cost: 2_000 }),
      seqScan('events_2', { filter: '(user_id = $1)', rows: 4, cost: 2_000 }),
    ]),
    facts: [events('events_1'), events('events_2')],
  },
  {
    name: 'of many rows the first of an order are wanted',
    finds: true,
    advises: 'events (user_id, at)',
    plan: node('Limit', { rows: 5, cost: 4_100 }, [
      outer(
        node('Sort', { 'Sort Key': ['events.at DESC'], rows: 1_800, cost: 4_100 }, [
          outer(
            node(
              'Append',
              { rows: 1_800, cost: 4_000 },
              ['events_1', 'events_2'].map((name) => ({
                ...seqScan(name, { filter: '(user_id = $1)', rows: 900, cost: 2_000 }),
                'Parent Relationship': 'Member',
              })),
            ),
          ),
        ]),
      ),
    ]),
    shape: { limit: true, ordered: true, orderBy: [{ column: 'at', descending: true }] },
    facts: [events('events_1'), events('events_2')].map((each) => ({
      ...each,
      columns: typed({ user_id: ['int4', 110], at: 'timestamptz' }),
    })),
  },
  {
    name: 'hashed to be joined with a handful of rows',
    finds: true,
    plan: ofOne({ rows: 300_000 }),
    facts: [orders],
  },
  {
    name: 'a kind is asked for, and what a handful of rows leads to: the latter finds fewer',
    finds: true,
    advises: '(customer_id)',
    plan: ofOne({ filter: '(kind = $1)', rows: 25_000 }),
    facts: [kinds, table('c', 25_000, { columns: typed({ id: 'int8' }) })],
  },
  ...(
    [
      ['by the planner, for a semi-join', false, true],
      ['since the statement groups', true, false],
    ] as const
  ).map(([name, grouped, finds]) => ({
    name: `made unique ${name}, to be joined with a handful of rows`,
    finds,
    plan: ofOne({ filter: '(at > $1)', rows: 100_000 }, (read) =>
      node(
        'Aggregate',
        { Strategy: 'Hashed', 'Group Key': ['o.customer_id'], rows: 24_000, cost: 8_900 },
        [outer(read)],
      ),
    ),
    shape: { subqueries: 1, grouped },
    facts: [orders],
  })),
  {
    name: 'partitions of one table, hashed to be joined with a handful of rows',
    finds: true,
    plan: node(
      'Hash Join',
      { 'Join Type': 'Inner', 'Hash Cond': '(e.user_id = c.id)', rows: 12, cost: 9_000 },
      [
        outer(
          node('Append', { rows: 200_000, cost: 8_000 }, [
            seqScan('events_1', { Alias: 'e_1', rows: 100_000, cost: 4_000 }),
            seqScan('events_2', { Alias: 'e_2', rows: 100_000, cost: 4_000 }),
          ]),
        ),
        inner(
          node('Hash', { rows: 1, cost: 8 }, [
            outer(indexScan('c', 'c_email', { condition: '(email = $1)', cost: 8 })),
          ]),
        ),
      ],
    ),
    facts: [events('events_1'), events('events_2')],
  },
  {
    name: 'hashed to be joined with most of its rows',
    finds: false,
    plan: node(
      'Hash Join',
      {
        'Join Type': 'Inner',
        'Hash Cond': '(o.customer_id = c.id)',
        rows: 300_000,
        cost: 19_000,
      },
      [
        outer(seqScan('orders', { Alias: 'o', rows: 300_000, cost: 8_000 })),
        inner(
          node('Hash', { rows: 25_000, cost: 800 }, [
            outer(seqScan('c', { rows: 25_000, cost: 800 })),
          ]),
        ),
      ],
    ),
    facts: [orders],
  },
  {
    name: 'a small table that is read all the time',
    finds: true,
    plan: seqScan('coupons', { filter: '(code = $1)', rows: 1, cost: 120 }),
    stats: { calls: 90_000, rows: 90_000, totalMs: 40_000 },
    timeShare: 0.04,
    facts: [table('coupons', 5_000)],
  },
  {
    name: 'a small table, now and then',
    finds: false,
    plan: seqScan('coupons', { filter: '(code = $1)', rows: 1, cost: 120 }),
    stats: { calls: 20, rows: 20, totalMs: 4 },
    timeShare: 0.04,
    facts: [table('coupons', 5_000)],
  },
  {
    name: 'it may be of another table',
    finds: false,
    plan: one,
    lossiness: ['identifier_differs'],
    facts: [orders],
  },
  {
    name: 'many rows are wanted, though the planner expects few',
    finds: false,
    plan: one,
    stats: { calls: 10, rows: 80_000, totalMs: 900 },
    facts: [orders],
  },
  {
    name: 'the column is another table’s',
    finds: false,
    plan: few('(o.id = c.customer_id)', { Alias: 'x' }),
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
    plan: one,
    facts: [{ ...orders, indexes: [index('orders_customer', ['customer_id'])] }],
  },
  {
    name: 'the column is inside a function: an index on it alone would not help',
    finds: false,
    plan: few('(lower(email) = $1)'),
    shape: { comparisons: [compared('email', { function: 'lower' })] },
    facts: [orders],
  },
];
