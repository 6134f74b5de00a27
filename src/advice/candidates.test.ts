import { describe, expect, it } from 'vitest';
import { compared, index, node, outer, seqScan, table } from '../analysis/examples.ts';
import { dialects } from '../dialects/index.ts';
import type { EngineName } from '../model/engine-name.ts';
import type { IndexDef } from '../model/index-def.ts';
import { emptyShape, type QueryShape } from '../model/query-shape.ts';
import type { ColumnFacts, TableFacts } from '../model/statistics.ts';
import { type CandidateOptions, candidatesOf } from './candidates.ts';
import type { AdvisedStatement } from './statement.ts';

const column = (name: string, type: string, more: Partial<ColumnFacts> = {}): ColumnFacts => ({
  name,
  type,
  ...more,
});
const orders = table('orders', 1_000_000, {
  columns: [
    column('id', 'int8', { distinct: 1_000_000 }),
    column('customer', 'int8', { distinct: 50_000, width: 8 }),
    column('status', 'text', { distinct: 5, width: 6 }),
    column('at', 'timestamptz', { distinct: 900_000, width: 8, correlation: 0.99 }),
    column('deleted_at', 'timestamptz', { nulls: 0.1 }),
    column('email', 'text', { distinct: 800_000 }),
    column('doc', 'jsonb'),
    column('tags', '_text'),
  ],
  indexes: [index('orders_pkey', ['id'], { unique: true, constraint: true })],
});
const customers = table('customers', 50_000, {
  columns: [column('id', 'int8'), column('region', 'int4', { distinct: 20 })],
  indexes: [index('customers_pkey', ['id'], { unique: true, constraint: true })],
});

const planned = (root: object) =>
  dialects.postgres.readPlan(JSON.stringify([{ Plan: root }]), {
    engineVersion: '18',
    namespace: 'shop',
    collectedAt: 0,
    parameters: 'generic',
    fingerprint: { algorithm: 'x', value: 'f' },
  });

function statement(
  shape: Partial<QueryShape>,
  { facts = [orders], ...more }: Partial<AdvisedStatement> & { facts?: TableFacts[] } = {},
): AdvisedStatement {
  const relations = facts.map(({ name }) => ({ name }));
  return {
    fingerprint: 'f1',
    database: 'shop',
    weight: { calls: 100, totalMs: 1_000, rows: 100 },
    shape: { ...emptyShape(), relations, filtered: true, ...shape },
    facts,
    ...more,
  };
}

const described = ({ method, keys, include, where }: IndexDef): string =>
  [
    method === 'btree' ? '' : `${method} `,
    keys
      .map((key) => {
        const what = 'column' in key ? key.column : `(${key.expression})`;
        const letters = key.letters ? `(${key.letters})` : '';
        const opclass = key.opclass ? ` ${key.opclass}` : '';
        return `${what}${letters}${key.descending ? ' desc' : ''}${opclass}`;
      })
      .join(', '),
    include ? ` + ${include.join(', ')}` : '',
    where ? ` where ${where}` : '',
  ].join('');

const thoughtOf = (
  one: AdvisedStatement,
  { engine = 'postgres' as EngineName, ...more }: Partial<CandidateOptions> = {},
) => candidatesOf([one], { engine, totalMs: 10_000, ...more }).map((each) => described(each.index));

