import { describe, expect, it } from 'vitest';
import { said } from '../../test/support/said.ts';
import {
  block,
  index,
  indexScan,
  loop,
  mysqlTable,
  node,
  outer,
  seqScan,
  table,
  typed,
} from './examples.ts';

/** The latest row of each of many, asked for in the ways that people do. */
const payments = table('payments', 400_000, {
  columns: typed({ clerk: ['int4', 400], batch: ['int4', 80_000], paid: 'timestamp' }),
  indexes: [index('payments_clerk', ['clerk'])],
});

it('the greatest one of what is found for each of many rows', () => {
  const plan = {
    ...seqScan('c', { filter: '(c.at = (SubPlan 1))', rows: 20, cost: 500 }),
    Plans: [
      {
        ...node('Aggregate', { Strategy: 'Plain', cost: 25 }, [
          outer(indexScan('payments', 'payments_clerk', { condition: '(clerk = c.id)', rows: 5 })),
        ]),
        'Parent Relationship': 'SubPlan',
      },
    ],
  };
  const shape = {
    subqueries: 1,
    relations: [{ name: 'c' }, { name: 'payments' }],
    aggregates: [{ function: 'max', column: 'paid' }],
  };
  const stats = { calls: 10, rows: 200, totalMs: 900, work: { pages: 60_000 } };
  const facts = [payments, table('c', 2_000)];
  expect(said('postgres', { plan, shape, stats, facts }).join()).toContain('(clerk, paid)');
});

describe('MySQL: a derived table of the latest of each', () => {
  const of = (key: string, more: object = {}) => {
    const inside = block({
      grouping_operation: {
        using_filesort: false,
        ...mysqlTable('payments', { access: 'index', key: 'i', rows: 400_000, ...more }),
      },
    });
    const plan = loop(
      mysqlTable('p', { rows: 400_000 }),
      mysqlTable('l', {
        access: 'ref',
        key: '<auto_key0>',
        used_key_parts: [key, 'paid'],
        ref: [`shop.p.${key}`, 'shop.p.paid'],
        rows: 10,
        materialized_from_subquery: inside,
      }),
    );
    return said('mysql', {
      plan,
      shape: {
        joins: 1,
        subqueries: 1,
        grouped: true,
        relations: [{ name: 'payments', alias: 'p' }, { name: 'payments' }],
        groupBy: [{ column: key }],
        aggregates: [{ function: 'max', column: 'paid' }],
      },
      stats: { calls: 10, rows: 4_000, totalMs: 9_000, work: { rowsExamined: 4_000_000 } },
      facts: [payments],
    }).join();
  };
  it('an index of both skips from one to the next', () =>
    expect(of('clerk')).toContain('ADD INDEX (`clerk`, `paid`)'));
  it('of too many it does not', () => expect(of('batch')).not.toContain('ADD INDEX'));
  it('nor under a condition', () =>
    expect(of('clerk', { condition: '(`shop`.`payments`.`state` = 1)' })).not.toContain('paid`)'));
});

it('pages after a row, of values of which nobody knows how many have them', () => {
  const ordered = {
    ordering_operation: {
      using_filesort: true,
      ...mysqlTable('log', {
        rows: 300_000,
        filtered: 10,
        condition: '((`log`.`owner` = 7) and ((`log`.`at` < 5) or (`log`.`at` = 5)))',
      }),
    },
  };
  const told = said('mysql', {
    plan: block(ordered),
    shape: { limit: true, ordered: true, orderBy: [{ column: 'at', descending: true }] },
    stats: { calls: 10, rows: 200, totalMs: 900, work: { rowsExamined: 3_000_000 } },
    facts: [table('log', 300_000, { columns: typed({ owner: 'int', at: 'datetime' }) })],
  });
  expect(told.join()).toContain('ADD INDEX (`owner`, `at`)');
});

describe('all but one value, by which few rows came', () => {
  const of = (rows: number, operator: string) =>
    said('mysql', {
      plan: block(
        mysqlTable('jobs', {
          rows: 300_000,
          filtered: 90,
          condition: `(\`shop\`.\`jobs\`.\`state\` ${operator} ('done'))`,
        }),
      ),
      shape: {
        relations: [{ name: 'jobs' }],
        comparisons: [{ column: 'state', operator, with: 'value' }],
      },
      stats: { calls: 10, rows, totalMs: 900, work: { rowsExamined: 3_000_000 } },
      facts: [table('jobs', 300_000, { columns: typed({ state: 'varchar' }) })],
    }).join();
  it.each(['<>', 'not in'])('%s is found as what is around it', (operator) => {
    expect(of(9_000, operator)).toContain('ADD INDEX (`state`)');
    expect(of(2_000_000, operator)).toBe('');
  });
});

it('what nobody knows is told of as such', () => {
  const told = said('mysql', {
    plan: block(
      mysqlTable('log', {
        access: 'ref',
        key: 'log_owner',
        used_key_parts: ['owner'],
        ref: ['const'],
        rows: 1_000,
        filtered: 10,
        condition: "(`shop`.`log`.`state` = 'x')",
      }),
    ),
    shape: { relations: [{ name: 'log' }], aggregates: [{ function: 'sum', column: 'at' }] },
    stats: { calls: 10, rows: 10, totalMs: 900, work: { rowsExamined: 10_000 } },
    facts: [
      table('log', 300_000, {
        columns: typed({ owner: ['int', 300], state: 'varchar', at: 'datetime' }),
        indexes: [index('log_owner', ['owner'])],
      }),
    ],
  });
  expect(told.join()).toContain('keeps a few, if its values are rare');
});

