import { describe, expect, it } from 'vitest';
import { said } from '../../test/support/said.ts';
import type { EngineName } from '../model/engine-name.ts';
import type { QueryShape } from '../model/query-shape.ts';
import {
  block,
  index,
  indexScan,
  inner,
  mariadbTable,
  mysqlTable,
  node,
  outer,
  seqScan,
  table,
  typed,
} from './examples.ts';

const payments = table('payments', 400_000, {
  columns: typed({
    id: ['int4', 400_000],
    claim: ['int4', 200_000],
    batch: ['int4', 8_000],
    paid: ['timestamp', 390_000],
    clerk: ['int4', 400],
    state: ['varchar', 5],
  }),
  indexes: [index('payments_claim', ['claim']), index('payments_clerk', ['clerk'])],
});
const latest = {
  shape: { subqueries: 1, relations: [{ name: 'payments', alias: 'p' }] },
  facts: [payments],
};

describe('what a subquery answers for each row is no key of an index', () => {
  it('PostgreSQL', () => {
    const plan = {
      ...seqScan('payments', {
        Alias: 'p',
        filter: '((p.batch = $1) AND (p.paid = (SubPlan 1)))',
        rows: 10,
        cost: 60_000,
      }),
      Plans: [
        {
          'Parent Relationship': 'SubPlan',
          'Subplan Name': 'SubPlan 1',
          ...node('Aggregate', { Strategy: 'Plain', cost: 12 }, [
            outer(indexScan('q', 'payments_claim', { condition: '(q.claim = p.claim)' })),
          ]),
        },
      ],
    };
    expect(said('postgres', { ...latest, plan }).join()).toContain('ON public.payments (batch);');
  });
  it.each<EngineName>(['mysql', 'mariadb'])('%s', (engine) => {
    const again = { key: 'payments_claim', used_key_parts: ['claim'], ref: ['shop.p.claim'] };
    const plans: Record<string, object> = {
      mysql: block(
        mysqlTable('p', {
          rows: 400_000,
          filtered: 10,
          condition:
            '((`shop`.`p`.`batch` = 7) and (`shop`.`p`.`paid` = (/* select#2 */ select 1)))',
          attached_subqueries: [
            { dependent: true, ...block(mysqlTable('q', { access: 'ref', ...again })) },
          ],
        }),
      ),
      mariadb: block({
        nested_loop: [
          mariadbTable('p', {
            rows: 400_000,
            attached_condition: 'p.batch = 7 and p.paid = (subquery#2)',
          }),
        ],
        subqueries: [
          {
            expression_cache: block({
              nested_loop: [mariadbTable('q', { access: 'ref', ...again })],
            }),
          },
        ],
      }),
    };
    const plan = plans[engine] ?? {};
    const own = { ...payments, name: 'p' };
    const stats = { calls: 10, rows: 90, totalMs: 900, work: { rowsExamined: 4_000_000 } };
    const found = said(engine, { ...latest, plan, stats, facts: [own] });
    expect(found.join()).toContain('`p` ADD INDEX (`batch`)');
  });
  it('one that answers once is', () => {
    const plan = {
      ...seqScan('payments', { Alias: 'p', filter: '(p.paid = (InitPlan 1).col1)', cost: 60_000 }),
      Plans: [
        {
          'Parent Relationship': 'InitPlan',
          'Subplan Name': 'InitPlan 1',
          ...node('Aggregate', { Strategy: 'Plain' }),
        },
      ],
    };
    expect(said('postgres', { ...latest, plan }).join()).toContain('ON public.payments (paid);');
  });
});

it('a partial index is not the table that it is walked in the place of', () => {
  const plan = indexScan('payments', 'payments_open', {
    Filter: '((state = $1) AND (batch = $2))',
    rows: 4,
    cost: 900,
  });
  const open = index('payments_open', ['paid'], { partial: true, predicate: '(clerk IS NULL)' });
  const seen = { plan, shape: { relations: [{ name: 'payments' }] } };
  expect(said('postgres', { ...seen, facts: [{ ...payments, indexes: [open] }] })).toEqual([]);
  const whole = { ...payments, indexes: [index('payments_open', ['paid'])] };
  expect(said('postgres', { ...seen, facts: [whole] }).join()).toContain('reads 400,000 rows');
});

