import { expect, it } from 'vitest';
import { createLru } from './lru.ts';

it('an lru keeps what was used last', () => {
  const lru = createLru<string, number>(2);
  lru.set('a', 1);
  lru.set('b', 2);
  lru.get('a');
  lru.set('c', 3);
  expect([lru.get('a'), lru.get('b'), lru.get('c')]).toEqual([1, undefined, 3]);
});

it('however often some of it is used, what is not used goes first', () => {
  const lru = createLru<number, number>(100);
  for (let i = 0; i < 1_000; i += 1) {
    lru.set(i, i);
    for (let used = 0; used < 40; used += 1) lru.get(used);
  }
  expect(Array.from({ length: 40 }, (_, i) => lru.get(i))).toEqual(
    Array.from({ length: 40 }, (_, i) => i),
  );
  expect(lru.size).toBe(100);
});
