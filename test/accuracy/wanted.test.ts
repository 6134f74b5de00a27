import { expect, test } from 'vitest';
import type { World } from './case.ts';
import { wantedOf } from './wanted.ts';

const world = (name: string, heldOut: boolean): World => ({
  name,
  heldOut,
  load: () => [],
  cases: () => [],
});
const worlds = [world('shop', false), world('clinic', true)];
const namesOf = (env: Record<string, string>) =>
  wantedOf(env, worlds).worlds.map(({ name }) => name);

test('without variables it is all of the set', () => {
  const wanted = wantedOf({}, worlds);
  expect(wanted.servers).toEqual(['postgres-18', 'postgres-14', 'mysql-9', 'mariadb-11.4']);
  expect(wanted.all).toBe(true);
  expect(wanted.isWanted('any/case')).toBe(true);
});

test('servers and worlds by name, or how it begins; halves; cases by a part of their id', () => {
  expect(wantedOf({ ENGINE: 'postgres,mysql-9' }, worlds).servers).toEqual([
    'postgres-18',
    'postgres-14',
    'mysql-9',
  ]);
  expect(namesOf({ WORLD: 'shop' })).toEqual(['shop']);
  expect(namesOf({ HALF: 'held-out' })).toEqual(['clinic']);
  const some = wantedOf({ CASE: 'missing' }, worlds);
  expect([some.isWanted('missing-index/a'), some.isWanted('bloat/a'), some.all]).toEqual([
    true,
    false,
    false,
  ]);
});

test('what there is not is said', () => {
  expect(() => wantedOf({ ENGINE: 'oracle' }, worlds)).toThrow('there are postgres-18');
  expect(() => wantedOf({ WORLD: 'shopp' }, worlds)).toThrow('there are shop, clinic');
  expect(() => wantedOf({ HALF: 'other' }, worlds)).toThrow('building and held-out');
});