describe('an index of the first letters, with which most values begin', () => {
  const named = (more: object) =>
    table('holders', 60_000, {
      columns: [{ name: 'name', type: 'varchar', bytes: 160, ...more }],
      indexes: [index('holders_name', ['name'], { prefixed: ['name'] })],
    });
  const seen = {
    plan: block(
      mariadbTable('holders', { rows: 60_000, attached_condition: "holders.name = 'x'" }),
    ),
    shape: { relations: [{ name: 'holders' }] },
    stats: { calls: 10, rows: 10, totalMs: 100, work: { rowsExamined: 600_000 } },
  };
  it('no other type keeps it from being used, and one of all letters finds them', () =>
    expect(said('mariadb', { ...seen, facts: [named({})] })).toEqual([
      expect.stringMatching(/^full-scan: .*ADD INDEX \(`name`\)/),
    ]));
  it('a text has no other', () =>
    expect(
      said('mariadb', { ...seen, facts: [named({ type: 'text', bytes: 65_535 })] }).join(),
    ).not.toContain('full-scan'));
});

it('of a part of a time a range is advised, and no index on the few values of it', () => {
  const condition = '((year(`shop`.`payments`.`paid`) = 2023) and (`shop`.`payments`.`batch` > 4))';
  const plan = block(mysqlTable('payments', { rows: 400_000, filtered: 100, condition }));
  const stats = { calls: 10, rows: 10, totalMs: 900, work: { rowsExamined: 4_000_000 } };
  const shape = {
    relations: [{ name: 'payments' }],
    comparisons: [{ column: 'paid', operator: '=', function: 'year', with: 'value' as const }],
  };
  const [found = ''] = said('mysql', { plan, stats, shape, facts: [payments] });
  expect(found).toContain('function-on-column: public.payments: year(payments.paid)');
  expect(found).toContain('A range of paid itself');
  expect(found).not.toContain('ADD INDEX');
});

describe('the first few of several values', () => {
  const shape = {
    relations: [{ name: 'payments' }],
    limit: true,
    ordered: true,
    orderBy: [{ column: 'paid', descending: true as const }],
  };
  const sorted = block({
    ordering_operation: {
      using_filesort: true,
      ...mysqlTable('payments', {
        access: 'range',
        key: 'payments_clerk',
        used_key_parts: ['clerk'],
        rows: 3_000,
        condition: '(`shop`.`payments`.`clerk` in (7,8,9))',
      }),
    },
  });
  const stats = { calls: 10, rows: 200, totalMs: 160, work: { rowsExamined: 30_000 } };
  it('are had by a statement of each, put together', () =>
    expect(said('mysql', { plan: sorted, shape, stats, facts: [payments] })).toEqual([
      expect.stringMatching(/^sort-without-index: .*3,000 rows.*UNION ALL.*\(clerk, paid\)\.$/),
    ]));
  it('of hundreds of values nobody does so', () => {
    const many = { ...stats, work: { rowsExamined: 3_000_000 } };
    expect(said('mysql', { plan: sorted, shape, stats: many, facts: [payments] })).toEqual([]);
  });
});

describe('MySQL and MariaDB skip from group to group', () => {
  const whole = { calls: 10, rows: 4_000, totalMs: 900, work: { rowsExamined: 4_000_000 } };
  const scan = block(mysqlTable('payments', { rows: 400_000 }));
  const grouped: Partial<QueryShape> = {
    relations: [{ name: 'payments' }],
    grouped: true,
    groupBy: [{ column: 'clerk' }],
    aggregates: [{ function: 'max', column: 'paid' }],
    columns: 2,
  };
  const distinct: Partial<QueryShape> = {
    relations: [{ name: 'payments' }],
    distinct: true,
    distinctParts: [{ columns: [{ column: 'state' }], constants: [] }],
    columns: 1,
  };
  it.each<[string, Partial<QueryShape>, object, string | undefined]>([
    ['the latest of each', grouped, whole, '(`clerk`, `paid`)'],
    ['the values alone', distinct, whole, '(`state`)'],
    ['but for those that HAVING leaves out', grouped, { ...whole, rows: 0 }, '(`clerk`, `paid`)'],
    ['the first few of them', { ...grouped, limit: true }, whole, '(`clerk`, `paid`)'],
    [
      'too many groups, of which a few come back',
      { ...grouped, groupBy: [{ column: 'claim' }], limit: true },
      { ...whole, rows: 100 },
      undefined,
    ],
    [
      'too many groups',
      { ...grouped, groupBy: [{ column: 'id' }] },
      { ...whole, rows: 900_000 },
      undefined,
    ],
    ['another column besides', { ...grouped, columns: 3 }, whole, undefined],
    ['of some rows', { ...grouped, filtered: true }, whole, undefined],
    [
      'a sum besides',
      { ...grouped, columns: 3, aggregates: [{ function: 'sum', column: 'id' }] },
      whole,
      undefined,
    ],
  ])('%s', (_, shape, stats, advised) => {
    const found = said('mysql', { plan: scan, shape, stats, facts: [payments] });
    if (advised) expect(found.join()).toContain(`ADD INDEX ${advised}`);
    expect(found.join()).not.toMatch(/\b(?:0|10) groups/);
    if (advised) return;
    expect(found.filter((each) => each.startsWith('sort-without'))).toEqual([]);
  });
  it('PostgreSQL does not: there it is one look-up for each', () => {
    const told = said('postgres', {
      plan: node('Aggregate', { Strategy: 'Hashed', 'Group Key': ['clerk'], cost: 9_000 }, [
        outer(seqScan('payments', { rows: 400_000, cost: 8_000 })),
      ]),
      shape: grouped,
      stats: { ...whole, work: { pages: 80_000 } },
      facts: [payments],
    });
    expect(told.join()).toContain('One look-up for each clerk');
  });
});

