import { beforeAll, describe, expect, it } from 'vitest';
import type { IndexDef, IndexKey } from '../../model/index-def.ts';
import type { Change } from '../../model/proposal.ts';
import { postgresDdl } from './ddl.ts';
import { ready } from './parse.ts';

beforeAll(() => ready);

const index: IndexDef = {
  schema: 'public',
  table: 'orders',
  method: 'btree',
  keys: [{ column: 'customer_id' }],
};
const create = (more: Partial<IndexDef>, name = 'by_x'): Change => ({
  kind: 'create-index',
  name,
  index: { ...index, ...more },
});
const on = (expression: string): Change => create({ keys: [{ expression }] });
const key = (more: object): Change => create({ keys: [{ column: 'a', ...more } as IndexKey] });

describe('a change as SQL', () => {
  it('makes an index beside the work, and drops it so', () =>
    expect(postgresDdl(create({ include: ['total'], where: 'deleted_at IS NULL' }))).toEqual({
      apply: [
        'CREATE INDEX CONCURRENTLY by_x ON public.orders USING btree (customer_id) ' +
          'INCLUDE (total) WHERE (deleted_at IS NULL);',
      ],
      rollback: ['DROP INDEX CONCURRENTLY public.by_x;'],
    }));
  it('drops one with what restores it', () =>
    expect(
      postgresDdl({
        kind: 'drop-index',
        name: 'Old',
        index: {
          ...index,
          unique: true,
          keys: [{ column: 'at', descending: true, nulls: 'last' }],
        },
        because: { kind: 'invalid' },
      }),
    ).toEqual({
      apply: ['DROP INDEX CONCURRENTLY public."Old";'],
      rollback: [
        'CREATE UNIQUE INDEX CONCURRENTLY "Old" ON public.orders USING btree ' +
          '(at DESC NULLS LAST);',
      ],
    }));
  it('marks what it makes', () =>
    expect(postgresDdl(create({}), 'dbintel:u1:abc').apply[1]).toBe(
      "COMMENT ON INDEX public.by_x IS 'dbintel:u1:abc';",
    ));
  it('goes through partitions one by one', () =>
    expect(
      postgresDdl({
        ...(create({}) as Change & { kind: 'create-index' }),
        partitions: [{ schema: 'parts', table: 'orders_1', name: 'by_x_1' }],
      }),
    ).toEqual({
      apply: [
        'CREATE INDEX by_x ON ONLY public.orders USING btree (customer_id);',
        'CREATE INDEX CONCURRENTLY by_x_1 ON parts.orders_1 USING btree (customer_id);',
        'ALTER INDEX public.by_x ATTACH PARTITION parts.by_x_1;',
      ],
      rollback: ['DROP INDEX public.by_x;'],
    }));
  it.each([
    'lower(email)',
    "((doc ->> 'a'::text))",
    "to_tsvector('english', body)",
    "date_trunc('day', made)",
    "(first || ' ' || last)",
    "coalesce(a, 'x')",
    'CASE WHEN a > 1 THEN b ELSE c END',
    '(doc #> \'{a,b}\') COLLATE "C"',
    'pg_catalog.lower(email)',
    '"weird ""col" + 1',
  ])('has an index on %s', (expression) =>
    expect(postgresDdl(on(expression)).apply[0]).toContain(`((${expression}))`),
  );
});

describe('what is refused', () => {
  it.each<[string, Change]>([
    ['two expressions', on('a, b')],
    ['a key behind a key', on('a), (b')],
    ['an operator class behind it', on('a) text_pattern_ops, (b')],
    ['a comment', on('a -- x')],
    ['a comment within', on('a /* x */')],
    ['another statement', on('a); DROP TABLE orders; --')],
    ['a table', on('a FROM secrets')],
    ['a name for it', on('a AS b')],
    ['a query', on('(SELECT 1)')],
    ['a function of others', on('evil(a)')],
    ['a function in a schema', on('public.lower(a)')],
    ['a filter', on('max(a) FILTER (WHERE b)')],
    ['a window', on('lower(a) OVER ()')],
    ['an operator in a schema', on('a OPERATOR(public.+) 1')],
    ['a parameter', on('a + $1')],
    ['another table’s column', on('other.a')],
    ['all columns', on('*')],
    ['nothing', on('')],
    ['no SQL', on('a +')],
    ['NUL', on('a\0')],
    ['a predicate with more behind it', create({ where: 'a) TABLESPACE slow; --' })],
    ['a predicate that ends early', create({ where: 'a > 1) WITH (fillfactor = 10' })],
    ['another method', create({ method: 'bloom' })],
    ['a method with more', create({ method: 'btree (x); --' })],
    ['another operator class', key({ opclass: 'int4_ops' })],
    ['one of another method', key({ opclass: 'gin_trgm_ops' })],
    ['letters', key({ letters: 5 })],
    ['an order of a hash', create({ method: 'hash', keys: [{ column: 'a', descending: true }] })],
    ['a unique one of another method', create({ method: 'gin', unique: true })],
    ['no keys', create({ keys: [] })],
    ['a name that would be cut', create({}, 'é'.repeat(32))],
    ['an empty name', create({ table: '' })],
    ['a name with NUL', create({ table: 'a\0' })],
    ['half a letter', create({ schema: '\ud800' })],
    [
      'statistics of one column',
      {
        kind: 'create-statistics',
        name: 's',
        schema: 'public',
        table: 'orders',
        columns: ['a', 'a'],
      },
    ],
  ])('%s', (_, change) =>
    expect(() => postgresDdl(change)).toThrow(expect.objectContaining({ code: 'change_refused' })),
  );
  it('a mark that could end its text', () =>
    expect(() => postgresDdl(create({}), "x'; --")).toThrow('mark'));
  it('says nothing of what it refused', () =>
    expect(() => postgresDdl(on("evil('secret')"))).toThrow(/^(?!.*secret)/));
});
