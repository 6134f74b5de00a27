import { expect, it } from 'vitest';
import type { Prepared } from '../engines/engine.ts';
import { refused } from '../model/refusal.ts';
import { createTextHomes, ownFingerprints } from './own-fingerprint.ts';
import type { Recalled, TextHomes } from './step.ts';

const inDatabase = (database: string, value = 'f1'): Prepared => ({
  kind: 'refused',
  key: `1/${database}/2`,
  nativeId: '2',
  database,
  user: 'app',
  fingerprint: { algorithm: 'libpg-query', value, nativeId: '2' },
  refusal: refused('no_sample'),
});
const target = { uid: 'u' } as Parameters<typeof ownFingerprints>[2]['target'];
type Marks = Parameters<typeof ownFingerprints>[1];
const unmarked: Marks = { explained: new Map(), failures: new Map() };

/** A history that has what was given out, as long as it is not forgotten. */
function looks(homes: () => TextHomes) {
  const rows = new Map<string, string>();
  const asked: string[] = [];
  const recall = async (fingerprints: readonly string[]) => {
    asked.push(...fingerprints);
    return new Map(
      fingerprints.flatMap((each): [string, Recalled][] => {
        const database = rows.get(each);
        return database === undefined ? [] : [[each, { database, findings: [] }]];
      }),
    );
  };
  return {
    rows,
    asked,
    async look(...databases: string[]) {
      const of = { target, homes: homes(), recall };
      const own = await ownFingerprints(
        databases.map((each) => inDatabase(each)),
        unmarked,
        of,
      );
      for (const { database, fingerprint } of own) rows.set(fingerprint.value, database);
      return own.map(({ fingerprint }) => fingerprint.value);
    },
  };
}

it('the first database has the text’s own, each other has one that stays', async () => {
  const homes = createTextHomes();
  const { look, asked } = looks(() => homes);
  const [one, two, three] = await look('b', 'a', 'c');
  expect(one).toBe('f1');
  expect(new Set([one, two, three]).size).toBe(3);
  expect([two, three].every((each) => /^[0-9a-f]{16}$/.test(each ?? ''))).toBe(true);
  asked.length = 0;
  expect(await look('a', 'b', 'c')).toEqual([two, one, three]);
  expect(asked).toEqual([]);
});

it('a program that knows nothing takes what the history has', async () => {
  const { look } = looks(createTextHomes);
  const [one, two] = await look('b', 'a');
  expect(await look('a', 'b')).toEqual([two, one]);
});

it('a statement keeps its own also where the history has forgotten the first', async () => {
  const { look, rows } = looks(createTextHomes);
  const [, two] = await look('b', 'a');
  rows.delete('f1');
  expect(await look('a')).toEqual([two]);
});

it('a statement keeps its own where another replica with a history of its own goes on', async () => {
  const both = [inDatabase('b'), inDatabase('a')];
  const elsewhere = () => ({ target, homes: createTextHomes(), recall: async () => new Map() });
  const own = await ownFingerprints(both, unmarked, elsewhere());
  const explained: Marks['explained'] = new Map(
    own.map(({ key, fingerprint }) => [key, { at: 0, fingerprint: fingerprint.value, hash: '' }]),
  );
  const marks = { ...unmarked, explained };
  const turned = await ownFingerprints(both.toReversed(), marks, elsewhere());
  expect(turned.toReversed()).toEqual(own);
});