it('the greatest for each row of another table is at the end of an index of both', () => {
  const clerks = table('clerks', 400, { columns: typed({ id: 'int4', team: 'varchar' }) });
  const latestOf = (rows: number) =>
    block({
      ...mysqlTable('clerks', { rows: 400, filtered: 10, condition: "(`clerks`.`team` = 'x')" }),
      select_list_subqueries: [
        {
          dependent: true,
          cacheable: false,
          ...block(
            mysqlTable('payments', {
              access: 'ref',
              key: 'payments_clerk',
              used_key_parts: ['clerk'],
              ref: ['shop.clerks.id'],
              rows,
            }),
          ),
        },
      ],
    });
  const seen = (rows: number) =>
    said('mysql', {
      plan: latestOf(rows),
      shape: {
        relations: [{ name: 'payments' }, { name: 'clerks' }],
        subqueries: 1,
        aggregates: [{ function: 'max', column: 'paid', qualifier: 'payments' }],
      },
      stats: { calls: 10, rows: 330, totalMs: 1_200, work: { rowsExamined: 33 * rows * 10 } },
      facts: [payments, clerks],
    }).filter((each) => each.startsWith('sort-without-index'));
  expect(seen(1_000)).toEqual([
    expect.stringMatching(/33,000 rows a call, all of which are looked at.*\(`clerk`, `paid`\)/),
  ]);
  expect(seen(3)).toEqual([]);
});

it.each<EngineName>(['mysql', 'mariadb'])(
  'the greatest that a subquery asks for once: %s',
  (engine) => {
    const log = table('log', 300_000, { columns: typed({ entity: 'varchar', at: 'datetime' }) });
    const once = { access: 'ref', key: 'payments_clerk', used_key_parts: ['clerk'] };
    const plans: Record<string, object> = {
      mysql: block({
        ...mysqlTable('payments', once),
        attached_subqueries: [
          {
            dependent: false,
            ...block(
              mysqlTable('log', {
                rows: 300_000,
                filtered: 10,
                condition: "(`shop`.`log`.`entity` = 'policy')",
              }),
            ),
          },
        ],
      }),
      mariadb: block({
        nested_loop: [mariadbTable('payments', once)],
        subqueries: [
          block({
            nested_loop: [
              mariadbTable('log', { rows: 300_000, attached_condition: "log.entity = 'policy'" }),
            ],
          }),
        ],
      }),
    };
    const plan = plans[engine] ?? {};
    const shape = {
      relations: [{ name: 'payments' }, { name: 'log' }],
      subqueries: 1,
      aggregates: [{ function: 'max', column: 'at' }],
    };
    const stats = { calls: 10, rows: 10, totalMs: 900, work: { rowsExamined: 3_000_000 } };
    expect(said(engine, { plan, shape, stats, facts: [payments, log] }).join()).toContain(
      'ADD INDEX (`entity`, `at`)',
    );
  },
);

describe('the first few in whichever order', () => {
  const log = table('log', 300_000, { columns: typed({ entity: 'varchar', at: 'datetime' }) });
  const plan = block(
    mysqlTable('log', {
      rows: 300_000,
      filtered: 10,
      condition: "(`shop`.`log`.`entity` = 'policy')",
    }),
  );
  const of = (examined: number, ordered = false) =>
    said('mysql', {
      plan,
      shape: { relations: [{ name: 'log' }], limit: true, ordered },
      stats: { calls: 10, rows: 50, totalMs: 90, work: { rowsExamined: examined * 10 } },
      facts: [log],
    });
  it('for which a quarter of the table is read', () =>
    expect(of(80_000)).toEqual([expect.stringMatching(/^full-scan: .*reads 80,000 rows/)]));
  it('that come soon', () => expect(of(4_000)).toEqual([]));
  it('in an order, which an index may have', () => expect(of(80_000, true)).toEqual([]));
});

