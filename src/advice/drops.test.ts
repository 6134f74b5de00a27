import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../base/random.ts';
import type { CatalogIndex } from '../model/catalog-index.ts';
import type { IndexDef, IndexKey } from '../model/index-def.ts';
import { invalidIndexes } from './invalid.ts';
import { covers, redundantIndexes } from './redundant.ts';
import { nextUse, type UseRecord, unusedIndexes, useKey } from './unused.ts';

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
});

describe('unused', () => {
  const options = { now: 100 * day, servers: ['p', 'r'], unknownServers: false };
  const record = (server: string, unchangedSince: number, seenAt = 99.5 * day): UseRecord => ({
    server,
    index: useKey(index('x', ['a'])),
    scans: 3,
    unchangedSince,
    seenAt,
  });
  const found = (one: CatalogIndex, records: UseRecord[], more = {}) =>
    unusedIndexes([one], records, { ...options, ...more }).map(({ reason }) => reason);
  const x = index('x', ['a']);
  it('on no server, for longer than a month', () =>
    expect(found(x, [record('p', 10 * day), record('r', 60 * day)])).toEqual([
      { kind: 'unused', since: 60 * day, servers: ['p', 'r'], unknownServers: false },
    ]));
  it.each<[string, CatalogIndex, UseRecord[], object]>([
    ['a replica reads it', x, [record('p', 10 * day), record('r', 90 * day)], {}],
    ['a replica was never looked at', x, [record('p', 10 * day)], {}],
    ['a replica was not looked at of late', x, [record('p', 1), record('r', 1, 90 * day)], {}],
    ['no server is known', x, [], { servers: [] }],
    [
      'it is unique',
      index('x', ['a'], { of: { unique: true } }),
      [record('p', 1), record('r', 1)],
      {},
    ],
    [
      'a constraint needs it',
      index('x', ['a'], { needed: 'constraint' }),
      [record('p', 1), record('r', 1)],
      {},
    ],
    [
      'a foreign key needs it',
      index('x', ['a'], { servesForeignKey: true }),
      [record('p', 1), record('r', 1)],
      {},
    ],
    ['it is invalid', index('x', ['a'], { valid: false }), [record('p', 1), record('r', 1)], {}],
  ])('not where %s', (_, one, records, more) => expect(found(one, records, more)).toEqual([]));
  it('not what stays for one that is redundant', () => {
    const wide = index('x', ['a', 'b']);
    const narrow = index('n', ['a'], { scans: 900 });
    const records = [record('p', 1), record('r', 1)];
    expect(unusedIndexes([wide], records, options)).toHaveLength(1);
    expect(unusedIndexes([wide, narrow], records, options)).toEqual([]);
  });
  it('says where nobody knows of all replicas', () =>
    expect(found(x, [record('p', 1)], { servers: ['p'], unknownServers: true })).toMatchObject([
      { unknownServers: true },
    ]));

  const look = (scans: number, countedSince = 1) => ({ ...x, scans, countedSince });
  it('a first look knows nothing of before', () =>
    expect(nextUse(undefined, 'p', look(0), 50)).toMatchObject({ unchangedSince: 50, seenAt: 50 }));
  it('but where the server says when', () =>
    expect(nextUse(undefined, 'p', { ...look(7), lastUsed: 20 }, 50).unchangedSince).toBe(20));
  it('stands still, moves, and begins anew', () => {
    const first = nextUse(undefined, 'p', look(5), 10);
    const still = nextUse(first, 'p', look(5), 20);
    expect(still).toMatchObject({ unchangedSince: 10, seenAt: 20 });
    expect(nextUse(still, 'p', look(6), 30).unchangedSince).toBe(30);
    expect(nextUse(still, 'p', look(5, 25), 30).unchangedSince).toBe(30);
    expect(nextUse(still, 'p', look(0), 30).unchangedSince).toBe(30);
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
  records: UseRecord[];
}
function labelled(random: Random): Labelled {
  const catalog: CatalogIndex[] = [];
  const [redundant, unused] = [new Set<string>(), new Set<string>()];
  const records: UseRecord[] = [];
  const chance = (share: number) => random.next() < share;
  const add = (one: CatalogIndex, read: boolean, label?: Set<string>) => {
    catalog.push(one);
    label?.add(one.name);
    for (const server of ['p', 'r1', 'r2']) {
      const moved = read && (server !== 'p' || chance(0.8) || one.name.endsWith('0'));
      records.push({
        server,
        index: useKey(one),
        scans: 5,
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
  return { catalog, redundant, unused, records };
}

it('of catalogs with labels, at least 98 of 100 are right, and 95 of 100 are found', () => {
  const counts = { redundant: [0, 0, 0], unused: [0, 0, 0] };
  for (let seed = 1; seed <= 50; seed += 1) {
    const world = labelled(seededRandom(seed));
    const found = {
      redundant: redundantIndexes(world.catalog).map((each) => each.index.name),
      unused: unusedIndexes(world.catalog, world.records, {
        now: 100 * day,
        servers: ['p', 'r1', 'r2'],
        unknownServers: false,
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
