import {
  block,
  index,
  indexScan,
  mariadbTable,
  mysqlTable,
  node,
  outer,
  seqScan,
  table,
  typed,
} from '../../examples.ts';
import type { Rule } from '../../rule.ts';

const orders = table('orders', 300_000, {
  columns: typed({ id: 'int8', at: 'timestamptz', clerk: ['int4', 40] }),
});
const withNulls = {
  ...orders,
  columns: [
    ...(orders.columns ?? []),
    { name: 'gone', type: 'timestamptz', distinct: 9_000, nulls: 0.97 },
    { name: 'taken', type: 'timestamptz', distinct: 9_000, nulls: 0.03 },
    { name: 'total', type: 'int8', distinct: 9_000 },
  ],
};
const part = { schema: 'public', name: 'orders', strategy: 'range', keys: ['id'], partitions: 2 };
const latest = (below: object) =>
  node('Limit', { rows: 10, cost: 9_000 }, [
    outer(node('Sort', { 'Sort Key': ['at DESC'], rows: 300_000, cost: 9_000 }, [outer(below)])),
  ]);
const all = seqScan('orders', { rows: 300_000, cost: 6_000 });
const limited = {
  limit: true,
  ordered: true,
  orderBy: [{ column: 'at', descending: true as const }],
};

const pages = {
  ...limited,
  orderBy: [...limited.orderBy, { column: 'id', descending: true as const }],
};
const keyset = (more: object) =>
  block({
    ordering_operation: {
      using_filesort: true,
      ...mysqlTable('orders', {
        access: 'ref',
        key: 'orders_clerk',
        used_key_parts: ['clerk'],
        ref: ['const'],
        rows: 2_600,
        condition:
          '((`shop`.`orders`.`at` < 7) or ((`shop`.`orders`.`at` = 7) and ' +
          '(`shop`.`orders`.`id` < 9)))',
        ...more,
      }),
    },
  });

