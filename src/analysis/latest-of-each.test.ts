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
