import {
  block,
  compared,
  index,
  loop,
  mariadbTable,
  mysqlTable,
  table,
  typed,
} from '../../examples.ts';
import type { Rule } from '../../rule.ts';

const customers = (...keys: string[]) =>
  table('customers', 50_000, { indexes: keys.length ? [index('i', keys)] : [] });
const joined = (buffer: string, rows: number) =>
  loop(
    mysqlTable('o', { rows: 200 }),
    mysqlTable('customers', {
      rows,
      filtered: 10,
      using_join_buffer: buffer,
      condition: '(`shop`.`customers`.`email` = `shop`.`o`.`email`)',
    }),
  );

const titles = (indexes: ReturnType<typeof index>[]) => {
  const letters = { type: 'varchar', bytes: 800, collation: 'utf8mb4_0900_ai_ci' };
  return [
    table('s', 3_000, { columns: [{ name: 'slug', ...letters }] }),
    table('posts', 300_000, { columns: [{ name: 'title', ...letters }], indexes }),
  ];
};
/** The visits since a day, copied to find whether there is one of each member. */
const semiJoined = (members: number, condition = '(`shop`.`v`.`at` > 7)') =>
  loop(
    mysqlTable('m', { access: 'range', key: 'PRIMARY', used_key_parts: ['id'], rows: members }),
    mysqlTable('<subquery2>', {
      access: 'eq_ref',
      key: '<auto_distinct_key>',
      ref: ['shop.m.id'],
      rows: 1,
      materialized_from_subquery: {
        using_temporary_table: true,
        query_block: mysqlTable('v', { rows: 200_000, condition }),
      },
    }),
  );
const ofMember = { column: 'id', qualifier: 'm' };
const visits = [
  table('m', 100_000, { columns: typed({ id: 'int' }) }),
  table('v', 200_000, {
    columns: typed({ member: 'int', at: 'int', a: 'int', b: 'int', c: 'int', d: 'int' }),
  }),
];
/** Each row of all lines leads to its order, each order to its customer. */
const byLines = (condition: object) =>
  loop(
    mysqlTable('l', { rows: 90_000 }),
    mysqlTable('o', {
      access: 'eq_ref',
      key: 'PRIMARY',
      used_key_parts: ['id'],
      ref: ['shop.l.of'],
    }),
    mysqlTable('c', {
      access: 'eq_ref',
      key: 'PRIMARY',
      used_key_parts: ['id'],
      ref: ['shop.o.customer_id'],
      ...condition,
    }),
  );
const lines = (...keys: string[]) =>
  table('l', 90_000, {
    columns: typed({ of: 'int' }),
    indexes: keys.length ? [index('l_of', keys)] : [],
  });

const copied = loop(
  mysqlTable('s', { access: 'index', rows: 3_000 }),
  mysqlTable('<subquery2>', {
    access: 'eq_ref',
    key: '<auto_distinct_key>',
    ref: ['shop.s.slug'],
    rows: 1,
    condition: '(`shop`.`s`.`slug` = `<subquery2>`.`title`)',
    materialized_from_subquery: {
      using_temporary_table: true,
      query_block: mysqlTable('posts', { rows: 300_000 }),
    },
  }),
);