export const examples: Rule['examples'] = [
  {
    name: 'the latest ten',
    finds: true,
    plan: latest(all),
    shape: limited,
    facts: [orders],
  },
  {
    name: 'the greatest',
    finds: true,
    plan: node('Aggregate', { rows: 1, cost: 7_000 }, [outer(all)]),
    shape: {
      relations: [{ name: 'orders' }],
      aggregates: [{ function: 'max', column: 'at' }],
    },
    facts: [orders],
  },
  ...(
    [
      ['up to a time', '(at < $1)', true],
      ['of those up to another value', '(clerk < $1)', false],
    ] as const
  ).map(([name, filter, finds]) => ({
    name: `the greatest ${name}`,
    finds,
    plan: node('Aggregate', { rows: 1, cost: 7_000 }, [
      outer(seqScan('orders', { filter, rows: 100_000, cost: 6_000 })),
    ]),
    shape: {
      relations: [{ name: 'orders' }],
      aggregates: [{ function: 'max', column: 'at' }],
    },
    facts: [orders],
  })),
  {
    name: 'the greatest of two columns',
    finds: true,
    plan: node('Aggregate', { rows: 1, cost: 7_000 }, [outer(all)]),
    shape: {
      relations: [{ name: 'orders' }],
      aggregates: [
        { function: 'max', column: 'at' },
        { function: 'min', column: 'clerk' },
      ],
    },
    facts: [orders],
  },
  {
    name: 'MySQL',
    finds: true,
    engine: 'mysql',
    plan: block({
      ordering_operation: { using_filesort: true, ...mysqlTable('orders', { rows: 300_000 }) },
    }),
    shape: limited,
    facts: [orders],
  },
  ...[
    { page: 'a first page', finds: true, rowsExamined: 3_030_600 },
    { page: 'a late page, whose rows an index would look up one by one', rowsExamined: 4_500_600 },
  ].map(({ page, finds = false, rowsExamined }) => ({
    name: `MariaDB: ${page}`,
    finds,
    engine: 'mariadb' as const,
    plan: block({
      filesort: {
        sort_key: 'orders.at desc',
        nested_loop: [mariadbTable('orders', { access_type: 'ALL', rows: 300_000 })],
      },
    }),
    shape: { ...limited, offset: true },
    stats: { calls: 10, rows: 200, totalMs: 9_000, work: { rowsExamined } },
    facts: [orders],
  })),
  {
    name: 'MariaDB: what an index finds is sorted, and its value is asked for again',
    finds: true,
    engine: 'mariadb',
    plan: block({
      filesort: {
        sort_key: 'orders.at desc',
        nested_loop: [
          mariadbTable('orders', {
            access_type: 'ref',
            key: 'orders_clerk',
            used_key_parts: ['clerk'],
            ref: ['const'],
            rows: 12_000,
            attached_condition: 'orders.clerk <=> 7',
          }),
        ],
      },
    }),
    shape: limited,
    stats: { calls: 10, rows: 30, totalMs: 90, work: { rowsExamined: 120_000 } },
    facts: [{ ...orders, indexes: [index('orders_clerk', ['clerk'])] }],
  },
  ...(
    [
      ['all but the commonest, few and late as in a queue', 0.95, 'with a WHERE that is'],
      ['all but the commonest, of which many are', 0.4, 'CREATE INDEX'],
    ] as const
  ).flatMap(([name, commonest, advises]) =>
    ["(state <> 'done'::text)", "(state <> ALL ('{done,failed}'::text[]))"].map((filter) => ({
      name: `${name}: ${filter}`,
      finds: true,
      advises,
      plan: latest(seqScan('orders', { filter, rows: 1_000, cost: 6_000 })),
      shape: limited,
      stats: { calls: 10, rows: 100, totalMs: 900, work: { pages: 60_000 } },
      facts: [
        {
          ...orders,
          columns: [
            ...(orders.columns ?? []),
            { name: 'state', type: 'text', distinct: 4, commonest },
          ],
        },
      ],
    })),
  ),
  ...(
    [
      ['an index finds many, and all are sorted', 40_000, true],
      ['it finds many as planned, but a call looks at few pages', 900, false],
    ] as const
  ).map(([name, pages, finds]) => ({
    name,
    finds,
    plan: latest(indexScan('orders', 'orders_clerk', { condition: '(clerk = $1)', rows: 30_000 })),
    shape: limited,
    stats: { calls: 10, rows: 100, totalMs: 900, work: { pages } },
    facts: [{ ...orders, indexes: [index('orders_clerk', ['clerk'])] }],
  })),
  ...(
    [
      ['from one value of the order on', '(at < $2)', '(clerk, at)'],
      ['but for the few that are deleted', '(gone IS NULL)', '(clerk, at)'],
      ['of those that nobody has taken, which are few', '(taken IS NULL)', undefined],
      ['a range, of which the index tells for each', '(total > $2)', '(clerk, at, total)'],
      ['what else is asked it would look up row by row', '(total <> $2)', undefined],
    ] as const
  ).map(([name, filter, advises]) => ({
    name: `the first of what a value finds, ${name}`,
    finds: advises !== undefined,
    ...(advises ? { advises } : {}),
    plan: latest(
      indexScan('orders', 'orders_clerk', {
        condition: '(clerk = $1)',
        Filter: filter,
        rows: 2_000,
      }),
    ),
    shape: limited,
    stats: { calls: 10, rows: 100, totalMs: 900, work: { pages: 20_000 } },
    facts: [{ ...withNulls, indexes: [index('orders_clerk', ['clerk'])] }],
  })),
  {
    name: 'MySQL: NULL is a value as others, in front of the order',
    finds: true,
    advises: '(`clerk`, `gone`, `at`)',
    engine: 'mysql',
    plan: block({
      ordering_operation: {
        using_filesort: true,
        ...mysqlTable('orders', {
          access: 'ref',
          key: 'orders_clerk',
          used_key_parts: ['clerk'],
          ref: ['const'],
          rows: 12_000,
          condition: '(`shop`.`orders`.`gone` is null)',
        }),
      },
    }),
    shape: limited,
    stats: { calls: 10, rows: 100, totalMs: 90, work: { rowsExamined: 120_000 } },
    facts: [
      {
        ...orders,
        columns: typed({ clerk: 'int4', gone: 'datetime', at: 'datetime' }),
        indexes: [index('orders_clerk', ['clerk'])],
      },
    ],
  },
  {
    name: 'MySQL: the first of those that nobody has taken',
    finds: true,
    advises: '(`taken`, `at`)',
    engine: 'mysql',
    plan: block({
      ordering_operation: {
        using_filesort: true,
        ...mysqlTable('orders', {
          rows: 300_000,
          filtered: 10,
          condition: '(`shop`.`orders`.`taken` is null)',
        }),
      },
    }),
    shape: limited,
    facts: [{ ...orders, columns: typed({ taken: 'datetime', at: 'datetime' }) }],
  },
  {
    name: 'of a value that many have: as planned few, as counted many',
    finds: true,
    plan: latest(indexScan('orders', 'orders_clerk', { condition: '(clerk = $1)', rows: 300 })),
    shape: { ...limited, relations: [{ name: 'orders' }] },
    stats: { calls: 10, rows: 100, totalMs: 900, work: { pages: 40_000 } },
    facts: [{ ...orders, indexes: [index('orders_clerk', ['clerk'])] }],
  },
  ...(
    [
      ['all ascending', {}, true],
      ['in another order, which may be this one', { otherOrder: true }, false],
    ] as const
  ).map(([name, more, finds]) => ({
    name: `up by one and down by the other, and an index is there of both, ${name}`,
    finds,
    ...(finds ? { advises: '(clerk, at DESC)' } : {}),
    plan: node('Limit', { rows: 10, cost: 9_000 }, [
      outer(
        node('Sort', { 'Sort Key': ['clerk', 'at DESC'], rows: 300_000, cost: 9_000 }, [
          outer(all),
        ]),
      ),
    ]),
    shape: limited,
    facts: [{ ...orders, indexes: [index('orders_clerk_at', ['clerk', 'at'], more)] }],
  })),
  {
    name: 'a range may fit few: the index tells of each row, without the table',
    finds: true,
    advises: '(at, total)',
    plan: latest(seqScan('orders', { filter: '(total > $1)', rows: 100_000, cost: 6_000 })),
    shape: limited,
    facts: [withNulls],
  },
  {
    name: 'the latest ten, those without a time last',
    finds: true,
    advises: '(at NULLS FIRST)',
    plan: node('Limit', { rows: 10, cost: 9_000 }, [
      outer(
        node('Sort', { 'Sort Key': ['at DESC NULLS LAST'], rows: 300_000, cost: 9_000 }, [
          outer(all),
        ]),
      ),
    ]),
    shape: limited,
    facts: [{ ...orders, indexes: [index('orders_at', ['at'])] }],
  },
  {
    name: 'pages after a row, which an OR spells out',
    finds: true,
    advises: '(`clerk`, `at`, `id`)',
    engine: 'mysql',
    plan: keyset({}),
    shape: pages,
    stats: { calls: 10, rows: 250, totalMs: 90, work: { rowsExamined: 26_000 } },
    facts: [{ ...orders, indexes: [index('orders_clerk', ['clerk'])] }],
  },
  {
    name: 'MySQL: of partitions it sorts what it finds in each',
    finds: false,
    engine: 'mysql',
    plan: keyset({ partitions: ['p1', 'p2'] }),
    shape: pages,
    stats: { calls: 10, rows: 250, totalMs: 90, work: { rowsExamined: 26_000 } },
    facts: [{ ...orders, indexes: [index('orders_clerk', ['clerk'])] }],
  },
  {
    name: 'of what the index of each partition finds',
    finds: true,
    advises: 'public.orders (clerk, at)',
    plan: latest(
      node(
        'Append',
        { rows: 900, cost: 8_000 },
        ['orders_1', 'orders_2'].map((name) =>
          indexScan(name, `${name}_clerk`, {
            condition: '(clerk = $1)',
            'Parent Relationship': 'Member',
            rows: 450,
            cost: 4_000,
          }),
        ),
      ),
    ),
    shape: { ...limited, relations: [{ name: 'orders' }] },
    stats: { calls: 10, rows: 100, totalMs: 90, work: { pages: 9_500 } },
    facts: ['orders_1', 'orders_2'].map((name) => ({
      ...orders,
      name,
      indexes: [index(`${name}_clerk`, ['clerk'])],
      partitionOf: part,
    })),
  },
  ...(
    [
      ['many, as counted', 60_000, true],
      ['a few', 1_400, false],
    ] as const
  ).map(([name, pages, finds]) => ({
    name: `the last one of each of twenty rows, of which each has ${name}`,
    finds,
    ...(finds ? { advises: '(clerk, at)' } : {}),
    plan: {
      ...seqScan('c', { rows: 20, cost: 500 }),
      Plans: [
        {
          ...latest(indexScan('orders', 'orders_clerk', { condition: '(clerk = c.id)', rows: 5 })),
          'Parent Relationship': 'SubPlan',
        },
      ],
    },
    shape: { ...limited, subqueries: 1, relations: [{ name: 'c' }, { name: 'orders' }] },
    stats: { calls: 10, rows: 200, totalMs: 90, work: { pages } },
    facts: [{ ...orders, indexes: [index('orders_clerk', ['clerk'])] }],
  })),
  {
    name: 'an index has the order, and something else keeps it from being used',
    finds: false,
    plan: latest(all),
    shape: limited,
    facts: [{ ...orders, indexes: [index('orders_at', ['at'])] }],
  },
  {
    name: 'most rows are returned',
    finds: false,
    plan: latest(all),
    shape: limited,
    stats: { calls: 10, rows: 2_000_000, totalMs: 9_000 },
    facts: [orders],
  },
  {
    name: 'all rows are sorted, and all are wanted',
    finds: false,
    plan: node('Sort', { 'Sort Key': ['at'], rows: 300_000, cost: 9_000 }, [outer(all)]),
    shape: { ordered: true },
    facts: [orders],
  },
  {
    name: 'a sum, for which all are read anyway',
    finds: false,
    plan: node('Aggregate', { rows: 1, cost: 7_000 }, [outer(all)]),
    shape: {
      relations: [{ name: 'orders' }],
      aggregates: [
        { function: 'max', column: 'at' },
        { function: 'sum', column: 'total' },
      ],
    },
    facts: [orders],
  },
];
