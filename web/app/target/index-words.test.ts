import { expect, it } from 'vitest';
import { indexesAnswer } from '../../../test/browser/index-data.ts';
import {
  flagWords,
  indexesSentence,
  isShown,
  remarksOf,
  scanTitle,
  scanWords,
  sortedBy,
} from './index-words.ts';

const now = 1_700_000_000_000;
const day = 86_400_000;
const answer = indexesAnswer(now);
const names = (all: readonly { name: string }[]) => all.map(({ name }) => name);

it('says how many there are, and what would be freed', () => {
  expect(indexesSentence(answer)).toEqual({
    answer: '7 indexes, 3.9 GiB.',
    rest: '3 could go and would free 1.4 GiB: 1 redundant, 1 unused, 1 invalid.',
  });
  const [first] = answer.items;
  const one = { ...answer, items: first ? [first] : [], total: 1, bytes: 2_048 };
  expect(indexesSentence(one)).toEqual({
    answer: '1 index, 2.0 KiB.',
    rest: 'None is known that could go.',
  });
});

it('says what was counted, and nothing where nobody counts', () => {
  const use = { server: 'a', unchangedSince: now - 2 * day };
  expect(scanWords(use, now)).toBe('not counted');
  expect(scanWords({ ...use, scans: 0 }, now)).toBe('none in 2 d');
  expect(scanWords({ ...use, scans: 0, lastUsed: now - 3 * day }, now)).toBe('none, read 3 d ago');
  expect(scanWords({ ...use, scans: 12_000 }, now)).toBe('12 k, still 2 d');
  expect(scanWords({ ...use, scans: 7, lastUsed: now - 4_000 }, now)).toBe('7, 4 s ago');
  expect(scanTitle({ ...use, scans: 1_200, countedSince: 5 })).toMatch(/^1,200 scans on a since /);
  expect(scanTitle(use)).toMatch(/^a does not count scans; no more since /);
});

it('says why one could go and why it stays', () => {
  const unused = { kind: 'unused' as const, since: 1, servers: ['a', 'b'], unknownServers: true };
  expect(flagWords(unused).title).toMatch(/on a, b; there may be replicas that nobody looks at$/);
  expect(flagWords({ kind: 'redundant', covered: 'x' }).word).toBe('redundant: x');
  const key = answer.items.find(({ name }) => name === 'orders_pkey');
  expect(key && remarksOf(key)).toEqual(['of a constraint', 'finds rows of a foreign key']);
});

it('shows what is asked for, in the order that is asked for', () => {
  expect(names(answer.items.filter(isShown('invalid', undefined)))).toEqual(['orders_new_ccnew']);
  expect(names(answer.items.filter(isShown('nonsense', 'PKEY')))).toEqual(['orders_pkey']);
  expect(names(sortedBy(answer.items, 'at orders-replica-2', false))[0]).toBe('orders_pkey');
  expect(names(sortedBy(answer.items, 'size', true))[0]).toBe('<script>alert(1)</script>');
  expect(names(sortedBy(answer.items, 'name', true)).at(-1)).toBe('orders_pkey');
});
