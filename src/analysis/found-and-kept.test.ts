import { expect, it } from 'vitest';
import { said } from '../../test/support/said.ts';
import {
  block,
  index,
  indexScan,
  loop,
  mariadbTable,
  mysqlTable,
  node,
  outer,
  table,
  typed,
} from './examples.ts';

const byTenant = index('ticket_tenant', ['tenant_id']);

it.each([
  ['of a tenant who has most', 95_331, true],
  ['of one as planned', 9_600, false],
])('PostgreSQL: far more than planned have the value, pages tell: %s', (_, pages, finds) => {
  const plan = node(
    'Bitmap Heap Scan',
    {
      'Relation Name': 'ticket',
      Schema: 'public',
      Alias: 'ticket',
      'Recheck Cond': '(tenant_id = $1)',
      Filter: '((status)::text = $2)',
      rows: 200,
      cost: 2_825,
    },
    [
      outer(
        node('Bitmap Index Scan', {
          'Index Name': 'ticket_tenant',
          'Index Cond': '(tenant_id = $1)',
          rows: 1_000,
          cost: 12,
        }),
      ),
    ],
  );
  const facts = table('ticket', 400_000, {
    pages: 8_004,
    columns: typed({ tenant_id: ['int8', 400], status: ['varchar', 5] }),
    indexes: [byTenant],
  });
  const found = said('postgres', {
    plan,
    shape: { relations: [{ name: 'ticket' }] },
    stats: { calls: 12, rows: 2_097, totalMs: 861, work: { pages } },
    facts: [facts],
  });
  expect(found.join().includes('(tenant_id, status)')).toBe(finds);
});

it.each([
  ['of a tenant who has most', 'select', 60_900, true],
  ['of a tenant who has most, to write', 'update', 60_900, true],
  ['of one as planned', 'select', 1, false],
] as const)('MySQL: more than the plan of one value has, %s', (_, kind, examined, finds) => {
  const condition = "(`parcel`.`parcels`.`order_ref` = 'x')";
  const lookup = { access: 'ref', key: 'by_tenant', used_key_parts: ['tenant_id'], ref: ['const'] };
  const found = said('mysql', {
    plan: block(mysqlTable('parcels', { ...lookup, rows: 1, condition })),
    shape: { kind, relations: [{ name: 'parcels' }] },
    stats: { calls: 5, rows: 1, totalMs: 957, work: { rowsExamined: 5 * examined } },
    facts: [
      table('parcels', 300_000, {
        schema: 'parcel',
        columns: typed({ tenant_id: ['int', 102], order_ref: 'varchar' }),
        indexes: [index('by_tenant', ['tenant_id'])],
      }),
    ],
  });
  expect(found.join().includes('(`tenant_id`, `order_ref`)')).toBe(finds);
});

it.each([
  ['few come back', '', 226, true],
  ['most come back', '', 300_000, false],
  ['another table may leave them out', '(`c`.`vip` = 1)', 226, false],
])('MySQL: looked up for each of another table, and %s', (_, later, rows, finds) => {
  const columns = typed({ id: 'bigint', tenant_id: ['bigint', 354], status: 'varchar' });
  const plan = loop(
    mysqlTable('n', { rows: 400, filtered: 10, condition: "(`desk`.`n`.`tier` = 'corp')" }),
    mysqlTable('ticket', {
      access: 'ref',
      key: 'ticket_tenant',
      used_key_parts: ['tenant_id'],
      ref: ['desk.n.id'],
      rows: 1_121,
      filtered: 10,
      condition: "(`desk`.`ticket`.`status` = 'escalated')",
    }),
    mysqlTable('c', {
      access: 'eq_ref',
      key: 'PRIMARY',
      used_key_parts: ['id'],
      ref: ['desk.ticket.id'],
      ...(later ? { condition: later } : {}),
    }),
  );
  const found = said('mysql', {
    plan,
    shape: { joins: 2, relations: [{ name: 'n' }, { name: 'ticket' }, { name: 'c' }] },
    stats: { calls: 6, rows, totalMs: 11_359, work: { rowsExamined: 390_114 } },
    facts: [
      table('ticket', 396_881, { columns, indexes: [byTenant] }),
      table('n', 400, { columns: typed({ id: 'bigint', tier: 'varchar' }) }),
      table('c', 9_000, { indexes: [index('PRIMARY', ['id'], { unique: true })] }),
    ],
  });
  expect(found.join().includes('(`tenant_id`, `status`)')).toBe(finds);
});

const ofTenant = (access: object, rest: string) => ({
  plan: {
    query_block: {
      nested_loop: [
        mariadbTable('ticket', {
          ...access,
          attached_condition: `ticket.tenant_id = 2 and ${rest}`,
        }),
      ],
    },
  },
  facts: [
    table('ticket', 396_183, {
      columns: typed({ tenant_id: ['bigint', 424], status: 'varchar', deleted_at: 'datetime' }),
      indexes: [byTenant],
    }),
  ],
  parameters: 'sampled' as const,
});
const whole = { rows: 396_183, filtered: 18.5 };

it('MariaDB: so many rows have a number that its index is left aside, whatever its type', () => {
  const counted = { calls: 8, rows: 1_328, totalMs: 1_120, work: { rowsExamined: 3_200_000 } };
  const shape = { relations: [{ name: 'ticket' }] };
  const found = said('mariadb', {
    ...ofTenant(whole, "ticket.status = 'escalated'"),
    shape,
    stats: counted,
  });
  expect(found).toEqual([expect.stringMatching(/^full-scan.*\(`tenant_id`, `status`\)/)]);
});

