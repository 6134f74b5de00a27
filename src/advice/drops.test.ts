import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../base/random.ts';
import type { CatalogIndex } from '../model/catalog-index.ts';
import type { IndexDef, IndexKey } from '../model/index-def.ts';
import type { IndexLook } from '../model/index-look.ts';
import { invalidIndexes } from './invalid.ts';
import { covers, redundantIndexes } from './redundant.ts';
import { nextLook, nextLooks, type UnusedOptions, unusedIndexes } from './unused.ts';

const day = 86_400_000;
const made = (_: string, keys: (string | IndexKey)[], more: Partial<IndexDef> = {}) => ({
  schema: 'public',
  table: 't',
  method: 'btree',
  keys: keys.map((key) => (typeof key === 'string' ? { column: key } : key)),
  ...more,
});
const index = (
  name: string,
  keys: (string | IndexKey)[],
  { of = {}, ...more }: Partial<CatalogIndex> & { of?: Partial<IndexDef> } = {},
): CatalogIndex => ({
  name,
  index: made(name, keys, of),
  restorable: true,
  bytes: 1_000,
  valid: true,
  scans: 0,
  ...more,
});
/** A server that keeps no counters. */
const noCount = { scans: undefined } as unknown as Partial<CatalogIndex>;
const pairs = (...catalog: CatalogIndex[]) =>
  redundantIndexes(catalog).map(({ index, covered }) => `${index.name} by ${covered.name}`);

describe('redundant', () => {
  const wide = index('wide', ['a', 'b'], { bytes: 2_000 });
  it.each<[string, CatalogIndex[], string[]]>([
    ['the beginning of another', [index('x', ['a']), wide], ['x by wide']],
    ['two that are alike: the larger goes', [index('x', ['a', 'b']), wide], ['wide by x']],
    [
      'three that are alike: one stays',
      [index('x', ['a']), index('y', ['a'], { bytes: 1_500 }), index('z', ['a'], { bytes: 900 })],
      ['y by z', 'x by z'],
    ],
    [
      'further columns among keys',
      [index('x', ['a'], { of: { include: ['b'] } }), wide],
      ['x by wide'],
    ],
    ['further columns elsewhere', [index('x', ['a'], { of: { include: ['c'] } }), wide], []],
    ['another order', [index('x', [{ column: 'a', descending: true }]), wide], []],
    ['an order that is said', [index('x', [{ column: 'a', nulls: 'last' }]), wide], ['x by wide']],
    ['other columns', [index('x', ['b']), wide], []],
    ['a longer one', [index('x', ['a', 'b', 'c']), wide], ['wide by x']],
    ['another class', [index('x', [{ column: 'a', opclass: 'text_pattern_ops' }]), wide], []],
    ['another collation', [index('x', [{ column: 'a', collation: 'C' }]), wide], []],
    ['some rows', [index('x', ['a'], { of: { where: 'a > 1' } }), wide], []],
    [
      'the same rows',
      [index('x', ['a'], { of: { where: 'c' } }), index('y', ['a', 'b'], { of: { where: 'c' } })],
      ['x by y'],
    ],
    ['unique beside what is not', [index('x', ['a'], { of: { unique: true } }), wide], []],
    [
      'unique beside the same, unique',
      [
        index('x', ['a'], { of: { unique: true } }),
        index('y', ['a'], { of: { unique: true }, needed: 'constraint' }),
      ],
      ['x by y'],
    ],
    [
      'not unique beside the same, unique',
      [index('x', ['a']), index('y', ['a'], { of: { unique: true } })],
      ['x by y'],
    ],
    [
      'unique beside one that is unique at the end of a transaction only',
      [
        index('x', ['a'], { of: { unique: true } }),
        index('y', ['a'], { of: { unique: true }, needed: 'constraint', deferred: true }),
      ],
      [],
    ],
    ['one of a constraint', [index('x', ['a'], { needed: 'constraint' }), wide], []],
    ['one of a foreign key', [index('x', ['a'], { needed: 'foreign-key' }), wide], []],
    ['one by which the table is clustered', [index('x', ['a'], { needed: 'cluster' }), wide], []],
    ['beside an invalid one', [index('x', ['a']), { ...wide, valid: false }], []],
    ['beside one that is hidden', [index('x', ['a']), { ...wide, hidden: true }], []],
    ['beside one that is being built', [index('x', ['a']), { ...wide, building: true }], []],
    ['a hash', [index('x', ['a'], { of: { method: 'hash' } }), wide], []],
    [
      'the beginning of a GIN',
      [
        index('x', ['a'], { of: { method: 'gin' } }),
        index('y', ['a', 'b'], { of: { method: 'gin' } }),
      ],
      [],
    ],
    ['a text’s first letters', [index('x', [{ column: 'a', letters: 9 }]), wide], []],
    [
      'another table',
      [{ ...index('x', ['a']), index: { ...made('x', ['a']), table: 'u' } }, wide],
      [],
    ],
  ])('%s', (_, catalog, found) => expect(pairs(...catalog)).toEqual(found));

  const byKey = { behind: ['id'] };
  it.each<[string, CatalogIndex[], string[]]>([
    ['none behind them', [index('x', ['a']), wide], []],
    ['others', [index('x', ['a'], byKey), index('y', ['a', 'b'], byKey)], ['id']],
    ['the same, as a key', [index('x', ['a'], byKey), index('y', ['a', 'id'])], []],
    [
      'the same, of whichever may stand in',
      [index('x', ['a'], byKey), index('y', ['a', 'b'], byKey), index('z', ['a', 'id', 'b', 'c'])],
      [],
    ],
    [
      'the same, from its other end',
      [index('x', ['a'], byKey), index('y', ['a', { column: 'id', descending: true }])],
      ['id'],
    ],
  ])('what order is lost where the other has behind the keys %s', (_, catalog, lost) =>
    expect(
      redundantIndexes(catalog).find(({ index: { name } }) => name === 'x')?.orderLost,
    ).toEqual(lost),
  );
});

