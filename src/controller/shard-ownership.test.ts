import { expect, it } from 'vitest';
import { createFakeClock } from '../../test/support/fake-clock.ts';
import { silentLogger } from '../base/logger.ts';
import { silentMetrics } from '../base/metrics.ts';
import { seededRandom } from '../base/random.ts';
import { createLeaseTable } from '../coordination/memory/lease-table.ts';
import { createMemoryLeases } from '../coordination/memory/memory-state.ts';
import { createFleet } from './fleet.ts';
import { createShardOwnership, shardChanges } from './shard-ownership.ts';

const set = (...shards: number[]) => new Set(shards);

it('a shard that is handed over is not lost, one that went otherwise is', () => {
  expect(shardChanges(set(1, 2, 3), set(3, 4), set(2, 3, 4))).toEqual({ lost: [1], gained: [4] });
  expect(shardChanges(set(), set(), set())).toEqual({ lost: [], gained: [] });
});

it('holds nothing before it begins, and all there is when it is alone', async () => {
  const clock = createFakeClock();
  const fleet = createFleet();
  const uids = Array.from({ length: 20 }, (_, i) => `${(i * 12_345_678).toString(16)}-uid`);
  for (const uid of uids) fleet.note({ uid, namespace: 'n', name: uid, generation: 1 });
  const leases = createMemoryLeases(createLeaseTable(), clock.monotonic);
  const ownership = createShardOwnership({
    fleet,
    leases,
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    metrics: silentMetrics,
    newSessionId: () => 'one',
    watchAlive: () => true,
    silent_ms: () => 0,
    mayMove: () => true,
    onOutage: 'continue',
  });
  ownership.announce();
  expect(ownership.isMember).toBe(false);
  expect(uids.some((uid) => ownership.holds(uid) || ownership.mayStart(uid))).toBe(false);
  const gained = new Set<string>();
  const handedOver: string[] = [];
  ownership.begin({
    facts: () => ({ scope: 'all', name: 'one', stops: {} }),
    lost: (gone) => expect(gone).toEqual([]),
    gained: (some) => some.forEach((uid) => gained.add(uid)),
    async handOver(some) {
      handedOver.push(...some);
    },
  });
  await clock.advance(30_000);
  expect(ownership.isMember).toBe(true);
  expect([...gained].toSorted()).toEqual(uids.toSorted());
  expect(uids.every((uid) => ownership.mayStart(uid))).toBe(true);
  const stopping = ownership.stop(new AbortController().signal);
  await clock.advance(5_000);
  await stopping;
  expect(handedOver.toSorted()).toEqual(uids.toSorted());
});
