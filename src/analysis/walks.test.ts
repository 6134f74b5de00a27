import { describe, expect, it } from 'vitest';
import { said } from '../../test/support/said.ts';
import { block, index, indexScan, mysqlTable, node, outer, table, typed } from './examples.ts';

const paged = { limit: true, ordered: true, offset: true, relations: [{ name: 'contact' }] };
const primary = index('PRIMARY', ['id'], { unique: true });
const byMysql = (condition: string, shape: object) =>
  said('mysql', {
    plan: block({
      ordering_operation: {
        using_filesort: false,
        ...mysqlTable('contact', {
          access: 'index',
          key: 'PRIMARY',
          used_key_parts: ['id'],
          rows: 150_450,
          filtered: 10,
          condition,
        }),
      },
    }),
    shape,
    stats: { calls: 12, rows: 600, totalMs: 2_374, work: { rowsExamined: 1_960_280 } },
    facts: [
      table('contact', 246_711, {
        columns: typed({ id: 'bigint', deleted_at: 'datetime' }),
        indexes: [primary],
      }),
    ],
  }).join();

describe('rows that come by on the way to a page', () => {
  it('MySQL: most may fit, and were passed over by OFFSET', () => {
    const found = byMysql('(`contact`.`deleted_at` is null)', paged);
    expect(found).not.toContain('is walked');
    expect(found).toContain('OFFSET');
  });

  it.each([
    ['few have the value', 9_000, true],
    ['a third has it', 3, false],
  ])('PostgreSQL: %s', (_, distinct, finds) => {
    const plan = node('Limit', { rows: 50, cost: 9_000 }, [
      outer(indexScan('contact', 'contact_at', { Filter: '(kind = $1)', rows: 90, cost: 9_000 })),
    ]);
    const facts = table('contact', 250_000, {
      columns: typed({ kind: ['int4', distinct], at: 'timestamptz' }),
      indexes: [index('contact_at', ['at'])],
    });
    const stats = { calls: 9, rows: 450, totalMs: 900, work: { pages: 54_000 } };
    const all = said('postgres', { plan, shape: paged, stats, facts: [facts] }).join();
    expect(all.includes('is walked')).toBe(finds);
  });
});

it('MySQL: rows stand in the order of the primary key, which no other index is walked for', () => {
  const found = byMysql('(`contact`.`deleted_at` < 7)', { ...paged, offset: false });
  expect(found).toContain('is walked');
  expect(found).toContain('ADD INDEX (`deleted_at`)');
});

describe('PostgreSQL: the least or the greatest, to which another index is walked', () => {
  const payments = (...more: ReturnType<typeof index>[]) =>
    table('payments', 300_000, {
      pages: 7_514,
      columns: typed({ id: 'int4', at: 'timestamptz', user_id: ['int4', 60_000] }),
      indexes: [index('payments_pkey', ['id']), index('payments_at', ['at']), ...more],
    });
  const of = (filter: string, walk: object, pages = 3_814, facts = payments()) =>
    said('postgres', {
      plan: node('Result', { rows: 1, cost: 1 }, [
        {
          'Parent Relationship': 'InitPlan',
          'Subplan Name': 'InitPlan 1',
          ...node('Limit', { rows: 1, cost: 1 }, [
            outer(
              indexScan('payments', 'payments_pkey', {
                Filter: filter,
                rows: 100_000,
                cost: 16_067,
                ...walk,
              }),
            ),
          ]),
        },
      ]),
      shape: {
        relations: [{ name: 'payments' }],
        functions: ['max'],
        aggregates: [{ function: 'max', column: 'id' }],
        filtered: true,
      },
      stats: { calls: 8, rows: 8, totalMs: 420, work: { pages: 8 * pages } },
      facts: [facts],
    }).join();

  it.each([
    ['a range', '(at < $1)', {}, '(id, at)'],
    ['a value', '(user_id = $1)', { rows: 5 }, '(user_id, id)'],
    ['of what may have none', '(at < $1)', { condition: '(id IS NOT NULL)' }, '(id, at)'],
  ])('%s', (_, filter, walk, keys) => {
    const found = of(filter, walk);
    expect(found).toContain('payments_pkey is walked for its order');
    expect(found).toContain(keys);
    expect(found).not.toContain('full-scan');
  });
  it('not where it comes by at once', () => expect(of('(at < $1)', {}, 9)).toBe(''));
  it('nor where the index has both', () =>
    expect(of('(at < $1)', {}, 900, payments(index('payments_both', ['id', 'at'])))).toBe(''));
});

it('PostgreSQL: walks of all partitions are one, as what was counted of them is', () => {
  const parts = ['orders_1', 'orders_2', 'orders_3'];
  const plan = node('Limit', { rows: 1, cost: 40 }, [
    outer(
      node(
        'Merge Append',
        { rows: 24, cost: 9_000, 'Sort Key': ['orders.at'] },
        parts.map((name) =>
          indexScan(name, `${name}_at`, {
            Filter: '(clerk = $1)',
            rows: 8,
            cost: 3_000,
            'Parent Relationship': 'Member',
          }),
        ),
      ),
    ),
  ]);
  const partitionOf = {
    schema: 'public',
    name: 'orders',
    strategy: 'range',
    keys: ['at'],
    partitions: 3,
  };
  const found = said('postgres', {
    plan,
    shape: { limit: true, ordered: true, relations: [{ name: 'orders' }] },
    stats: { calls: 10, rows: 20, totalMs: 900, work: { pages: 60_000 } },
    facts: parts.map((name) => ({
      ...table(name, 100_000, {
        columns: typed({ at: 'timestamptz', clerk: ['int4', 9_000] }),
        indexes: [index(`${name}_at`, ['at'])],
      }),
      partitionOf,
    })),
  });
  expect(found).toEqual([expect.stringContaining('public.orders: an index of each of 3')]);
  expect(found.join()).toContain('CREATE INDEX ON public.orders (clerk, at)');
});