export const examples: Rule['examples'] = [
  {
    name: 'MySQL: hash join on a column without index',
    finds: true,
    engine: 'mysql',
    plan: joined('hash join', 50_000),
    facts: [customers()],
  },
  ...(
    [
      ['of few customers', { filtered: 5, condition: '(`shop`.`c`.`area` = 7)' }, lines(), true],
      ['of most', { filtered: 90, condition: '(`shop`.`c`.`area` <> 7)' }, lines(), false],
      ['of few, by an index', { filtered: 5, condition: '(`c`.`area` = 7)' }, lines('of'), false],
    ] as const
  ).map(([name, condition, of, finds]) => ({
    name: `MySQL: every line is read to find those of orders ${name}`,
    finds,
    engine: 'mysql' as const,
    plan: byLines(condition),
    facts: [of, table('o', 50_000), table('c', 9_000)],
  })),
  ...(
    [
      ['few come back', 90, 9_000, true],
      ['most come back', 600_000, 9_000, false],
      ['they are of a larger table', 90, 900_000, false],
    ] as const
  ).map(([name, rows, customersRows, finds]) => ({
    name: `MariaDB: every line is read to find those of a name that it knows nothing of; ${name}`,
    finds,
    engine: 'mariadb' as const,
    plan: loop(
      mariadbTable('l', { rows: 90_000 }),
      mariadbTable('c', {
        access: 'eq_ref',
        key: 'PRIMARY',
        used_key_parts: ['id'],
        ref: ['shop.l.of'],
        attached_condition: "c.`name` = 'x'",
      }),
    ),
    shape: { joins: 1, relations: [{ name: 'l' }, { name: 'c' }] },
    stats: { calls: 10, rows, totalMs: 900, work: { rowsExamined: 1_800_000 } },
    facts: [lines(), table('c', customersRows, { columns: typed({ id: 'int', name: 'text' }) })],
  })),
  {
    name: 'a small table',
    finds: false,
    engine: 'mysql',
    plan: joined('hash join', 50),
    facts: [table('customers', 50)],
  },
  {
    name: 'the index is there, and not used for another reason',
    finds: false,
    engine: 'mysql',
    plan: joined('hash join', 50_000),
    facts: [customers('email')],
  },
  {
    name: 'MySQL: a subquery copies the table by every call',
    finds: true,
    advises: 'ADD INDEX (`title`)',
    engine: 'mysql',
    plan: copied,
    stats: { calls: 5, rows: 5, totalMs: 4_000, work: { rowsExamined: 1_515_000 } },
    facts: titles([]),
  },
  {
    name: 'MySQL: the column has an index',
    finds: false,
    engine: 'mysql',
    plan: copied,
    stats: { calls: 5, rows: 5, totalMs: 4_000, work: { rowsExamined: 1_515_000 } },
    facts: titles([index('posts_title', ['title'])]),
  },
  ...(
    [
      ['EXISTS', { ...compared('member', { with: 'column' }), qualifier: 'v', other: ofMember }],
      ['IN', { column: 'id', operator: 'in', with: 'expression', listed: { column: 'member' } }],
      [
        'NOT IN',
        { column: 'id', operator: 'not in', with: 'expression', listed: { column: 'member' } },
      ],
    ] as const
  ).map(([name, comparison]) => ({
    name: `MySQL: to look up a few rows it copies the table of ${name}`,
    finds: true,
    advises: 'ADD INDEX (`member`)',
    engine: 'mysql' as const,
    plan: semiJoined(21),
    shape: { comparisons: [comparison], subqueries: 1 },
    stats: { calls: 5, rows: 50, totalMs: 200, work: { rowsExamined: 1_000_000 } },
    facts: visits,
  })),
  ...(
    [
      ['', '(`shop`.`v`.`at` = 7)', '(`at`, `member`)'],
      [
        ' of more columns than an index should have',
        '((`shop`.`v`.`a` = 7) and (`shop`.`v`.`b` = 7) and (`shop`.`v`.`c` = 7) and ' +
          '(`shop`.`v`.`d` = 7))',
        '(`a`, `b`, `c`, `member`)',
      ],
    ] as const
  ).map(([name, condition, keys]) => ({
    name: `MySQL: a value is asked for in the subquery, too${name}`,
    finds: true,
    advises: `ADD INDEX ${keys}`,
    engine: 'mysql' as const,
    plan: semiJoined(21, condition),
    shape: {
      comparisons: [{ ...compared('member', { with: 'column' }), qualifier: 'v', other: ofMember }],
      subqueries: 1,
    },
    stats: { calls: 5, rows: 50, totalMs: 200, work: { rowsExamined: 1_000_000 } },
    facts: visits,
  })),
  {
    name: 'MySQL: what is read for each round of a recursion is not counted',
    finds: true,
    engine: 'mysql',
    plan: block(
      mysqlTable('tree', {
        rows: 10_000,
        materialized_from_subquery: {
          using_temporary_table: true,
          query_block: loop(
            mysqlTable('t', { rows: 2 }),
            mysqlTable('customers', {
              rows: 50_000,
              filtered: 10,
              using_join_buffer: 'hash join',
              condition: '(`shop`.`customers`.`email` = `shop`.`t`.`email`)',
            }),
          ).query_block,
        },
      }),
    ),
    stats: { calls: 6, rows: 6, totalMs: 280, work: { rowsExamined: 430 } },
    advises: 'ADD INDEX (`email`)',
    facts: [{ ...customers(), columns: typed({ email: 'int' }) }],
  },
  {
    name: 'MySQL: a copy is made for most rows',
    finds: false,
    engine: 'mysql',
    plan: semiJoined(60_000),
    shape: { comparisons: [{ ...compared('member'), with: 'column', other: ofMember }] },
    stats: { calls: 5, rows: 50, totalMs: 200, work: { rowsExamined: 1_000_000 } },
    facts: visits,
  },
  {
    name: 'MariaDB: to look up a few rows it copies the table of NOT IN',
    finds: true,
    advises: 'ADD INDEX (`member`)',
    engine: 'mariadb',
    plan: block({
      nested_loop: [mariadbTable('m', { access_type: 'range', key: 'PRIMARY', rows: 21 })],
      subqueries: [
        {
          materialization: {
            query_block: { select_id: 2, nested_loop: [mariadbTable('v', { rows: 200_000 })] },
          },
        },
      ],
    }),
    shape: {
      comparisons: [
        { column: 'id', operator: 'not in', with: 'expression', listed: { column: 'member' } },
      ],
      subqueries: 1,
      notIn: true,
    },
    stats: { calls: 5, rows: 50, totalMs: 200, work: { rowsExamined: 1_000_000 } },
    facts: visits,
  },
  {
    name: 'MariaDB: block nested loop',
    finds: true,
    engine: 'mariadb',
    plan: block({
      nested_loop: [
        mariadbTable('o', { rows: 5_000 }),
        {
          'block-nl-join': {
            ...mariadbTable('customers', { rows: 50_000 }),
            join_type: 'BNL',
            attached_condition: 'customers.email = o.email',
          },
        },
      ],
    }),
    facts: [customers()],
  },
  {
    name: 'MariaDB: for one row, and of the buffer it counts nothing',
    finds: true,
    engine: 'mariadb',
    plan: block({
      nested_loop: [
        mariadbTable('o', { rows: 1 }),
        {
          'block-nl-join': {
            ...mariadbTable('customers', { rows: 50_000 }),
            join_type: 'BNL',
            attached_condition: 'customers.email = o.email',
          },
        },
      ],
    }),
    stats: { calls: 10, rows: 70, totalMs: 60, work: { rowsExamined: 10 } },
    facts: [customers()],
  },
];