describe('PostgreSQL, which reads all rows for the first of each', () => {
  const log = table('log', 700_000, {
    columns: typed({ tenant: ['int8', 500], actor: ['int8', 3_000], at: ['timestamptz', 700_000] }),
  });
  const scan = seqScan('log', { rows: 700_000, cost: 20_000 });
  const sorted = (key: string) =>
    node('Sort', { 'Sort Key': [key, 'at DESC'], rows: 700_000, cost: 90_000 }, [outer(scan)]);
  const of = (plan: object, rows: number, shape: object) =>
    said('postgres', {
      plan,
      shape: { relations: [{ name: 'log' }], ...shape },
      stats: { calls: 10, rows: rows * 10, totalMs: 9_000, work: { pages: 140_000 } },
      facts: [log],
    }).join();
  const ends = (group: string) => ({
    grouped: true,
    groupBy: [{ column: group }],
    aggregates: [{ function: 'max', column: 'at' }],
    columns: 2,
  });
  const grouped = (group: string) =>
    node('Aggregate', { 'Group Key': [group], Strategy: 'Hashed', rows: 500, cost: 24_000 }, [
      outer(scan),
    ]);

  it('the greatest of each of few groups', () => {
    const told = of(grouped('tenant'), 500, ends('tenant'));
    expect(told).toContain('One look-up for each tenant');
    expect(told).toContain('CREATE INDEX CONCURRENTLY ON public.log (tenant, at)');
  });
  it('of groups that are small all are soon read', () =>
    expect(of(grouped('actor'), 3_000, ends('actor'))).not.toContain('One look-up'));
  it('of groups that are sorted fewer rows are enough', () => {
    const unique = node('Unique', { rows: 3_000, cost: 95_000 }, [outer(sorted('actor'))]);
    const orderBy = [{ column: 'actor' }, { column: 'at', descending: true as const }];
    const shape = { distinct: true, ordered: true, orderBy };
    expect(of(unique, 3_000, shape)).toContain('One look-up for each actor');
    // DISTINCT ON of more than the first key.
    expect(of(unique, 90_000, shape)).not.toContain('One look-up');
    expect(of(unique, 3_000, { ...shape, filtered: true })).not.toContain('One look-up');
  });
  it('of those that are numbered the first', () => {
    const windows = node('Subquery Scan', { Filter: '(x.n = 1)', rows: 3_500, cost: 99_000 }, [
      outer(node('WindowAgg', { rows: 700_000, cost: 96_000 }, [outer(sorted('actor'))])),
    ]);
    const first = { column: 'n', operator: '=', with: 'value' as const };
    const orderBy = [{ column: 'at', descending: true as const }];
    const shape = {
      filtered: true as const,
      comparisons: [first],
      numbered: { groups: [{ column: 'actor' }], orderBy },
    };
    expect(of(windows, 3_000, shape)).toContain('One look-up for each actor');
    // The first three of each, or what else is asked.
    expect(of(windows, 9_000, shape)).not.toContain('One look-up');
    const asked = { ...shape, comparisons: [first, { ...first, column: 'total' }] };
    expect(of(windows, 3_000, asked)).not.toContain('One look-up');
  });
  it('values, of which there are few', () => {
    const distinctParts = [{ columns: [{ column: 'tenant' }], constants: [] }];
    const shape = { distinct: true, columns: 1, distinctParts };
    expect(of(grouped('tenant'), 500, shape)).toContain('Ask for one value after the other');
  });
});

it('partitions of days to come are empty, and read as a whole', () => {
  const part = { schema: 'public', name: 'log', strategy: 'range', keys: ['at'], partitions: 3 };
  const columns = typed({ tenant: ['int8', 200], at: 'timestamptz' });
  const full = ['log_1', 'log_2'];
  const plan = node('Limit', { rows: 20, cost: 9_000 }, [
    outer(
      node('Sort', { 'Sort Key': ['log.at DESC'], rows: 900, cost: 9_000 }, [
        outer(
          node('Append', { rows: 900, cost: 8_000 }, [
            ...full.map((name) =>
              indexScan(name, `${name}_tenant`, {
                condition: '(tenant = $1)',
                'Parent Relationship': 'Member',
                rows: 450,
                cost: 4_000,
              }),
            ),
            {
              ...seqScan('log_3', { filter: '(tenant = $1)', rows: 1, cost: 1 }),
              'Parent Relationship': 'Member',
            },
          ]),
        ),
      ]),
    ),
  ]);
  const told = said('postgres', {
    plan,
    shape: {
      limit: true,
      ordered: true,
      orderBy: [{ column: 'at', descending: true }],
      relations: [{ name: 'log' }],
    },
    stats: { calls: 10, rows: 200, totalMs: 90, work: { pages: 46_000 } },
    facts: [
      ...full.map((name) =>
        table(name, 300_000, {
          columns,
          indexes: [index(`${name}_tenant`, ['tenant'])],
          partitionOf: part,
        }),
      ),
      table('log_3', 0, { columns, pages: 0, partitionOf: part }),
    ],
  });
  expect(told.join()).toContain('ON public.log (tenant, at)');
});
