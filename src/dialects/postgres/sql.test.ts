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
  it('makes none on what is no column, or on nothing', () => {
    const table = awkwardTable([{ name: 'c', type: 'int4' }]);
    expect(postgresSql.createIndex(table, [{ column: 'day' }])).toBeUndefined();
    expect(postgresSql.createIndex(table, [])).toBeUndefined();
  });
});
