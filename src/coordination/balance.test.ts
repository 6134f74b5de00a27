import { describe, expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { seededRandom } from '../base/random.ts';
import { allShards, balance } from './balance.ts';

describe('balance', () => {
  const world = fc.record({
    loads: fc.array(fc.double({ min: 0, max: 50, noNaN: true }), { minLength: 0, maxLength: 5 }),
    mine: fc.uniqueArray(fc.integer({ min: 0, max: 299 }), { maxLength: 100 }),
    theirs: fc.uniqueArray(fc.integer({ min: 300, max: 599 }), { maxLength: 100 }),
    seed: fc.integer(),
  });
  it('claims only what is free, sheds only what is mine, never below the fair share', () => {
    fc.assert(
      fc.property(world, ({ loads, mine, theirs, seed }) => {
        const random = seededRandom(seed);
        const weights = allShards.map(() => random.next());
        const weight = (shard: number) => weights[shard] as number;
        const owners = new Map([
          ...mine.map((shard) => [shard, 'me'] as const),
          ...theirs.map((shard) => [shard, 'r0'] as const),
        ]);
        const sessions = [
          { id: 'me', load: 0 },
          ...loads.map((load, i) => ({ id: `r${i}`, load })),
        ];
        const held = new Set(mine);
        const plan = balance({
          me: 'me',
          sessions,
          owners,
          held,
          leaving: 0,
          settled: () => true,
          weight,
          freeSince: new Map(),
          shards: allShards,
          now: 0,
        });
        const live = new Set(sessions.map(({ id }) => id));
        for (const shard of plan.claim) expect(live.has(owners.get(shard) ?? '')).toBe(false);
        for (const shard of plan.shed) expect(held.has(shard)).toBe(true);
        const load = mine.reduce((sum, shard) => sum + weight(shard), 0);
        const left = load - plan.shed.reduce((sum, shard) => sum + weight(shard), 0);
        const fair = (load + loads.reduce((a, b) => a + b, 0)) / sessions.length;
        if (plan.shed.length) expect(left).toBeGreaterThanOrEqual(fair - 1e-9);
      }),
    );
  });
});
