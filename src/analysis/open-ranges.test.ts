import { describe, expect, it } from 'vitest';
import { said } from '../../test/support/said.ts';
import {
  block,
  index,
  indexScan,
  inner,
  mysqlTable,
  node,
  outer,
  seqScan,
  table,
  typed,
} from './examples.ts';

/** Ranges with one end, of which no planner says how many rows they find without their values. */
const counted = (filter: string, scan: object) =>
  node('Aggregate', { Strategy: 'Plain', rows: 1, cost: 3_141 }, [
    outer(seqScan('membership', { filter, rows: 53_311, cost: 3_008, ...scan })),
  ]);
const facts = (nulls: number) => [
  {
    ...table('membership', 159_933, { pages: 1_009, allVisible: 1 }),
    columns: [{ name: 'muted_until', type: 'timestamp', nulls, width: 8, distinct: 3_033 }],
  },
];
const shape = {
  countAll: true as const,
  filtered: true as const,
  relations: [{ name: 'membership' }],
  aggregates: [{ function: 'count' }],
  reads: [{ column: 'muted_until' }],
};
const stats = { calls: 15, rows: 15, totalMs: 130, work: { pages: 15_135 } };

it('a column that most rows have no value of: no range finds these, whatever a planner says', () => {
  const plan = counted('(muted_until > $1)', {});
  const of = (nulls: number) => said('postgres', { plan, shape, stats, facts: facts(nulls) });
  expect(of(0.98)).toEqual([expect.stringContaining('(muted_until)')]);
  expect(of(0.1)).toEqual([]);
});

describe('all rows of a large table are read to count those that fit, however many', () => {
  const scans = (pages: number) => [
    {
      ...table('scan', 1_000_000, { pages, allVisible: 1 }),
      columns: [{ name: 'at', type: 'timestamp', nulls: 0, width: 8, distinct: 972_320 }],
    },
  ];
  const open = {
    ...shape,
    relations: [{ name: 'scan' }],
    reads: [{ column: 'at' }],
  };
  const plan = node('Aggregate', { Strategy: 'Plain', rows: 1, cost: 15_901 }, [
    outer(seqScan('scan', { filter: '(at >= $1)', rows: 333_333, cost: 14_554 })),
  ]);
  const of = (pages: number) =>
    said('postgres', {
      plan,
      shape: open,
      stats: { calls: 30, rows: 30, totalMs: 2_057, work: { pages: 30 * pages } },
      facts: scans(pages),
    });
  it('PostgreSQL, where reading it takes long', () => {
    expect(of(9_346)).toEqual([expect.stringMatching(/fewer of them fit.*\(at\);$/)]);
    expect(of(2_000)).toEqual([]);
  });
  it('PostgreSQL, of the first groups, for which all are read, too', () => {
    const groups = node('Limit', { rows: 10, cost: 16_000 }, [
      outer(
        node('Sort', { rows: 300, cost: 16_000, 'Sort Key': ['(count(*)) DESC'] }, [
          outer({ ...plan, Strategy: 'Hashed', 'Group Key': ['kind'] }),
        ]),
      ),
    ]);
    const [scan] = scans(9_346);
    const kind = { name: 'kind', type: 'int4', nulls: 0, width: 4, distinct: 300 };
    const found = said('postgres', {
      plan: groups,
      shape: {
        relations: [{ name: 'scan' }],
        aggregates: [{ function: 'count' }],
        reads: [{ column: 'kind' }, { column: 'at' }],
        groupBy: [{ column: 'kind' }],
        grouped: true,
        ordered: true,
        limit: true,
      },
      stats: { calls: 30, rows: 300, totalMs: 2_057, work: { pages: 30 * 9_346 } },
      facts: scan ? [{ ...scan, columns: [...scan.columns, kind] }] : [],
    });
    expect(found.join()).toMatch(/fewer of them fit.*\(at, kind\);/);
  });

  const outbox = table('outbox', 295_803, {
    columns: typed({ sent_at: 'datetime', created_at: 'datetime', topic: 'varchar', total: 'int' }),
  });
  const bySent = (condition: string, of: object, more: object = {}) =>
    said('mysql', {
      plan: block(mysqlTable('outbox', { rows: 295_803, filtered: 10, condition, ...more })),
      shape: { relations: [{ name: 'outbox' }], columns: 1, filtered: true, ...of },
      stats: { calls: 18, rows: 18, totalMs: 2_125, work: { rowsExamined: 5_400_000 } },
      facts: [outbox],
    });
  const all = { countAll: true as const, aggregates: [{ function: 'count', rows: true as const }] };
  it.each([
    ['(`outbox`.`sent_at` is null)', '(`sent_at`)'],
    ['(`outbox`.`sent_at` is not null)', '(`sent_at`)'],
    ['(`outbox`.`created_at` < 7)', '(`created_at`)'],
    ["(`outbox`.`topic` <> 'x')", '(`topic`)'],
    ['((`outbox`.`created_at` < 7) and (`outbox`.`sent_at` is null))', '(`sent_at`, `created_at`)'],
  ])('MySQL: %s', (condition, keys) => {
    expect(bySent(condition, all).join()).toContain(keys);
  });
  it('MySQL: not where a column of the rows is summed, which most may have', () => {
    const sum = { aggregates: [{ function: 'sum', column: 'topic' }] };
    expect(bySent('(`outbox`.`sent_at` is null)', sum)).toEqual([]);
  });
  it.each([
    ['>', '(`created_at`, `total`)'],
    ['<', undefined],
  ])('MySQL: a sum of those %s a time, where the latest are few', (operator, keys) => {
    const sum = { aggregates: [{ function: 'sum', column: 'total' }] };
    const found = bySent(`(\`outbox\`.\`created_at\` ${operator} 7)`, sum);
    expect(found).toEqual(keys ? [expect.stringContaining(keys)] : []);
  });
  it('MySQL: the least of those without a value is the first behind it', () => {
    const least = { aggregates: [{ function: 'min', column: 'created_at' }] };
    expect(bySent('(`outbox`.`sent_at` is null)', least).join()).toContain(
      '(`sent_at`, `created_at`)',
    );
  });
});