describe('unused', () => {
  const options = {
    now: 100 * day,
    primary: 'p',
    replicas: [],
    unknownServers: false,
    freshest_ms: 2 * day,
  };
  const x = index('x', ['a'], { scans: 3 });
  const seen = (one: CatalogIndex, unchangedSince: number, seenAt = 99.5 * day): IndexLook => ({
    ...one,
    database: 'd',
    server: { id: '1', role: 'primary' },
    unchangedSince,
    seenAt,
  });
  const replica = (...looks: IndexLook[]) => ({ replicas: [{ name: 'r', looks }] });
  const found = (look: IndexLook, more: Partial<UnusedOptions> = {}) =>
    unusedIndexes([look], { ...options, ...more }).map(({ reason }) => reason);
  it('on no server, for longer than a month', () =>
    expect(found(seen(x, 10 * day), replica(seen(x, 60 * day)))).toEqual([
      { kind: 'unused', since: 60 * day, servers: ['p', 'r'], unknownServers: false },
    ]));
  it('where no other server is known', () =>
    expect(found(seen(x, 10 * day), { unknownServers: true })).toEqual([
      { kind: 'unused', since: 10 * day, servers: ['p'], unknownServers: true },
    ]));
  it.each<[string, IndexLook, Partial<UnusedOptions>]>([
    ['it was read a month ago', seen(x, 70 * day), {}],
    ['a replica reads it', seen(x, 10 * day), replica(seen(x, 90 * day))],
    ['a replica does not count', seen(x, 1), replica(seen(index('x', ['a'], noCount), 1))],
    ['a replica was never looked at', seen(x, 10 * day), replica()],
    ['of another database', seen(x, 10 * day), replica({ ...seen(x, 1), database: 'e' })],
    ['a replica was not looked at of late', seen(x, 1), replica(seen(x, 1, 90 * day))],
    ['the server does not count', seen(index('x', ['a'], noCount), 1), {}],
    ['it is unique', seen(index('x', ['a'], { of: { unique: true } }), 1), {}],
    ['a constraint needs it', seen(index('x', ['a'], { needed: 'constraint' }), 1), {}],
    ['a foreign key needs it', seen(index('x', ['a'], { servesForeignKey: true }), 1), {}],
    ['it is invalid', seen(index('x', ['a'], { valid: false }), 1), {}],
    ['it is hidden', seen(index('x', ['a'], { hidden: true }), 1), {}],
  ])('not where %s', (_, look, more) => expect(found(look, more)).toEqual([]));
  it('not what stays for one that is redundant', () => {
    const wide = seen(index('x', ['a', 'b']), 1);
    const narrow = seen(index('n', ['a'], { scans: 900 }), 99 * day);
    expect(unusedIndexes([wide], options)).toHaveLength(1);
    expect(unusedIndexes([wide, narrow], options)).toEqual([]);
  });
});

