import { describe, expect, it } from 'vitest';
import type { RelationEntry } from './catalog.ts';
import { meaningsOf, type Seen, type Sought } from './meanings.ts';

/** `schema.table` of all that the catalog knows, or `schema.table.pages`. */
const catalog = (...names: string[]) =>
  Map.groupBy(
    names.map((each) => {
      const [schema, name, pages = '1'] = each.split('.') as [string, string, string?];
      return { oid: `${schema}.${name}`, schema, name, pages: Number(pages) } as RelationEntry;
    }),
    ({ name }) => name,
  );
const unknown: Seen = { tried: new Set(), unlike: new Set(), barred: new Set() };
const nothing: Sought = { seen: () => unknown, bar: () => undefined };
const settings = new Map([['app', { searchPath: ['"$user"', 'public'] }]]);

/** Each meaning as the relations that its names are, likeliest first; or the code. */
function meant(
  names: readonly string[],
  known: Map<string, RelationEntry[]>,
  tells = true,
  sought?: Sought,
) {
  const relations = names.map((each) => {
    const [name, schema] = each.split('.').toReversed() as [string, string | undefined];
    return { name, ...(schema === undefined ? {} : { schema }) };
  });
  const statement = { parsed: { relations } as never, user: 'app', ...(sought ? { sought } : {}) };
  const found = meaningsOf(statement, settings, known, tells);
  if (found.kind === 'refused') return found.code;
  const { resolved, fallback, shared, more } = found;
  return {
    resolved: resolved.map((each) => each.relations.map(({ oid }) => oid).join()),
    fallback: fallback?.relations.map(({ oid }) => oid).join(),
    shared,
    more,
  };
}

describe('what the names of a statement mean', () => {
  it('is what the path of its user finds', () =>
    expect(meant(['orders'], catalog('public.orders'))).toEqual({
      resolved: ['public.orders'],
      fallback: 'public.orders',
      shared: false,
      more: false,
    }));

  it('is what the text says where it says so', () =>
    expect(meant(['archive.orders'], catalog('public.orders', 'archive.orders'))).toMatchObject({
      resolved: ['archive.orders'],
    }));

  it('may be the tables of any schema, where the server’s id tells: first of those that have all', () =>
    expect(
      meant(
        ['orders', 'lines'],
        catalog('public.orders', 'public.lines', 'a.orders', 'a.lines', 'b.orders.9'),
      ),
    ).toEqual({
      resolved: ['public.orders,public.lines', 'a.orders,a.lines', 'b.orders,public.lines'],
      fallback: 'public.orders,public.lines',
      shared: false,
      more: false,
    }));

  it('is what a schema has, and of the rest what the path of its user has', () =>
    expect(meant(['orders', 'country'], catalog('a.orders', 'public.country'))).toMatchObject({
      resolved: ['a.orders,public.country'],
    }));

  it('is shared with those of other schemas where the id does not tell', () =>
    expect(meant(['orders'], catalog('public.orders', 'a.orders.7'), false)).toMatchObject({
      resolved: ['public.orders'],
      shared: true,
    }));

  it('is of the largest tables where the id does not tell, and those of the path are empty', () => {
    const tenants = ['a.orders.2', 'b.orders.7', 'c.orders.3'];
    const largest = { resolved: ['b.orders'], shared: true };
    expect(meant(['orders'], catalog(...tenants), false)).toMatchObject(largest);
    expect(meant(['orders'], catalog(...tenants, 'public.orders.0'), false)).toMatchObject(largest);
    const way = 'c,"$user",public,c.orders';
    const before = { way, ...nothing };
    expect(meant(['orders'], catalog(...tenants), false, before)).toMatchObject({
      resolved: ['c.orders'],
    });
    const barred = new Set(['b,"$user",public,b.orders']);
    const denied = { ...nothing, seen: () => ({ ...unknown, barred }) };
    expect(meant(['orders'], catalog(...tenants), false, denied)).toMatchObject({
      resolved: ['c.orders'],
    });
  });

  it('must be shown where the path finds none and several schemas do', () => {
    const found = meant(['orders'], catalog('a.orders', 'b.orders'));
    expect(found).toMatchObject({ resolved: ['a.orders', 'b.orders'], fallback: undefined });
  });

  it('is nothing where a name is nowhere, or no schema has them all', () => {
    expect(meant(['orders', 'gone'], catalog('public.orders'))).toBe('undefined_relation');
    expect(meant(['orders', 'lines'], catalog('a.orders', 'b.lines'))).toBe('ambiguous_schema');
  });

  it('is looked for in some of many at a time, the largest first', () => {
    const many = ['a.1', 'b.6', 'c.5', 'd.4', 'e.3', 'f.2'];
    const known = catalog(...many.map((each) => each.replace('.', '.orders.')));
    const path = (schema: string) => `${schema},"$user",public,${schema}.orders`;
    expect(meant(['orders'], known)).toMatchObject({
      resolved: ['b.orders', 'c.orders', 'd.orders', 'e.orders'],
      more: true,
    });
    const tried = new Set(['b', 'c', 'd', 'e'].map(path));
    const rest = { resolved: ['f.orders', 'a.orders'], more: false };
    const seeing = (seen: Partial<Seen>) =>
      meant(['orders'], known, true, { ...nothing, seen: () => ({ ...unknown, ...seen }) });
    expect(seeing({ tried })).toMatchObject(rest);
    expect(seeing({ found: path('d'), tried })).toMatchObject({ resolved: ['d.orders'] });
    const all = { tried: new Set([...tried, path('a'), path('f')]) };
    expect(seeing(all)).toBe('ambiguous_schema');
    // others first, and none for ever
    const barred = new Set(['b', 'd'].map(path));
    const open = { resolved: ['c.orders', 'e.orders', 'f.orders', 'a.orders'], more: false };
    expect(seeing({ barred })).toMatchObject(open);
    const unlike = new Set(['c', 'e'].map(path));
    expect(seeing({ barred, unlike })).toMatchObject({
      resolved: ['f.orders', 'a.orders'],
      more: true,
    });
    const last = new Set(['a', 'c', 'e', 'f'].map(path));
    expect(seeing({ barred, tried: last })).toMatchObject({
      resolved: ['b.orders', 'd.orders'],
      more: false,
    });
  });

  it('is not what was known of tables of the same names that were made anew', () => {
    const known = catalog('a.orders', 'b.orders');
    const tried = new Set(['a', 'b'].map((each) => `${each},"$user",public,before`));
    expect(
      meant(['orders'], known, true, { ...nothing, seen: () => ({ ...unknown, tried }) }),
    ).toMatchObject({ resolved: ['a.orders', 'b.orders'] });
  });
});