describe('the latest of a table that is read in some milliseconds', () => {
  const sums = { aggregates: [{ function: 'sum', column: 'km' }] };
  const columns = [
    { name: 'km', type: 'numeric', nulls: 0, width: 5, distinct: 20_000 },
    { name: 'started_at', type: 'timestamp', nulls: 0, width: 8, distinct: 60_000 },
  ];
  it.each([
    ['of some rows', 628, true],
    ['nearly as narrow as the index', 510, false],
  ])('PostgreSQL: %s', (_, pages, finds) => {
    const rows = 60_000;
    const found = said('postgres', {
      plan: node('Aggregate', { Strategy: 'Plain', rows: 1, cost: 1_500 }, [
        outer(seqScan('routes', { filter: '(started_at > $1)', rows: rows / 3, cost: 1_400 })),
      ]),
      shape: {
        relations: [{ name: 'routes' }],
        ...sums,
        reads: [{ column: 'km' }, { column: 'started_at' }],
      },
      stats: { calls: 20, rows: 20, totalMs: 200, work: { pages: 20 * pages } },
      facts: [{ ...table('routes', rows, { pages, allVisible: 1 }), columns }],
    });
    expect(found.join().includes('(started_at, km)')).toBe(finds);
  });
  it.each([
    ['>', 60_000, true],
    ['>', 15_000, false],
    ['<', 60_000, false],
  ])('MySQL: those %s a time, of %i rows', (operator, rows, finds) => {
    const condition = `(\`routes\`.\`started_at\` ${operator} 7)`;
    const found = said('mysql', {
      plan: block(mysqlTable('routes', { rows, filtered: 33, condition })),
      shape: { relations: [{ name: 'routes' }], columns: 1, ...sums },
      stats: { calls: 20, rows: 20, totalMs: 900, work: { rowsExamined: 20 * rows } },
      facts: [table('routes', rows, { columns: typed({ km: 'decimal', started_at: 'datetime' }) })],
    });
    expect(found.join().includes('(`started_at`, `km`)')).toBe(finds);
  });
});

it.each([
  ['>', '(`at`, `tenant`, `total`)'],
  ['<', undefined],
])('MySQL: an index is read whole for its groups, of those %s a time', (operator, keys) => {
  const condition = `(\`claims\`.\`at\` ${operator} 7)`;
  const whole = { access: 'index', key: 'by_tenant', rows: 29_874, filtered: 33.33, condition };
  const found = said('mysql', {
    plan: block({ grouping_operation: { using_filesort: false, ...mysqlTable('claims', whole) } }),
    shape: {
      relations: [{ name: 'claims' }],
      columns: 2,
      aggregates: [{ function: 'sum', column: 'total' }],
      grouped: true,
      groupBy: [{ column: 'tenant' }],
    },
    stats: { calls: 5, rows: 65, totalMs: 2_800, work: { rowsExamined: 5 * 29_874 } },
    facts: [
      table('claims', 29_874, {
        columns: typed({ at: 'datetime', tenant: ['int', 200], total: 'decimal' }),
        indexes: [index('by_tenant', ['tenant'])],
      }),
    ],
  });
  expect(found).toEqual(keys ? [expect.stringContaining(keys)] : []);
});

