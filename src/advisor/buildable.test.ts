import { describe, expect, it } from 'vitest';
import type { Candidate } from '../advice/candidates.ts';
import type { CatalogIndex } from '../model/catalog-index.ts';
import type { WorldExport, WorldRelation } from '../model/world.ts';
import {
  dearOf,
  mostNewOfTable,
  mostOfTable,
  pinnedOn,
  sifted,
  standingOn,
  whyNone,
} from './buildable.ts';

const t = { schema: 'public', table: 't' };
const index = (name: string, more: Partial<CatalogIndex> = {}): CatalogIndex => ({
  name,
  index: { ...t, method: 'btree', keys: [{ column: name }] },
  restorable: true,
  bytes: 1,
  valid: true,
  ...more,
});
const many = (count: number) => Array.from({ length: count }, (_, i) => index(`c${i}`));
const relation = (name: string, kind: WorldRelation['kind'], parent?: string) =>
  ({
    schema: 'public',
    name,
    kind,
    parents: parent ? [{ schema: 'public', name: parent }] : [],
  }) as unknown as WorldRelation;
const world = (relations: WorldRelation[], withheld: WorldExport['withheld'] = []) =>
  ({ database: 'd', relations, withheld }) as unknown as WorldExport;

describe('a table', () => {
  const root = relation('t', 'partitioned');
  it.each<[string, WorldRelation[], CatalogIndex[], ReturnType<typeof whyNone>]>([
    ['is built on', [relation('t', 'table')], many(3), undefined],
    ['has as many as it should', [relation('t', 'table')], many(mostOfTable), 'many_indexes'],
    ['has partitions', [root, relation('a', 'table', 't')], [], undefined],
    ['has partitions elsewhere', [root, relation('a', 'foreign', 't')], [], 'foreign_partitions'],
    [
      'has partitions of partitions',
      [root, relation('a', 'partitioned', 't'), relation('b', 'table', 'a')],
      [],
      'nested_partitions',
    ],
  ])('%s', (_, relations, indexes, why) => expect(whyNone(t, world(relations), indexes)).toBe(why));
  it('has more partitions than were looked at', () => {
    const cut = [{ object: '*', reason: 'too_many_relations' as const }];
    expect(whyNone(t, world([root], cut), [])).toBe('many_partitions');
    expect(whyNone(t, world([relation('t', 'table')], cut), [])).toBeUndefined();
  });
});

it('what is there by now, or does as much, is not made again', () => {
  const thought = [{ id: 'a', index: { ...t, method: 'btree', keys: [{ column: 'a' }] } }];
  const left = (...there: CatalogIndex[]) =>
    sifted(thought as unknown as Candidate[], world([]), there).candidates.length;
  expect([left(), left(index('a')), left(index('a', { valid: false }))]).toEqual([1, 0, 1]);
  const keys = [{ column: 'a' }, { column: 'b' }];
  const wide = { ...t, method: 'btree', keys };
  expect([
    left(index('w', { index: wide })),
    left(index('w', { index: wide, hidden: true })),
  ]).toEqual([0, 1]);
  expect(left(index('a', { index: { ...wide, where: 'b > 1' } }))).toBe(1);
});

it('what is made on hundreds of partitions is dear', () => {
  const parts = Array.from({ length: 401 }, (_, i) => relation(`p${i}`, 'table', 't'));
  const all = ['t', 'other'].map((table) => ({ id: table, index: { ...t, table } }));
  expect([...dearOf(all as unknown as Candidate[], world(parts))]).toEqual(['t']);
  expect(dearOf(all as unknown as Candidate[], world(parts.slice(1))).size).toBe(0);
});

it('what could go does not count', () => {
  const alike = index('again', { index: index('c0').index });
  const left = index('left', { valid: false });
  expect(standingOn(t, [...many(2), alike, left])).toHaveLength(2);
  expect(standingOn({ ...t, table: 'other' }, many(2))).toEqual([]);
});

it('the more there are, the fewer may come', () => {
  const room = (there: number) => mostNewOfTable - pinnedOn(t, many(there)).length;
  expect([0, 7, 8, 10, 12, 20].map(room)).toEqual([5, 5, 4, 2, 0, 0]);
});

it('candidates stay in their order, without those of tables that get none', () => {
  const candidate = (id: string, table: string) =>
    ({ id, index: { ...t, table } }) as unknown as Candidate;
  const all = [candidate('1', 'a'), candidate('2', 't'), candidate('3', 'b'), candidate('4', 'a')];
  const { candidates, refused } = sifted(all, world([]), many(mostOfTable));
  expect(candidates.map(({ id }) => id)).toEqual(['1', '3', '4']);
  expect(refused).toEqual([
    { kind: 'table', database: 'd', schema: 'public', table: 't', reason: 'many_indexes' },
  ]);
});
