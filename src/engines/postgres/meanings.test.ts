import { describe, expect, it } from 'vitest';
import type { RelationEntry } from './catalog.ts';
import { meaningsOf } from './meanings.ts';

/** `schema.table` of all that the catalog knows. */
const catalog = (...names: string[]) =>
  Map.groupBy(
    names.map((each) => {
      const [schema, name] = each.split('.') as [string, string];
      return { oid: each, schema, name } as RelationEntry;
    }),
    ({ name }) => name,
  );
const settings = new Map([['app', { searchPath: ['"$user"', 'public'] }]]);

/** Each meaning as the relations that its names are, likeliest first; or the code. */
function meant(names: readonly string[], known: Map<string, RelationEntry[]>, tells = true) {
  const relations = names.map((each) => {
    const [name, schema] = each.split('.').toReversed() as [string, string | undefined];
    return { name, ...(schema === undefined ? {} : { schema }) };
  });
  const found = meaningsOf({ parsed: { relations } as never, user: 'app' }, settings, known, tells);
  if (found.kind === 'refused') return found.code;
  const { resolved, ambiguous, shared } = found;
  return {
    resolved: resolved.map((each) => each.relations.map(({ oid }) => oid).join()),
    ambiguous,
    shared,
  };
}

describe('what the names of a statement mean', () => {
  it('is what the path of its user finds', () =>
    expect(meant(['orders'], catalog('public.orders'))).toEqual({
      resolved: ['public.orders'],
      ambiguous: false,
      shared: false,
    }));

  it('is what the text says where it says so', () =>
    expect(meant(['archive.orders'], catalog('public.orders', 'archive.orders'))).toMatchObject({
      resolved: ['archive.orders'],
    }));

  it('may be the tables of any schema that has them all, where the server’s id tells', () =>
    expect(
      meant(
        ['orders', 'lines'],
        catalog('public.orders', 'public.lines', 'a.orders', 'a.lines', 'b.orders'),
      ),
    ).toEqual({
      resolved: ['public.orders,public.lines', 'a.orders,a.lines'],
      ambiguous: false,
      shared: false,
    }));

  it('is shared with those of other schemas where the id does not tell', () =>
    expect(meant(['orders'], catalog('public.orders', 'a.orders'), false)).toEqual({
      resolved: ['public.orders'],
      ambiguous: false,
      shared: true,
    }));

  it('is open where the path finds none and several schemas do', () => {
    const known = catalog('a.orders', 'b.orders');
    expect(meant(['orders'], known)).toMatchObject({
      resolved: ['a.orders', 'b.orders'],
      ambiguous: true,
    });
    expect(meant(['orders'], known, false)).toBe('ambiguous_schema');
  });

  it('is nothing where a name is nowhere, or no schema has them all', () => {
    expect(meant(['orders', 'gone'], catalog('public.orders'))).toBe('undefined_relation');
    expect(meant(['orders', 'lines'], catalog('a.orders', 'b.lines'))).toBe('ambiguous_schema');
  });

  it('is at most some', () => {
    const known = catalog(...['a', 'b', 'c', 'd', 'e', 'f'].map((schema) => `${schema}.orders`));
    expect(meant(['orders'], known)).toMatchObject({
      resolved: ['a.orders', 'b.orders', 'c.orders', 'd.orders'],
    });
  });
});