describe('a look at a counter', () => {
  const look = (at: number, id = '1') => ({
    database: 'd',
    server: { id, role: 'primary' as const },
    at,
  });
  const x = (scans: number | undefined, more: Partial<CatalogIndex> = {}) =>
    index('x', ['a'], { ...(scans === undefined ? noCount : { scans }), countedSince: 1, ...more });
  it('at first knows nothing of before', () =>
    expect(nextLook(undefined, x(0), look(50))).toEqual({
      ...x(0),
      database: 'd',
      server: { id: '1', role: 'primary' },
      unchangedSince: 50,
      seenAt: 50,
    }));
  it('not even where the server says when it was read: another may have been the primary', () =>
    expect(nextLook(undefined, x(7, { lastUsed: 20 }), look(50)).unchangedSince).toBe(50));
  const first = nextLook(undefined, x(5), look(10));
  it('of what moved it knows when, where the server says', () => {
    const moved = (lastUsed: number) => nextLook(first, x(6, { lastUsed }), look(30));
    expect([moved(25), moved(99)].map((each) => each.unchangedSince)).toEqual([25, 30]);
    const anew = nextLook(first, x(6, { lastUsed: 25, countedSince: 22_000 }), look(30));
    expect(anew.unchangedSince).toBe(30);
  });
  it('goes on, also after a restart that keeps it', () =>
    expect(nextLook(first, x(5), look(20, '2'))).toMatchObject({ unchangedSince: 10, seenAt: 20 }));
  it.each<[string, CatalogIndex]>([
    ['it moved', x(6)],
    ['it began anew', x(5, { countedSince: 25_000 })],
    ['it went back', x(0)],
    ['it is another index of that name', x(5, { index: made('', ['b']) })],
    ['it can be read again', x(5, { valid: false })],
  ])('begins anew where %s', (_, next) =>
    expect(nextLook(first, next, look(30)).unchangedSince).toBe(30),
  );
  it('begins anew on another server, where nothing else tells them apart', () => {
    const { countedSince: _, ...bare } = x(5);
    const before = nextLook(undefined, bare, look(10));
    expect(nextLook(before, bare, look(20)).unchangedSince).toBe(10);
    expect(nextLook(before, bare, look(20, '2')).unchangedSince).toBe(20);
  });
  it('is of the database that was looked at', () => {
    const before = [first, { ...first, database: 'e', unchangedSince: 3 }];
    const next = nextLooks(before, [x(5), { ...x(5), name: 'y' }], look(30));
    expect(next.map(({ unchangedSince }) => unchangedSince)).toEqual([10, 30]);
  });
});

it('invalid is what nobody builds any more', () =>
  expect(
    invalidIndexes([
      index('left', ['a'], { valid: false }),
      index('coming', ['a'], { valid: false, building: true }),
      index('root', ['a'], { valid: false, needed: 'partition' }),
      index('sound', ['a']),
    ]).map(({ name }) => name),
  ).toEqual(['left']));

/**
 * Catalogs with labels: each index is made to be what its name says. Those around them are of other
 * columns, so that nothing is redundant or unused by chance.
 */
