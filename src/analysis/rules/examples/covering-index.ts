import {
  block,
  index,
  indexScan,
  mysqlTable,
  node,
  outer,
  seqScan,
  table,
  typed,
} from '../../examples.ts';
import type { Rule } from '../../rule.ts';

const orders = table('orders', 300_000, {
  columns: typed({
    id: 'int',
    clerk: ['int', 400],
    total: 'decimal',
    at: 'datetime',
    note: 'text',
  }),
  indexes: [index('PRIMARY', ['id'], { unique: true }), index('orders_clerk', ['clerk'])],
});
const found = (more: object = {}) =>
  block(
    mysqlTable('orders', {
      access: 'range',
      key: 'orders_clerk',
      used_key_parts: ['clerk'],
      rows: 90_000,
      condition: '(`shop`.`orders`.`clerk` between 3 and 9)',
      ...more,
    }),
  );
const summed = (column: string) => ({
  relations: [{ name: 'orders' }],
  aggregates: [{ function: 'sum', column }],
  columns: 1,
});
const visible = {
  ...table('orders', 300_000, { pages: 9_000, allVisible: 1 }),
  columns: [
    { name: 'clerk', type: 'int4', distinct: 400, width: 4 },
    { name: 'at', type: 'timestamptz', distinct: 290_000, width: 8 },
    { name: 'note', type: 'text', distinct: 290_000, width: 300 },
  ],
  indexes: [index('orders_clerk', ['clerk'])],
};
const totals = {
  relations: [{ name: 'orders' }],
  aggregates: [{ function: 'count' }],
  reads: [{ column: 'clerk' }, { column: 'at' }],
};
const groupsOf = (column: string) => ({ grouped: true, groupBy: [{ column }] });
const inGroups = { ...groupsOf('clerk'), reads: [{ column: 'at' }, { column: 'clerk' }] };
const byAt = { indexes: [index('orders_at', ['at'])] };
const noted = { reads: [{ column: 'note' }] };
const counted = { calls: 10, rows: 10, totalMs: 900, work: { rowsExamined: 900_000 } };

