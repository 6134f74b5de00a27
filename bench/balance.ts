import { silentLogger } from '../src/base/logger.ts';
import { seededRandom } from '../src/base/random.ts';
import { startLeaseKeeper } from '../src/coordination/lease-keeper.ts';
import { createLeaseTable } from '../src/coordination/memory/lease-table.ts';
import { createMemoryLeases } from '../src/coordination/memory/memory-state.ts';
import { createWeights, meanLoad } from '../src/coordination/weights.ts';
import { createSimClock } from '../test/simulation/sim-clock.ts';
import type { Section } from './harness.ts';

/**
 * How evenly the real lease keepers spread 10,000 targets, and how many move when a replica comes
 * or goes. Simulated time, nothing else simulated.
 */
const targets = 10_000;
const settle_ms = 400_000;

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');

export async function balanceBench(): Promise<Section> {
  const grow = await fleet(10, async (world) => {
    world.start();
  });
  const shrink = await fleet(10, async (world) => {
    await world.leave();
  });
  const small = await fleet(3, async () => undefined, 5);
  const share = (moved: number, of: number) =>
    `${moved.toLocaleString('en-US')} (${((100 * moved) / of).toFixed(1)} %)`;
  return {
    title: 'Balance',
    how:
      'the real lease keepers of 10 replicas in simulated time, ' +
      `${targets.toLocaleString('en-US')} targets whose cycles take 0.05–1 s a minute ` +
      `(log-uniform); loads after ${settle_ms / 1_000} s`,
    rows: [
      ['max / mean load of 10 replicas', grow.before.toFixed(3), 'one shard above the mean'],
      [
        '10 → 11 replicas: targets that moved',
        share(grow.moved, targets),
        `${share(Math.round(targets / 11), targets)} at least`,
      ],
      ['10 → 11: max / mean load after', grow.after.toFixed(3), ''],
      [
        '10 → 9 replicas: targets that moved',
        share(shrink.moved, targets),
        `${share(Math.round(targets / 10), targets)} at least`,
      ],
      ['10 → 9: max / mean load after', shrink.after.toFixed(3), ''],
      ['5 targets on 3 replicas', small.counts.toSorted((a, b) => b - a).join(' / '), '2 / 2 / 1'],
    ],
  };
}

interface World {
  start(): void;
  leave(): Promise<void>;
}

async function fleet(replicas: number, change: (world: World) => Promise<void>, count = targets) {
  const time = createSimClock();
  const table = createLeaseTable();
  const random = seededRandom(42);
  const uids = Array.from(
    { length: count },
    (_, i) => `0b5e${hex(i, 4)}-1c2d-4e5f-8a9b-${hex(i * 7_919, 12)}`,
  );
  const costs = uids.map(() => 0.05 * 20 ** random.next());
  const live: {
    name: string;
    process: ReturnType<typeof time.process>;
    keeper: ReturnType<typeof startLeaseKeeper>;
    weights: ReturnType<typeof createWeights>;
  }[] = [];
  let number = 0;
  const start = () => {
    number += 1;
    const name = `r${number}`;
    const process = time.process();
    const weights = createWeights();
    for (const uid of uids) weights.add(uid);
    const keeper = startLeaseKeeper({
      leases: createMemoryLeases(table, () => time.now),
      clock: process.clock,
      random,
      logger: silentLogger,
      newSessionId: () => `${name}-${random.next().toString(16).slice(2, 14)}`,
      weight: weights.of,
      facts: () => ({ scope: 'all', name, ...meanLoad(weights), stops: {} }),
      onSurvey: (all) => weights.assume(all.flatMap(({ targetLoad }) => targetLoad ?? [])),
      watchAlive: () => true,
      mayMove: () => true,
      onOutage: 'continue',
      // Whoever has a target learns what it costs; the others keep guessing.
      onHeld: (held) => {
        for (const [i, uid] of uids.entries())
          if (held.has(weights.shard(uid)))
            for (let n = 0; n < 3; n += 1)
              weights.observe(uid, (costs[i] as number) * 1_000, 60_000);
      },
      handOver: async () => undefined,
    });
    live.push({ name, process, keeper, weights });
  };
  const owners = () => {
    const map = new Map<string, string>();
    for (const { name, keeper, weights } of live)
      for (const shard of keeper.held) for (const uid of weights.members(shard)) map.set(uid, name);
    return map;
  };
  const loads = () => {
    const sums = new Map(live.map(({ name }) => [name, 0]));
    const by = owners();
    for (const [i, uid] of uids.entries()) {
      const name = by.get(uid);
      if (name) sums.set(name, (sums.get(name) ?? 0) + (costs[i] as number));
    }
    return [...sums.values()];
  };
  const ratio = () => {
    const all = loads();
    return Math.max(...all) / (all.reduce((a, b) => a + b, 0) / all.length);
  };
  for (let i = 0; i < replicas; i += 1) start();
  await time.run(time.now + settle_ms);
  const [before, owned] = [ratio(), owners()];
  await change({
    start,
    async leave() {
      const victim = live.shift();
      void victim?.keeper.stop(new AbortController().signal);
    },
  });
  await time.run(time.now + settle_ms);
  const now = owners();
  const moved = uids.filter((uid) => owned.get(uid) !== now.get(uid)).length;
  const counts = live.map(({ name }) => [...now.values()].filter((owner) => owner === name).length);
  const after = ratio();
  for (const { process } of live) process.kill();
  return { before, after, moved, counts };
}