interface Labelled {
  catalog: CatalogIndex[];
  redundant: Set<string>;
  unused: Set<string>;
  looks: Map<string, IndexLook[]>;
}
function labelled(random: Random): Labelled {
  const catalog: CatalogIndex[] = [];
  const [redundant, unused] = [new Set<string>(), new Set<string>()];
  const looks = new Map<string, IndexLook[]>(['p', 'r1', 'r2'].map((each) => [each, []]));
  const chance = (share: number) => random.next() < share;
  const add = (one: CatalogIndex, read: boolean, label?: Set<string>) => {
    catalog.push(one);
    label?.add(one.name);
    for (const [server, seen] of looks) {
      const moved = read && (server !== 'p' || chance(0.8) || one.name.endsWith('0'));
      seen.push({
        ...one,
        database: 'd',
        server: { id: server, role: 'primary' },
        unchangedSince: (moved ? 80 + random.next() * 20 : 5 + random.next() * 50) * day,
        seenAt: 99.9 * day,
      });
    }
  };
  for (let table = 0; table < 40; table += 1) {
    const c = (i: number) => `c${table}_${i}`;
    const on = { table: `t${table}` };
    const bytes = 1_000 + random.next() * 1_000;
    add(index(`pk${table}`, [c(0)], { of: { ...on, unique: true }, needed: 'constraint' }), true);
    add(index(`wide${table}`, [c(1), c(2)], { of: on, bytes: bytes * 2 }), true);
    if (chance(0.5))
      add(index(`prefix${table}`, [c(1)], { of: on, bytes }), chance(0.5), redundant);
    if (chance(0.3)) add(index(`unique${table}`, [c(1)], { of: { ...on, unique: true } }), true);
    if (chance(0.3))
      add(index(`desc${table}`, [{ column: c(1), descending: true }], { of: on }), true);
    if (chance(0.3)) add(index(`some${table}`, [c(1)], { of: { ...on, where: c(3) } }), true);
    if (chance(0.4)) add(index(`idle${table}`, [c(4)], { of: on }), false, unused);
    if (chance(0.4)) add(index(`fk${table}`, [c(5)], { of: on, servesForeignKey: true }), false);
    if (chance(0.4)) add(index(`replica${table}`, [c(6)], { of: on }), true);
  }
  return { catalog, redundant, unused, looks };
}

it('of catalogs with labels, at least 98 of 100 are right, and 95 of 100 are found', () => {
  const counts = { redundant: [0, 0, 0], unused: [0, 0, 0] };
  for (let seed = 1; seed <= 50; seed += 1) {
    const world = labelled(seededRandom(seed));
    const found = {
      redundant: redundantIndexes(world.catalog).map((each) => each.index.name),
      unused: unusedIndexes(world.looks.get('p') ?? [], {
        now: 100 * day,
        primary: 'p',
        replicas: ['r1', 'r2'].map((name) => ({ name, looks: world.looks.get(name) ?? [] })),
        unknownServers: false,
        freshest_ms: 2 * day,
      }).map((each) => each.index.name),
    };
    for (const kind of ['redundant', 'unused'] as const) {
      const right = found[kind].filter((name) => world[kind].has(name)).length;
      const sum = counts[kind] as [number, number, number];
      sum[0] += right;
      sum[1] += found[kind].length;
      sum[2] += world[kind].size;
    }
  }
  for (const [right = 0, said = 0, all = 0] of Object.values(counts)) {
    expect(all).toBeGreaterThan(500);
    expect(right / said).toBeGreaterThanOrEqual(0.98);
    expect(right / all).toBeGreaterThanOrEqual(0.95);
  }
});

it('what covers covers what it covers covers', () => {
  const [a, b, c] = [['x'], ['x', 'y'], ['x', 'y', 'z']].map((keys) => made('', keys));
  if (!a || !b || !c) throw new Error('three');
  expect([covers(c, b), covers(b, a), covers(c, a), covers(a, c)]).toEqual([
    true,
    true,
    true,
    false,
  ]);
});