export const examples: Rule['examples'] = [
  {
    name: 'a sum of what a range finds',
    finds: true,
    advises: '(`clerk`, `total`)',
    engine: 'mysql',
    plan: found(),
    shape: summed('total'),
    stats: counted,
    facts: [orders],
  },
  {
    name: 'rows are counted, under a condition that the index does not have',
    finds: true,
    advises: '(`clerk`, `at`)',
    engine: 'mysql',
    plan: found({
      condition:
        '((`shop`.`orders`.`clerk` between 3 and 9) and (`shop`.`orders`.`at` is not null))',
    }),
    shape: {
      relations: [{ name: 'orders' }],
      aggregates: [{ function: 'count', rows: true }],
      columns: 1,
    },
    stats: counted,
    facts: [orders],
  },
  ...(
    [
      ['those without a time', '(`orders`.`at` is null)', true],
      ['those after a time', '(`orders`.`at` > 7)', true],
      ['those that begin so', "(`orders`.`note` like 'a%')", false],
    ] as const
  ).map(([name, condition, finds]) => ({
    name: `MySQL: of what a value finds ${name} are counted, however many they are`,
    finds,
    ...(finds ? { advises: '(`clerk`, `at`)' } : {}),
    engine: 'mysql' as const,
    plan: found({ access: 'ref', ref: ['const'], rows: 9_000, condition }),
    shape: {
      relations: [{ name: 'orders' }],
      aggregates: [{ function: 'count', rows: true as const }],
      columns: 1,
    },
    stats: { ...counted, work: { rowsExamined: 90_000 } },
    facts: [orders],
  })),
  ...(
    [
      ['a value', true, {}, {}],
      ['a value, in groups', true, {}, groupsOf('at')],
      ['a value, of a table that vacuum has not seen', false, { allVisible: 0.3 }, {}],
      ['a value, of a table as narrow as the index', false, { pages: 1_500 }, {}],
      ['a value, in a list of long texts', false, {}, noted],
    ] as const
  ).map(([name, finds, more, shape]) => ({
    name: `PostgreSQL: rows are counted of ${name}`,
    finds,
    ...(finds ? { advises: '(clerk, at)' } : {}),
    plan: node('Aggregate', { Strategy: 'Plain', rows: 1, cost: 3_000 }, [
      outer(
        indexScan('orders', 'orders_clerk', {
          condition: '(clerk = $1)',
          Filter: '(at > $2)',
          rows: 700,
          cost: 2_900,
        }),
      ),
    ]),
    shape: { ...totals, ...shape },
    stats: { calls: 10, rows: 10, totalMs: 900, work: { pages: 30_000 } },
    facts: [{ ...visible, ...more }],
  })),
  ...(
    [
      ['of which the commonest has most rows, the others few', true, 0.9077],
      ['that nearly all rows have', false, 0.995],
    ] as const
  ).map(([name, finds, commonest]) => ({
    name: `PostgreSQL: a sum by a state ${name}`,
    finds,
    ...(finds ? { advises: '(status, price)' } : {}),
    plan: node('Aggregate', { Strategy: 'Plain', rows: 1, cost: 15_744 }, [
      outer(seqScan('parcel', { filter: '((status)::text = $1)', rows: 80_000, cost: 15_544 })),
    ]),
    shape: {
      relations: [{ name: 'parcel' }],
      aggregates: [{ function: 'sum', column: 'price' }],
      reads: [{ column: 'price' }, { column: 'status' }],
    },
    stats: { calls: 33, rows: 33, totalMs: 2_246, work: { pages: 360_063 } },
    facts: [
      {
        ...table('parcel', 400_000, { pages: 10_911, allVisible: 1 }),
        columns: [
          { name: 'price', type: 'int4', distinct: 8_976, width: 4 },
          { name: 'status', type: 'varchar', distinct: 5, commonest, width: 9 },
        ],
      },
    ],
  })),
  ...(
    [
      ['whichever share of them it is', '<', '(at)', {}, {}],
      ['in groups: a report', '<', undefined, inGroups, {}],
      ['in groups, the latest', '>', '(at, clerk)', inGroups, {}],
      ['in groups; an index is there, and most are as late', '>', undefined, inGroups, byAt],
    ] as const
  ).map(([name, operator, advises, shape, more]) => ({
    name: `PostgreSQL: rows of a table are counted, ${name}`,
    finds: advises !== undefined,
    ...(advises ? { advises } : {}),
    plan: node('Aggregate', { Strategy: 'Plain', rows: 1, cost: 13_000 }, [
      outer(seqScan('orders', { filter: `(at ${operator} $1)`, rows: 100_000, cost: 12_000 })),
    ]),
    shape: { ...totals, reads: [{ column: 'at' }], ...shape },
    stats: { calls: 10, rows: 10, totalMs: 900, work: { pages: 90_000 } },
    facts: [{ ...visible, ...more }],
  })),
  {
    name: 'PostgreSQL: the least that fits is walked to',
    finds: false,
    plan: node('Result', { rows: 1, cost: 40 }, [
      node('Limit', { 'Parent Relationship': 'InitPlan', rows: 1, cost: 40 }, [
        outer(indexScan('orders', 'orders_at', { Filter: '(clerk = $1)', rows: 700, cost: 9_000 })),
      ]),
    ]),
    shape: { ...totals, aggregates: [{ function: 'min', column: 'at' }] },
    stats: { calls: 10, rows: 10, totalMs: 900, work: { pages: 30_000 } },
    facts: [visible],
  },
  {
    name: 'the index has all that is wanted',
    finds: false,
    engine: 'mysql',
    plan: found(),
    shape: summed('id'),
    stats: counted,
    facts: [orders],
  },
  {
    name: 'a sum of what a value finds',
    finds: true,
    advises: '(`clerk`, `total`)',
    engine: 'mysql',
    plan: found({ access: 'ref', ref: ['const'], condition: undefined }),
    shape: summed('total'),
    stats: counted,
    facts: [orders],
  },
  {
    name: 'a text would be in it',
    finds: false,
    engine: 'mysql',
    plan: found(),
    shape: summed('note'),
    stats: counted,
    facts: [orders],
  },
  {
    name: 'a few thousand rows',
    finds: false,
    engine: 'mysql',
    plan: found(),
    shape: summed('total'),
    stats: { ...counted, work: { rowsExamined: 90_000 } },
    facts: [orders],
  },
  {
    name: 'more is read than the list of columns says',
    finds: false,
    engine: 'mysql',
    plan: found(),
    shape: { ...summed('total'), columns: 2 },
    stats: counted,
    facts: [orders],
  },
];
