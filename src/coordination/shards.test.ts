import { expect, it } from 'vitest';
import { seededRandom } from '../base/random.ts';
import { shardCount, shardOf } from './shards.ts';

it('shards are the top bits of FNV-1a-64, and spread', () => {
  // The published vectors of FNV-1a-64: '' → cbf29ce484222325, 'a' → af63dc4c8601ec8c, 'foobar' →
  // 85944171f73967e8.
  expect(['', 'a', 'foobar'].map(shardOf)).toEqual([0xcbf2 >> 6, 0xaf63 >> 6, 0x8594 >> 6]);
  const random = seededRandom(1);
  const uuid = () =>
    Array.from({ length: 36 }, (_, i) =>
      [8, 13, 18, 23].includes(i) ? '-' : Math.floor(16 * random.next()).toString(16),
    ).join('');
  const counts = new Map<number, number>();
  for (let i = 0; i < 10_240; i += 1) {
    const shard = shardOf(uuid());
    counts.set(shard, (counts.get(shard) ?? 0) + 1);
  }
  expect(counts.size).toBeGreaterThan(shardCount * 0.99);
  expect(Math.max(...counts.values())).toBeLessThan(35);
});
