import { describe, expect, it } from 'vitest';
import { said } from '../../test/support/said.ts';
import {
  block,
  index,
  indexScan,
  inner,
  loop,
  mysqlTable,
  node,
  outer,
  seqScan,
  table,
  typed,
} from './examples.ts';

/** What a value that most rows have does to what rules make of the few that come back. */
const tasks = table('tasks', 600_000, {
  columns: [
    { name: 'tenant', type: 'int8', distinct: 480, commonest: 0.2 },
    { name: 'assignee', type: 'int8', distinct: 180_000 },
    { name: 'reporter', type: 'int8', distinct: 50_000 },
    { name: 'gone', type: 'timestamptz', distinct: 12_000, commonest: 0.00001, nulls: 0.98 },
  ],
  indexes: [index('tasks_tenant', ['tenant']), index('tasks_assignee', ['assignee'])],
});
const alone = { relations: [{ name: 'tasks' }] };

it('an OR finds few of those that are not deleted, which are most', () => {
  const filter = '((gone IS NULL) AND ((assignee = $1) OR (reporter = $2)))';
  const plan = node('Limit', { rows: 14, cost: 21_000 }, [
    outer(
      node('Sort', { 'Sort Key': ['at DESC'], rows: 14, cost: 21_000 }, [
        outer(seqScan('tasks', { filter, rows: 14, cost: 21_000 })),
      ]),
    ),
  ]);
  const stats = { calls: 10, rows: 140, totalMs: 900, work: { pages: 160_000 } };
  const shape = { ...alone, limit: true, ordered: true };
  const told = said('postgres', { plan, shape, stats, facts: [tasks] }).join();
  expect(told).toContain('(reporter)');
  expect(told).not.toContain('(gone)');
});

it('few rows of one table meet those of another, of which half have the value', () => {
  const accounts = table('accounts', 90_000, {
    columns: [
      { name: 'id', type: 'int8', distinct: 90_000 },
      { name: 'currency', type: 'bpchar', distinct: 2, commonest: 0.67 },
    ],
    indexes: [index('accounts_pkey', ['id'], { unique: true })],
  });
  const transfers = table('transfers', 600_000, {
    columns: [
      { name: 'status', type: 'varchar', distinct: 3, commonest: 0.996 },
      { name: 'payer', type: 'int8', distinct: 60_000 },
    ],
  });
  const plan = node('Hash Join', { 'Hash Cond': '(t.payer = a.id)', rows: 90_000, cost: 22_000 }, [
    outer(
      seqScan('transfers', { Alias: 't', filter: '(status = $1)', rows: 200_000, cost: 13_000 }),
    ),
    inner(
      node('Hash', { rows: 45_000, cost: 3_000 }, [
        outer(
          seqScan('accounts', { Alias: 'a', filter: '(currency = $2)', rows: 45_000, cost: 2_000 }),
        ),
      ]),
    ),
  ]);
  const shape = { joins: 1, relations: [{ name: 'transfers' }, { name: 'accounts' }] };
  const stats = { calls: 10, rows: 1_760, totalMs: 900, work: { pages: 76_000 } };
  const told = said('postgres', { plan, shape, stats, facts: [accounts, transfers] }).join();
  expect(told).toContain('(status)');
  expect(told).not.toContain('(currency)');
});

it('what an index finds of a common value makes no condition on NULL depend on it', () => {
  const scan = indexScan('tasks', 'tasks_tenant', {
    condition: '(tenant = $1)',
    rows: 20,
    cost: 9,
  });
  const plan = node('Aggregate', { Strategy: 'Plain', cost: 9 }, [
    outer({ ...scan, Filter: '(gone IS NULL)' }),
  ]);
  const stats = { calls: 10, rows: 10, totalMs: 900, work: { pages: 500_000 } };
  const told = said('postgres', { plan, shape: alone, stats, facts: [tasks] }).join();
  expect(told).not.toContain('CREATE STATISTICS');
});

it('the first few of what a common value finds are no rows of many pages each', () => {
  const scan = indexScan('tasks', 'tasks_tenant', { condition: '(tenant = $1)', rows: 1_250 });
  const plan = node('Limit', { rows: 25, cost: 4_000 }, [
    outer(node('Sort', { 'Sort Key': ['at DESC'], rows: 1_250, cost: 4_000 }, [outer(scan)])),
  ]);
  const shape = { ...alone, selectStar: true, limit: true, ordered: true };
  const stats = { calls: 10, rows: 250, totalMs: 900, work: { pages: 52_670 } };
  const told = said('postgres', { plan, shape, stats, facts: [tasks] }).join();
  expect(told).not.toContain('stored apart');
});

