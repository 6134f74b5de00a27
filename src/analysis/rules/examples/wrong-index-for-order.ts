import {
  block,
  index,
  indexScan,
  inner,
  mysqlTable,
  node,
  outer,
  table,
  typed,
} from '../../examples.ts';
import type { Rule } from '../../rule.ts';

const orders = table('orders', 300_000, {
  columns: typed({ at: 'timestamptz', code: 'text', clerk: ['int4', 40_000] }),
  indexes: [index('orders_at', ['at'])],
});
const walk = (keys: object = {}) =>
  node('Limit', { rows: 1, cost: 40 }, [
    outer(
      indexScan('orders', 'orders_at', { Filter: '(clerk = $1)', rows: 8, cost: 9_000, ...keys }),
    ),
  ]);
const first = { limit: true, ordered: true };
const much = { calls: 10, rows: 20, totalMs: 900, work: { pages: 200_000 } };

const mysqlWalk = (over: { rows: number; filtered?: number; condition: string }) =>
  block({
    ordering_operation: {
      using_filesort: false,
      ...mysqlTable('orders', {
        access: 'index',
        key: 'orders_at',
        used_key_parts: ['at'],
        ...over,
      }),
    },
  });

export const examples: Rule['examples'] = [
  {
    name: 'twenty thousand pages for two rows',
    finds: true,
    plan: walk(),
    shape: first,
    stats: much,
    facts: [orders],
  },
  {
    name: 'MySQL',
    finds: true,
    engine: 'mysql',
    plan: mysqlWalk({ rows: 7, filtered: 10, condition: '(`shop`.`orders`.`clerk` = 7)' }),
    shape: first,
    stats: { ...much, work: { rowsExamined: 200_000 } },
    facts: [orders],
  },
  {
    name: 'MySQL: it walks from the end of the index, and not from where the range begins',
    finds: true,
    engine: 'mysql',
    advises: 'FORCE INDEX (orders_at)',
    plan: mysqlWalk({ rows: 150, filtered: 50, condition: '(`shop`.`orders`.`at` < 7)' }),
    shape: first,
    stats: { ...much, work: { rowsExamined: 565_420 } },
    facts: [orders],
  },
  {
    name: 'MySQL: pages after a row, which it finds by no index',
    finds: true,
    engine: 'mysql',
    advises: 'at <= … AND (at, …) < (…)',
    plan: mysqlWalk({
      rows: 20,
      condition: '((`shop`.`orders`.`at`,`shop`.`orders`.`id`) < (7,8))',
    }),
    shape: first,
    stats: { ...much, work: { rowsExamined: 200_000 } },
    facts: [{ ...orders, columns: typed({ id: 'int8', at: 'datetime' }) }],
  },
  {
    name: 'either of two values, each of which few rows have',
    finds: true,
    advises: '(clerk); CREATE INDEX CONCURRENTLY ON public.orders (code);',
    plan: walk({ Filter: '((clerk = $1) OR (code = $2))' }),
    shape: first,
    stats: much,
    facts: [{ ...orders, columns: typed({ clerk: ['int4', 9_000], code: ['text', 40_000] }) }],
  },
  {
    name: 'MySQL: either of two values, of what has none besides, as most may have',
    finds: true,
    advises: '(`clerk`), ALGORITHM=INPLACE, LOCK=NONE; ALTER TABLE `public`.`orders` ADD INDEX',
    engine: 'mysql',
    plan: mysqlWalk({
      rows: 40,
      condition:
        '((`shop`.`orders`.`gone` is null) and ((`shop`.`orders`.`clerk` = 7) or ' +
        '(`shop`.`orders`.`code` = 8)))',
    }),
    shape: first,
    stats: { ...much, work: { rowsExamined: 2_797_090 } },
    facts: [
      {
        ...orders,
        columns: typed({ at: 'datetime', gone: 'datetime', clerk: 'int', code: 'int' }),
      },
    ],
  },
  {
    name: 'one of the two is a state, of which there are many',
    finds: false,
    plan: walk({ Filter: '((clerk = $1) OR (code = $2))' }),
    shape: first,
    stats: { ...much, work: { pages: 20_000 } },
    facts: [{ ...orders, columns: typed({ clerk: ['int4', 9_000], code: ['text', 4] }) }],
  },
  {
    name: 'all but a few fit what could have an index; the pattern does not',
    finds: false,
    plan: walk({ Filter: '((gone IS NULL) AND (code ~~ $1))' }),
    shape: first,
    stats: much,
    facts: [
      {
        ...orders,
        columns: [
          { name: 'gone', type: 'timestamptz', distinct: 900, nulls: 0.97 },
          { name: 'code', type: 'text', distinct: 90_000 },
        ],
      },
    ],
  },
  {
    name: 'the value is a later key of the index',
    finds: true,
    plan: node('Limit', { rows: 1, cost: 40 }, [
      outer(indexScan('orders', 'orders_at', { condition: '(clerk = $1)', rows: 8, cost: 9_000 })),
    ]),
    shape: first,
    stats: much,
    facts: [{ ...orders, indexes: [index('orders_at', ['at', 'clerk'])] }],
  },
  {
    name: 'a subquery for each row may be what reads so much',
    finds: false,
    plan: {
      ...walk(),
      Plans: [
        ...(walk().Plans ?? []),
        {
          'Parent Relationship': 'SubPlan',
          ...node('Aggregate', { rows: 1, cost: 900 }, [outer(indexScan('lines', 'lines_at'))]),
        },
      ],
    },
    shape: { ...first, subqueries: 1 },
    stats: much,
    facts: [orders],
  },
  {
    name: 'for several values, behind which no index has the order; and one finds them',
    finds: false,
    plan: node('Limit', { rows: 25, cost: 40 }, [
      outer(
        indexScan('orders', 'orders_at', {
          Filter: '(clerk = ANY ($1))',
          rows: 350,
          cost: 9_000,
        }),
      ),
    ]),
    shape: first,
    stats: { calls: 10, rows: 250, work: { pages: 6_700 } },
    facts: [
      {
        ...orders,
        columns: [{ name: 'clerk', type: 'int4', distinct: 500, commonest: 0.08 }],
        indexes: [index('orders_at', ['at']), index('orders_clerk', ['clerk'])],
      },
    ],
  },
  {
    name: 'most pages are those of the other table, where each row has one',
    finds: false,
    plan: node('Limit', { rows: 25, cost: 400 }, [
      outer(
        node('Nested Loop', { 'Join Type': 'Inner', rows: 308, cost: 3_960 }, [
          outer(
            indexScan('orders', 'orders_at', { Filter: '(clerk = $1)', rows: 308, cost: 1_524 }),
          ),
          inner(indexScan('parcels', 'parcels_pkey', { condition: '(id = orders.parcel_id)' })),
        ]),
      ),
    ]),
    shape: { ...first, joins: 1 },
    stats: { calls: 15, rows: 375, totalMs: 6, work: { pages: 2_115 } },
    facts: [orders, table('parcels', 400_000)],
  },
  ...(
    [
      ['soon', 990, false],
      ['late', 90_000, true],
    ] as const
  ).map(([name, rows, finds]) => ({
    name: `MySQL: one of several values comes by ${name}, of which there may be many`,
    finds,
    engine: 'mysql' as const,
    plan: mysqlWalk({
      rows: 40,
      filtered: 50,
      condition: "(`shop`.`orders`.`state` in ('lost','returned'))",
    }),
    shape: first,
    stats: { calls: 18, rows: 360, totalMs: 60, work: { rowsExamined: 18 * rows } },
    facts: [{ ...orders, columns: typed({ at: 'datetime', state: 'varchar' }) }],
  })),
  {
    name: 'MySQL: a few hundred rows come by',
    finds: false,
    engine: 'mysql',
    plan: mysqlWalk({ rows: 60, filtered: 1, condition: '(`shop`.`orders`.`clerk` = 7)' }),
    shape: first,
    stats: { calls: 10, rows: 500, totalMs: 3, work: { rowsExamined: 3_000 } },
    facts: [orders],
  },
  {
    name: 'a wanted row comes soon',
    finds: false,
    plan: walk(),
    shape: first,
    stats: { ...much, work: { pages: 180 } },
    facts: [orders],
  },
  {
    name: 'all that the index finds is wanted',
    finds: false,
    plan: node('Limit', { rows: 1, cost: 40 }, [
      outer(indexScan('orders', 'orders_at', { condition: '(at > $1)', rows: 8, cost: 9_000 })),
    ]),
    shape: first,
    stats: much,
    facts: [orders],
  },
];