it.each([
  ['far', 1_358, true],
  ['soon', 20, false],
])('PostgreSQL: the first that fits, in no order, comes %s', (_, pages, finds) => {
  const found = said('postgres', {
    plan: node('Limit', { rows: 1, cost: 4_187 }, [
      outer(seqScan('parcels', { filter: '(sender_id = $2)', rows: 3, cost: 12_560 })),
    ]),
    shape: { relations: [{ name: 'parcels' }], limit: true, ordered: false },
    stats: { calls: 50, rows: 50, totalMs: 590, work: { pages: 50 * pages } },
    facts: [
      table('parcels', 300_000, { pages: 8_797, columns: typed({ sender_id: ['int4', 114_708] }) }),
    ],
  });
  expect(found).toEqual(
    finds ? [expect.stringMatching(/reads 46,311 rows .*\(sender_id\);$/)] : [],
  );
});

it('MySQL: either of two texts that begin with some letters is a range of each', () => {
  const plan = block(
    mysqlTable('customer', {
      rows: 59_599,
      filtered: 20.99,
      condition:
        "((`shop`.`customer`.`email` like 'a1%') or (`shop`.`customer`.`name` like 'a1%'))",
    }),
  );
  const begins = { operator: 'like', fixedStart: true, with: 'value', inOr: true } as const;
  const found = said('mysql', {
    plan,
    shape: {
      relations: [{ name: 'customer' }],
      comparisons: ['email', 'name'].map((column) => ({ column, ...begins })),
    },
    stats: { calls: 15, rows: 36, totalMs: 472, work: { rowsExamined: 900_000 } },
    facts: [table('customer', 59_599, { columns: typed({ email: 'varchar', name: 'varchar' }) })],
  });
  expect(found.join()).toMatch(/\(`email`\).*\(`name`\)/);
});

it.each([
  ['state', 'avg', 'total', undefined],
  ['state', 'max', 'id', '(`state`, `id`)'],
  ['number', 'avg', 'total', '(`number`, `total`)'],
])(
  'MySQL: of those with a %s, of which nobody knows how many there are, the %s of %s',
  (column, name, of, keys) => {
    const found = said('mysql', {
      plan: block(
        mysqlTable('payments', {
          rows: 296_527,
          filtered: 10,
          condition: `(\`shop\`.\`payments\`.\`${column}\` = 'x')`,
        }),
      ),
      shape: {
        relations: [{ name: 'payments' }],
        filtered: true,
        columns: 1,
        aggregates: [{ function: name, column: of }],
      },
      stats: { calls: 8, rows: 8, totalMs: 1_824, work: { rowsExamined: 8 * 300_000 } },
      facts: [
        table('payments', 296_527, {
          columns: [
            { name: column, type: 'varchar', bytes: 48, collation: 'utf8mb4_0900_ai_ci' },
            { name: 'total', type: 'int' },
            { name: 'id', type: 'int' },
          ],
          indexes: [index('PRIMARY', ['id'], { unique: true })],
        }),
      ],
    });
    expect(found).toEqual(keys ? [expect.stringContaining(keys)] : []);
  },
);

it.each([
  ['few, by the pages that a call looks at', 6_055, '(entity, action, entity_id)'],
  ['as many as planned', 6_600, undefined],
])('PostgreSQL: those of a range of which another table has none: %s', (_, pages, keys) => {
  const plan = node('Hash Join', { 'Join Type': 'Right Anti', rows: 7_944, cost: 11_600 }, [
    outer(
      seqScan('audit', {
        filter: '((entity = $3) AND (action = $4))',
        Alias: 'a',
        rows: 27_778,
        cost: 9_791,
      }),
    ),
    inner(
      node('Hash', { rows: 16_667, cost: 900 }, [
        outer(indexScan('lists', 'lists_at', { condition: '(at > $1)', rows: 16_667, cost: 900 })),
      ]),
    ),
  ]);
  const found = said('postgres', {
    plan: { ...plan, 'Hash Cond': '(a.entity_id = lists.id)' },
    shape: { relations: [{ name: 'lists' }, { name: 'audit', alias: 'a' }], subqueries: 1 },
    stats: { calls: 8, rows: 8 * 153, totalMs: 715, work: { pages: 8 * pages } },
    facts: [
      table('audit', 250_000, {
        pages: 6_041,
        columns: typed({
          entity: ['varchar', 3],
          action: ['varchar', 3],
          entity_id: ['int4', 26_168],
        }),
      }),
      table('lists', 50_000, {
        pages: 574,
        columns: typed({ id: 'int4', at: 'timestamptz' }),
        indexes: [index('lists_at', ['at'])],
      }),
    ],
  });
  const scans = found.filter((each) => each.startsWith('full-scan'));
  expect(scans).toEqual(keys ? [expect.stringContaining(keys)] : []);
});
