import { block, index, indexScan, mysqlTable, node, outer, table, typed } from '../../examples.ts';
import type { Rule } from '../../rule.ts';

const orders = table('orders', 300_000, {
  columns: typed({ status: ['text', 5], total: 'int4', clerk: ['int4', 400] }),
  indexes: [index('orders_status', ['status'])],
});
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
const byStatus = (keep: number) =>
  indexScan('orders', 'orders_status', {
    condition: '(status = $1)',
    Filter: '(clerk = $2)',
    rows: keep,
    cost: 9_000,
  });

export const examples: Rule['examples'] = [
  {
    name: 'the index finds a fifth of the table, one row in 400 is wanted',
    finds: true,
    plan: byStatus(150),
    facts: [orders],
  },
  {
    name: 'a bitmap of many rows',
    finds: true,
    plan: node(
      'Bitmap Heap Scan',
      {
        'Relation Name': 'orders',
        Schema: 'public',
        Alias: 'orders',
        'Recheck Cond': '(status = $1)',
        Filter: '(clerk = $2)',
        rows: 150,
        cost: 9_000,
      },
      [
        outer(
          node('Bitmap Index Scan', {
            'Index Name': 'orders_status',
            'Index Cond': '(status = $1)',
            rows: 60_000,
            cost: 400,
          }),
        ),
      ],
    ),
    facts: [orders],
  },
  {
    name: 'production looks at eight pages a call',
    finds: false,
    plan: byStatus(150),
    stats: { calls: 10, rows: 40, totalMs: 9, work: { pages: 80 } },
    facts: [orders],
  },
  {
    name: 'each page that a call looks at may be one of a row that is wanted',
    finds: false,
    plan: byStatus(150),
    stats: { calls: 10, rows: 2_960, totalMs: 9, work: { pages: 3_020 } },
    facts: [orders],
  },
  {
    name: 'MySQL: one row in twenty is wanted',
    finds: true,
    engine: 'mysql',
    plan: found(5),
    stats: { calls: 10, rows: 30_000, totalMs: 900, work: { rowsExamined: 600_000 } },
    shape: { kind: 'select' },
    facts: [orders],
  },
  {
    name: 'half of them are',
    finds: false,
    engine: 'mysql',
    plan: found(50),
    stats: { calls: 10, rows: 300_000, totalMs: 900, work: { rowsExamined: 600_000 } },
    facts: [orders],
  },
  {
    name: 'MySQL: the index has the first letters only, with which most values begin',
    finds: true,
    engine: 'mysql',
    plan: block(
      mysqlTable('orders', {
        access: 'ref',
        key: 'orders_name',
        used_key_parts: ['name'],
        rows: 150_000,
        filtered: 100,
        condition: "(`shop`.`orders`.`name` = 'x')",
      }),
    ),
    stats: { calls: 10, rows: 10, totalMs: 900, work: { rowsExamined: 1_500_000 } },
    shape: { kind: 'select' },
    facts: [
      {
        ...orders,
        columns: typed({ name: 'varchar' }),
        indexes: [index('orders_name', ['name'], { prefixed: ['name'] })],
      },
    ],
  },
  ...(
    [
      ['all of the index is passed over for them', '(clerk = $1)', 200, true],
      ['so is what a range finds', '((at > $1) AND (clerk = $2))', 200, true],
      ['it is skipped through', '(clerk = $1)', 8, false],
    ] as const
  ).map(([name, condition, pages, finds]) => ({
    name: `a sum of rows by a later key of an index: ${name}`,
    finds,
    plan: node('Aggregate', { rows: 1, cost: 4_010 }, [
      outer(indexScan('orders', 'orders_at', { condition, rows: 3, cost: 4_000 })),
    ]),
    shape: {
      relations: [{ name: 'orders' }],
      aggregates: [{ function: 'sum', column: 'total' }],
    },
    stats: { calls: 10, rows: 10, totalMs: 40, work: { pages: pages * 10 } },
    facts: [
      {
        ...orders,
        columns: typed({ at: 'timestamptz', total: 'int4', clerk: ['int4', 30_000] }),
        indexes: [index('orders_at', ['at', 'clerk'])],
      },
    ],
  })),
  {
    name: 'MySQL: it skips through an index and counts nothing of that',
    finds: true,
    engine: 'mysql',
    plan: block(
      mysqlTable('orders', {
        access: 'range',
        key: 'orders_at',
        used_key_parts: ['at', 'clerk'],
        rows: 30_000,
        filtered: 100,
        condition: '(`shop`.`orders`.`clerk` = 7)',
      }),
    ),
    shape: { relations: [{ name: 'orders' }] },
    stats: { calls: 10, rows: 150, totalMs: 90, work: { rowsExamined: 0 } },
    facts: [{ ...orders, indexes: [index('orders_at', ['at', 'clerk'])] }],
  },
  {
    name: 'of partitions, which are told of together',
    finds: true,
    advises: 'CREATE INDEX ON public.orders (status, clerk)',
    plan: node(
      'Append',
      { rows: 300, cost: 18_000 },
      ['orders_1', 'orders_2'].map((name) =>
        indexScan(name, `${name}_status`, {
          condition: '(status = $1)',
          Filter: '(clerk = $2)',
          'Parent Relationship': 'Member',
          rows: 150,
          cost: 9_000,
        }),
      ),
    ),
    stats: { calls: 10, rows: 100, totalMs: 900, work: { pages: 3_000 } },
    facts: ['orders_1', 'orders_2'].map((name) => ({
      ...orders,
      name,
      indexes: [index(`${name}_status`, ['status'])],
      partitionOf: {
        schema: 'public',
        name: 'orders',
        strategy: 'range',
        keys: ['id'],
        partitions: 2,
      },
    })),
  },
  {
    name: 'MySQL: a range finds many, and an index of the value alone is there, too',
    finds: true,
    engine: 'mysql',
    plan: block(
      mysqlTable('orders', {
        access: 'range',
        key: 'orders_at',
        used_key_parts: ['at'],
        rows: 9_000,
        filtered: 2,
        index_condition: '(`shop`.`orders`.`at` > 5)',
        condition: '(`shop`.`orders`.`clerk` = 7)',
      }),
    ),
    stats: { calls: 10, rows: 10, totalMs: 90, work: { rowsExamined: 90_000 } },
    shape: {
      relations: [{ name: 'orders' }],
      aggregates: [{ function: 'sum', column: 'total' }],
    },
    facts: [
      {
        ...orders,
        columns: typed({ at: 'datetime', total: 'int', clerk: ['int', 400] }),
        indexes: [index('orders_at', ['at']), index('orders_clerk', ['clerk'])],
      },
    ],
  },
  ...(
    [
      ['few of them fit', 33, true],
      ['the first fit', 9_000, false],
    ] as const
  ).map(([name, rows, finds]) => ({
    name: `MySQL: what a value finds is read in its order until enough fit: ${name}`,
    finds,
    ...(finds ? { advises: '(`status`, `paid`, `at`)' } : {}),
    engine: 'mysql' as const,
    plan: block(
      mysqlTable('orders', {
        access: 'ref',
        key: 'orders_status',
        used_key_parts: ['status'],
        ref: ['const'],
        rows: 2_789,
        filtered: 10,
        condition: '(`shop`.`orders`.`paid` = 1)',
      }),
    ),
    stats: { calls: 15, rows, totalMs: 1_721, work: { rowsExamined: 73_356 } },
    shape: {
      relations: [{ name: 'orders' }],
      limit: true as const,
      ordered: true as const,
      orderBy: [{ column: 'at', descending: true as const }],
    },
    facts: [
      {
        ...orders,
        columns: typed({ status: 'int', paid: 'tinyint', at: 'datetime' }),
        indexes: [index('orders_status', ['status', 'at'])],
      },
    ],
  })),
  {
    name: 'an index has both',
    finds: false,
    plan: byStatus(150),
    facts: [{ ...orders, indexes: [index('orders_both', ['status', 'clerk'])] }],
  },
];