describe('rows that have a value, which few have', () => {
  const asking = (nulls: number) =>
    said('postgres', {
      plan: node('Aggregate', { Strategy: 'Plain', cost: 9_000 }, [
        outer(seqScan('payments', { filter: '(gone IS NOT NULL)', rows: 2_000, cost: 9_000 })),
      ]),
      shape: { relations: [{ name: 'payments' }], aggregates: [{ function: 'count', rows: true }] },
      facts: [{ ...payments, columns: [{ name: 'gone', type: 'timestamptz', nulls }] }],
    });
  it('are found by an index', () =>
    expect(asking(0.995).join()).toContain('CREATE INDEX CONCURRENTLY ON public.payments (gone);'));
  it('are not where most have one', () => expect(asking(0.4)).toEqual([]));

  it('are counted where the server knows nothing of them', () => {
    const plan = block(
      mysqlTable('payments', {
        rows: 400_000,
        filtered: 90,
        condition: '(`shop`.`payments`.`gone` is not null)',
      }),
    );
    const of = (rows: number) =>
      said('mysql', {
        plan,
        shape: {
          relations: [{ name: 'payments' }],
          comparisons: [{ column: 'gone', operator: 'is not null', with: 'value' }],
        },
        stats: { calls: 10, rows, totalMs: 900, work: { rowsExamined: 4_000_000 } },
        facts: [{ ...payments, columns: typed({ gone: 'datetime' }) }],
      });
    expect(of(9_000).join()).toContain('ADD INDEX (`gone`)');
    expect(of(2_000_000)).toEqual([]);
  });
});

describe('joined by what a number is cast to', () => {
  const log = table('log', 300_000, {
    columns: [
      { name: 'kind', type: 'text', distinct: 3, collation: 'C' },
      { name: 'entity', type: 'text', distinct: 140_000, collation: 'C' },
    ],
  });
  const plan = node(
    'Hash Join',
    { 'Join Type': 'Inner', 'Hash Cond': '(l.entity = (p.id)::text)', rows: 5, cost: 14_000 },
    [
      outer(seqScan('log', { Alias: 'l', filter: '(l.kind = $1)', rows: 100_000, cost: 7_000 })),
      inner(
        node('Hash', { rows: 2, cost: 7_000 }, [
          outer(
            seqScan('payments', { Alias: 'p', filter: '(p.batch = $2)', rows: 50, cost: 7_000 }),
          ),
        ]),
      ),
    ],
  );
  const told = said('postgres', {
    plan,
    shape: {
      relations: [
        { name: 'payments', alias: 'p' },
        { name: 'log', alias: 'l' },
      ],
      comparisons: [
        {
          column: 'id',
          qualifier: 'p',
          operator: '=',
          cast: 'text',
          wrapped: 'cast',
          with: 'column',
        },
      ],
    },
    stats: { calls: 10, rows: 20, totalMs: 900, work: { pages: 140_000 } },
    facts: [log, payments],
  }).join();
  it('an index on the text finds it', () => expect(told).toContain('ON public.log (entity);'));
  it('the few are found by their own value, not by the many that are looked up', () => {
    expect(told).toContain('ON public.payments (batch);');
    expect(told).not.toContain('(id)::text is computed');
  });
});

it('of rows of which it is asked whether there is one, the first is enough', () => {
  const plan = node(
    'Hash Join',
    { 'Join Type': 'Semi', 'Hash Cond': '(c.id = p.clerk)', rows: 300, cost: 9_000 },
    [
      outer(indexScan('c', 'c_city', { condition: '(c.city = $1)', rows: 300, cost: 300 })),
      inner(
        node('Hash', { rows: 400_000, cost: 8_000 }, [
          outer(seqScan('payments', { Alias: 'p', rows: 400_000, cost: 8_000 })),
        ]),
      ),
    ],
  );
  const shape = { subqueries: 1, relations: [{ name: 'c' }, { name: 'payments', alias: 'p' }] };
  const clerks = table('c', 20_000, { columns: typed({ id: 'int4', city: 'int4' }) });
  const facts = [{ ...payments, indexes: [] }, clerks];
  expect(said('postgres', { plan, shape, facts }).join()).toContain('ON public.payments (clerk);');
});