describe('what could help a statement', () => {
  it('values before a range, the rarest first', () =>
    expect(
      thoughtOf(
        statement({
          comparisons: [
            compared('status'),
            compared('customer'),
            compared('at', { operator: '>' }),
          ],
        }),
      ),
    ).toEqual(['customer, status', 'customer, status, at', 'customer', 'status', 'at']));
  it('values before an order', () =>
    expect(
      thoughtOf(
        statement({
          comparisons: [compared('customer')],
          ordered: true,
          limit: true,
          orderBy: [{ column: 'at', descending: true }],
        }),
      ),
    ).toEqual(['customer', 'customer, at', 'at']));
  it('an order of two directions', () =>
    expect(
      thoughtOf(
        statement({
          limit: true,
          orderBy: [{ column: 'at', descending: true }, { column: 'customer' }],
        }),
      ),
    ).toEqual(['at desc, customer']));
  it('both sides of a join', () => {
    const shape = {
      joins: 1,
      comparisons: [
        compared('customer', {
          qualifier: 'orders',
          with: 'column' as const,
          other: { column: 'id', qualifier: 'customers' },
        }),
        compared('region', { qualifier: 'customers' }),
      ],
    };
    expect(thoughtOf(statement(shape, { facts: [orders, customers] }))).toEqual([
      'customer',
      'region',
    ]);
  });
  it('rows of a condition that has no value', () =>
    expect(
      thoughtOf(
        statement({
          comparisons: [compared('deleted_at', { operator: 'is null' }), compared('customer')],
        }),
      ),
    ).toEqual([
      'customer, deleted_at',
      'customer where deleted_at IS NULL',
      'customer',
      'deleted_at',
    ]));
  it('an expression that is the same for ever, from the text and from the plan', () => {
    const called = compared('email', { wrapped: 'function', function: 'lower', sole: true });
    expect(thoughtOf(statement({ comparisons: [called] }))).toEqual(['(lower(email))']);
    const plan = planned(seqScan('orders', { filter: '(lower(email) = $1)', cost: 20_000 }));
    expect(thoughtOf(statement({}, { plan }))).toEqual(['(lower(email))']);
    const stable = compared('at', { wrapped: 'function', function: 'date_trunc' });
    expect(thoughtOf(statement({ comparisons: [stable] }))).toEqual([]);
  });
  it('what stands inside of values', () => {
    const comparisons = [
      compared('doc', { operator: '@>' }),
      compared('tags', { operator: '= any' }),
      compared('email', { operator: '~~', openStart: true }),
    ];
    expect(thoughtOf(statement({ comparisons }))).toEqual(['gin doc', 'gin tags']);
    const extensions = [{ name: 'pg_trgm', schema: 'public' }];
    expect(thoughtOf(statement({ comparisons }), { extensions })).toContain(
      'gin email public.gin_trgm_ops',
    );
  });
  it('each branch of an OR', () =>
    expect(
      thoughtOf(
        statement(
          {},
          {
            plan: planned(
              seqScan('orders', { filter: '((customer = $1) OR (email = $2))', cost: 20_000 }),
            ),
          },
        ),
      ),
    ).toEqual(['customer', 'email']));
  it('ranges of pages of a huge table that lies in order', () => {
    const huge = { ...orders, pages: 200_000 };
    const comparisons = [compared('at', { operator: '>=' })];
    expect(thoughtOf(statement({ comparisons }, { facts: [huge] }))).toEqual(['at', 'brin at']);
  });
  it('all that is read, where that is little', () =>
    expect(
      thoughtOf(
        statement({
          comparisons: [compared('customer')],
          reads: [{ column: 'customer' }, { column: 'status' }],
        }),
      ),
    ).toEqual(['customer', 'customer + status']));
  it('of a sort that only the plan shows', () => {
    const sorted = node('Sort', { 'Sort Key': ['orders.at'], cost: 30_000 }, [
      outer(seqScan('orders', { cost: 20_000 })),
    ]);
    expect(thoughtOf(statement({}, { plan: planned(sorted) }))).toEqual(['at']);
  });
  it('of MySQL only what InnoDB has, and of long texts their beginning', () => {
    const comparisons = [compared('email'), compared('deleted_at', { operator: 'is null' })];
    const facts = [{ ...orders, engine: 'InnoDB' }];
    expect(thoughtOf(statement({ comparisons }, { facts }), { engine: 'mysql' })).toEqual([
      'email(64), deleted_at',
      'email(64)',
      'deleted_at',
    ]);
    const other = [{ ...orders, engine: 'MyISAM' }];
    expect(thoughtOf(statement({ comparisons }, { facts: other }), { engine: 'mysql' })).toEqual(
      [],
    );
  });
  it('a partitioned table as a whole', () => {
    const part = {
      ...orders,
      name: 'orders_2026',
      partitionOf: {
        schema: 'public',
        name: 'orders',
        strategy: 'range',
        keys: ['at'],
        partitions: 12,
      },
    };
    const one = statement({ comparisons: [compared('customer')] }, { facts: [part] });
    const [found] = candidatesOf(
      [{ ...one, shape: { ...emptyShape(), ...one.shape, relations: [{ name: 'orders' }] } }],
      { engine: 'postgres', totalMs: 1_000 },
    );
    expect(found?.index).toMatchObject({ table: 'orders', keys: [{ column: 'customer' }] });
  });
});

describe('what is not thought of', () => {
  const asks = { comparisons: [compared('customer')] };
  it.each<[string, AdvisedStatement]>([
    ['a small table', statement(asks, { facts: [{ ...orders, rows: 300 }] })],
    [
      'what an index does already',
      statement(asks, {
        facts: [{ ...orders, indexes: [index('by', ['customer', 'at'])] }],
      }),
    ],
    ['what takes no time', statement(asks, { weight: { calls: 1, totalMs: 5, rows: 1 } })],
    [
      'what costs next to nothing',
      statement(asks, {
        plan: planned(seqScan('orders', { filter: '(customer = $1)', cost: 8 })),
      }),
    ],
    [
      'a column of another table',
      statement({
        comparisons: [compared('region', { qualifier: 'c' })],
      }),
    ],
    ['what is not known', { ...statement({}), shape: undefined as never, facts: [] }],
  ])('%s', (_, one) => expect(thoughtOf(one)).toEqual([]));
  it('the same in another order', () =>
    expect(
      thoughtOf(
        statement(
          { comparisons: [compared('customer'), compared('status')] },
          { facts: [{ ...orders, indexes: [index('by', ['status', 'customer'])] }] },
        ),
      ),
    ).not.toContain('customer, status'));
});

it('one index for several statements, the heaviest first', () => {
  const light = statement({ comparisons: [compared('customer')] });
  const heavy = { ...light, fingerprint: 'f2', weight: { calls: 1, totalMs: 5_000, rows: 1 } };
  const [one, ...more] = candidatesOf([light, heavy], { engine: 'postgres', totalMs: 6_000 });
  expect(more).toEqual([]);
  expect(one).toMatchObject({
    statements: ['f2', 'f1'],
    id: expect.stringMatching(/^dbi_orders_/),
  });
  // 1,000,000 entries of 20 bytes, 90 % filled: as the server builds it, 21.5 MB.
  expect(one?.bytes).toBeGreaterThan(20e6);
  expect(one?.bytes).toBeLessThan(24e6);
});