it('of many that have the values the latest are the first of an order', () => {
  const topics = table('topics', 120_000, {
    pages: 2_000,
    columns: [
      { name: 'visible', type: 'bool', distinct: 2, commonest: 0.98 },
      { name: 'kind', type: 'varchar', distinct: 2, commonest: 0.75 },
      { name: 'gone', type: 'timestamptz', distinct: 4_800, nulls: 0.96, correlation: 1 },
      { name: 'bumped', type: 'timestamptz', distinct: 120_000 },
    ],
  });
  const filter = '((gone IS NULL) AND (visible = $1) AND (kind <> $2))';
  const plan = node('Limit', { rows: 30, cost: 5_000 }, [
    outer(
      node('Sort', { 'Sort Key': ['bumped DESC'], rows: 28_800, cost: 5_000 }, [
        outer(seqScan('topics', { filter, rows: 28_800, cost: 4_500 })),
      ]),
    ),
  ]);
  const stats = { calls: 10, rows: 300, totalMs: 900, work: { pages: 20_000 } };
  const shape = { relations: [{ name: 'topics' }], limit: true, ordered: true };
  const told = said('postgres', { plan, shape, stats, facts: [topics] });
  expect(told.join()).toContain('(visible, bumped)');
  expect(told.join()).not.toContain('(visible, gone)');
});

describe('MySQL, which knows nothing of columns without an index', () => {
  const issues = table('issues', 600_000, {
    columns: typed({
      tenant: ['bigint', 480],
      assignee: ['bigint', 180_000],
      reporter: 'bigint',
      state: 'varchar',
      gone: 'datetime',
      due: 'datetime',
      project: ['bigint', 18_000],
    }),
    indexes: [index('by_tenant', ['tenant']), index('by_assignee', ['assignee'])],
  });
  const of = (scan: object, more: Parameters<typeof said>[1] | object) =>
    said('mysql', { plan: scan, facts: [issues], ...more }).join();
  const scan = (condition: string) =>
    mysqlTable('issues', { rows: 600_000, filtered: 3, condition });

  it('from one value to another finds fewer than all but one', () => {
    const told = of(
      block(scan("((`issues`.`state` <> 'done') and (`issues`.`due` between 3 and 4))")),
      {
        shape: {
          relations: [{ name: 'issues' }],
          comparisons: [{ column: 'state', operator: '<>', with: 'value' }],
        },
        stats: { calls: 10, rows: 270, totalMs: 900, work: { rowsExamined: 6_000_000 } },
      },
    );
    expect(told).toContain('(`due`)');
  });
  it('an OR is no reason to walk an order until a row fits', () => {
    const condition =
      '(((`issues`.`assignee` = 7) or (`issues`.`reporter` = 7)) and (`issues`.`gone` is null))';
    const told = of(block({ ordering_operation: { using_filesort: true, ...scan(condition) } }), {
      shape: {
        relations: [{ name: 'issues' }],
        limit: true,
        ordered: true,
        orderBy: [{ column: 'due', descending: true }],
      },
      stats: { calls: 10, rows: 140, totalMs: 900, work: { rowsExamined: 6_000_000 } },
    });
    expect(told).toContain('(`reporter`)');
    expect(told).not.toContain('`gone`');
  });
  it('how many are not deleted does not follow from how many the index finds', () => {
    const found = mysqlTable('issues', {
      access: 'ref',
      key: 'by_tenant',
      used_key_parts: ['tenant'],
      ref: ['const'],
      rows: 29_000,
      filtered: 10,
      condition: '(`issues`.`gone` is null)',
    });
    const told = of(block(found), {
      shape: { relations: [{ name: 'issues' }], aggregates: [{ function: 'max', column: 'due' }] },
      stats: { calls: 10, rows: 10, totalMs: 900, work: { rowsExamined: 290_000 } },
    });
    expect(told).not.toContain('the condition on gone keeps');
  });
  it.each([
    [10_800_100, false],
    [6_060_100, true],
  ])('of %i rows examined, those beyond the table were looked up for what it keeps', (all, few) => {
    const projects = table('projects', 20_000, { columns: typed({ id: ['bigint', 20_000] }) });
    const plan = loop(
      scan("(`issues`.`state` = 'done')"),
      mysqlTable('projects', {
        access: 'eq_ref',
        key: 'PRIMARY',
        used_key_parts: ['id'],
        ref: ['shop.issues.project'],
        rows: 1,
      }),
    );
    const told = of(plan, {
      facts: [issues, projects],
      shape: {
        joins: 1,
        grouped: true,
        relations: [{ name: 'issues' }, { name: 'projects' }],
        aggregates: [{ function: 'count', rows: true as const }],
      },
      stats: { calls: 10, rows: 100, totalMs: 9_000, work: { rowsExamined: all } },
    });
    expect(told.includes('(`state`)')).toBe(few);
  });
});
