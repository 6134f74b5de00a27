import { expect, it } from 'vitest';
import { shardOf } from './shards.ts';
import { createWeights } from './weights.ts';

it('weights: a target that is not known counts as an average one; what varies a little moves nothing', () => {
  const weights = createWeights();
  const [a, b, c] = ['a1b2c3d4-one', 'b2c3d4e5-two', '9f8e7d6c-three'] as const;
  expect(new Set([a, b, c].map(shardOf)).size).toBe(3);
  for (const uid of [a, b, c]) weights.add(uid);
  const of = (uid: string) => weights.of(weights.shard(uid));
  expect(of(a)).toBeCloseTo(0.1, 4);
  for (let i = 0; i < 3; i += 1) weights.observe(a, 500, 60_000);
  expect([of(a), of(b)].map((each) => Number(each.toFixed(3)))).toEqual([0.6, 0.1]);
  weights.assume([weights.mean() ?? 0]); // as told to the others, and by them
  expect([of(a), of(b)].map((each) => Number(each.toFixed(3)))).toEqual([0.6, 0.6]);
  const before = of(a);
  for (let i = 0; i < 20; i += 1) weights.observe(a, 500 + (i % 2 ? 90 : -90), 60_000);
  expect(of(a)).toBe(before);
  weights.remove(a);
  expect([weights.members(shardOf(a)).size, of(a)]).toEqual([0, expect.closeTo(0, 4)]);
});