it('MariaDB: of as many rows as have the value most are kept, for all that is known', () => {
  const read = ofTenant(
    {
      access: 'range',
      key: 'ticket_tenant',
      used_key_parts: ['tenant_id'],
      rows: 43_680,
      filtered: 100,
    },
    'ticket.deleted_at is null',
  );
  const [first] = read.plan.query_block.nested_loop;
  const sorted = { read_sorted_file: { filesort: { sort_key: 'ticket.id * 2', ...first } } };
  const found = said('mariadb', {
    ...read,
    plan: block({ nested_loop: [sorted] }),
    shape: { relations: [{ name: 'ticket' }], limit: true, ordered: true },
    stats: { calls: 7, rows: 35, totalMs: 1_683, work: { rowsExamined: 149_280 } },
  });
  expect(found.join()).not.toContain('low-filtered');
});

it.each([
  ['few fit', 2_508, {}, true],
  ['many of them may be pages of long values', 900, {}, false],
  ['as many as OFFSET passes over fit', 2_508, { offset: true }, false],
])('PostgreSQL: a page from a row on, and of what comes by %s', (_, pages, more, finds) => {
  const plan = node('Limit', { rows: 286, cost: 240 }, [
    outer(
      indexScan('users', 'users_pkey', {
        condition: '(id > $2)',
        Filter: '(country = $1)',
        rows: 2_858,
        cost: 2_400,
      }),
    ),
  ]);
  const found = said('postgres', {
    plan,
    shape: { relations: [{ name: 'users' }], limit: true, ordered: true, ...more },
    stats: { calls: 8, rows: 8 * 50, totalMs: 300, work: { pages: 8 * pages } },
    facts: [
      table('users', 60_000, {
        pages: 2_507,
        columns: typed({ id: 'int4', country: ['bpchar', 7] }),
        indexes: [index('users_pkey', ['id'], { unique: true })],
      }),
    ],
  });
  expect(found.join().includes('(country, id)')).toBe(finds);
});

it.each([
  ['all of a large one', 49_660, '(`track_id`, `playlist_id`)'],
  ['of a small one', 5_000, '(`playlist_id`, `track_id`)'],
])('MySQL: a value that few have is looked up for each of another table: %s', (_, lists, keys) => {
  const plan = loop(
    mysqlTable('p', { rows: lists, filtered: 10, condition: '(`m`.`p`.`deleted_at` is null)' }),
    mysqlTable('item', {
      access: 'ref',
      key: 'PRIMARY',
      used_key_parts: ['playlist_id'],
      ref: ['m.p.id'],
      rows: 8,
      filtered: 10,
      condition: '(`m`.`item`.`track_id` = 7)',
    }),
  );
  const found = said('mysql', {
    plan,
    shape: { joins: 1, relations: [{ name: 'p' }, { name: 'item' }] },
    stats: { calls: 8, rows: 14, totalMs: 2_700, work: { rowsExamined: 8 * 9 * lists } },
    facts: [
      table('item', 399_360, {
        columns: typed({ playlist_id: ['int', 49_920], position: 'int', track_id: 'int' }),
        indexes: [index('PRIMARY', ['playlist_id', 'position'], { unique: true })],
      }),
      table('p', lists, {
        columns: typed({ id: 'int', deleted_at: 'datetime' }),
        indexes: [index('PRIMARY', ['id'], { unique: true })],
      }),
    ],
  });
  expect(found.join()).toContain(keys);
});

it.each([
  ['all are looked up', '', 2_000, [], '(`state`, `route_id`)'],
  ['most come back', '', 200_000, []],
  ['those that fit are looked up', '(`d`.`r`.`day` > 7)', 2_000, []],
  ['it was not begun with, though an index has it', '', 2_000, [index('s_state', ['state'])]],
] as const)(
  'MariaDB: few of a key’s rows, for each of a large table, have a value: %s',
  (...of) => {
    const [, condition, rows, more, keys] = of;
    const plan = block({
      nested_loop: [
        mariadbTable('r', {
          rows: 60_282,
          ...(condition ? { attached_condition: condition } : {}),
        }),
        mariadbTable('s', {
          access_type: 'ref',
          key: 'PRIMARY',
          used_key_parts: ['route_id'],
          ref: ['d.r.id'],
          rows: 4,
          attached_condition: "s.state = 'open'",
        }),
      ],
    });
    const found = said('mariadb', {
      plan,
      shape: { joins: 1, relations: [{ name: 'r' }, { name: 's' }] },
      stats: { calls: 5, rows: 5 * rows, totalMs: 7_423, work: { rowsExamined: 1_800_000 } },
      facts: [
        table('r', 60_282, { indexes: [index('PRIMARY', ['id'], { unique: true })] }),
        table('s', 285_649, {
          columns: [
            { name: 'route_id', type: 'int', distinct: 59_537 },
            { name: 'state', type: 'varchar', bytes: 16, collation: 'latin1_swedish_ci' },
          ],
          indexes: [index('PRIMARY', ['route_id', 'stop_no'], { unique: true }), ...more],
        }),
      ],
    });
    expect(found.filter((each) => each.includes('`route_id`'))).toEqual(
      keys ? [expect.stringContaining(keys)] : [],
    );
  },
);
