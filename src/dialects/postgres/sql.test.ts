import { describe, expect, it } from 'vitest';
import { awkwardTable } from '../../../test/support/tables.ts';
import { postgresSql } from './sql.ts';

describe('SQL for PostgreSQL', () => {
  it('quotes what is no plain name', () => {
    expect(['total', 'Total', 'user', 'a"b'].map(postgresSql.quote)).toEqual([
      'total',
      '"Total"',
      '"user"',
      '"a""b"',
    ]);
  });
  it('makes and drops an index beside the work', () => {
    expect(
      postgresSql.createIndex(awkwardTable(), [
        { column: 'user' },
        { column: 'c', function: 'lower' },
      ]),
    ).toBe('CREATE INDEX CONCURRENTLY ON "my shop"."order" ("user", lower(c));');
    expect(postgresSql.dropIndex(awkwardTable(), 'i')).toBe('DROP INDEX CONCURRENTLY "my shop".i;');
  });
  it('says where NULLs stand if that is not their usual end', () => {
    const key = { column: 'c', otherNulls: true as const };
    const keys = [key, { ...key, column: 'user', descending: true }];
    expect(postgresSql.createIndex(awkwardTable(), keys)).toContain(
      '(c NULLS FIRST, "user" DESC NULLS LAST)',
    );
  });
  it('makes none on what is no column, or on nothing', () => {
    const table = awkwardTable([{ name: 'c', type: 'int4' }]);
    expect(postgresSql.createIndex(table, [{ column: 'day' }])).toBeUndefined();
    expect(postgresSql.createIndex(table, [])).toBeUndefined();
  });
  it('makes statistics of columns together, under a name that any version takes', () => {
    expect(postgresSql.columnsTogether?.(awkwardTable(), ['user', 'c'])).toBe(
      'CREATE STATISTICS "my shop".order_user_c_stx ON "user", c FROM "my shop"."order"; ' +
        'ANALYZE "my shop"."order";',
    );
    const table = awkwardTable([{ name: 'c', type: 'int4' }]);
    expect(postgresSql.columnsTogether?.(table, ['c', 'gone'])).toBeUndefined();
  });
  it('gives a role a setting of its own, and takes it away', () => {
    expect(postgresSql.setForRole?.('App', 'work_mem', '64MB')).toBe(
      `ALTER ROLE "App" SET work_mem = '64MB';`,
    );
    expect(postgresSql.setForRole?.('app', 'jit')).toBe('ALTER ROLE app RESET jit;');
  });
  it('asks how many rows there are thought to be', () =>
    expect(postgresSql.estimateRows({ schema: "it's", name: 'order' })).toContain(
      "n.nspname = 'it''s' AND c.relname = 'order';",
    ));
});
