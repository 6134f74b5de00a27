import { expect, it } from 'vitest';
import { contentHash, formerHash } from '../advice/identity.ts';
import { fingerprintsOf, indexChangeOf } from './recommendation.ts';

const change = {
  kind: 'create-index' as const,
  name: 'i',
  index: { schema: 's', table: 't', method: 'btree', keys: [{ column: 'a' }] },
};
const advised = { targetUid: 'u', engine: 'postgres' as const, database: 'd', change };
const hash = contentHash(advised);

it('is carried out only where its content is that of its hash', () => {
  expect(indexChangeOf({ ...advised, contentHash: hash })).toBe(change);
  expect(indexChangeOf({ ...advised, targetUid: 'v', contentHash: hash })).toBeUndefined();
  expect(indexChangeOf({ ...advised, database: 'e', contentHash: hash })).toBeUndefined();
  expect(indexChangeOf({ ...advised, contentHash: formerHash(advised) })).toBe(change);
  const other = { ...change, name: 'j' };
  expect(indexChangeOf({ ...advised, change: other, contentHash: hash })).toBeUndefined();
});

it('statements are never analysed by an executor', () => {
  const analyze = { kind: 'analyze' as const, schema: 's', table: 't' };
  const own = contentHash({ ...advised, change: analyze });
  expect(indexChangeOf({ ...advised, change: analyze, contentHash: own })).toBeUndefined();
});

it('is judged by those that gain', () => {
  const effects = [
    { fingerprint: 'gains', costBefore: 2, costAfter: 1 },
    { fingerprint: 'pays', costBefore: 1, costAfter: 2 },
  ];
  expect(fingerprintsOf(effects)).toEqual(['gains']);
});
