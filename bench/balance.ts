import { silentLogger } from '../src/base/logger.ts';
import { silentMetrics } from '../src/base/metrics.ts';
import { seededRandom } from '../src/base/random.ts';
import { createFleet } from '../src/controller/fleet.ts';
import { createShardOwnership, type ShardDuties } from '../src/controller/shard-ownership.ts';
import { createLeaseTable } from '../src/coordination/memory/lease-table.ts';
import { createMemoryLeases } from '../src/coordination/memory/memory-state.ts';
import { createSimClock } from '../test/simulation/sim-clock.ts';
import type { Section } from './harness.ts';

/**
 * How evenly the ownership of real replicas spreads 10,000 targets, and how many move when one
 * comes or goes. Simulated time; what a target costs is told instead of measured.
 */
const targets = 10_000;
const settle_ms = 400_000;

export async function balanceBench(): Promise<Section> {
  const grow = await measure(10, targets, (world) => startReplica(world));
  const shrink = await measure(10, targets, (world) => stopReplica(world));
  const small = await measure(3, 5, () => undefined);
  const share = (moved: number, of: number) =>
    `${moved.toLocaleString('en-US')} (${((100 * moved) / of).toFixed(1)} %)`;
  return {
    title: 'Balance',
    how:
      'the real lease keepers of 10 replicas in simulated time, ' +
      `${targets.toLocaleString('en-US')} targets whose cycles take 0.05–1 s a minute ` +
      '(log-uniform); ' +
      `loads after ${settle_ms / 1_000} s`,
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
  time: ReturnType<typeof createSimClock>;
  table: ReturnType<typeof createLeaseTable>;
  random: ReturnType<typeof seededRandom>;
  /** What each target costs, seconds a minute. */
  costs: ReadonlyMap<string, number>;
  live: Replica[];
  started: number;
}

type Replica = ReturnType<typeof createReplica>;

async function measure(replicas: number, count: number, change: (world: World) => void) {
  const world = createWorld(count);
  const { time, costs } = world;
  for (let i = 0; i < replicas; i += 1) startReplica(world);
  await time.run(time.now + settle_ms);
  const [before, owned] = [unevenness(world), owners(world)];
  change(world);
  await time.run(time.now + settle_ms);
  const [after, now] = [unevenness(world), owners(world)];
  for (const { process } of world.live) process.kill();
  return {
    before,
    after,
    moved: [...costs.keys()].filter((uid) => owned.get(uid) !== now.get(uid)).length,
    counts: world.live.map(({ name }) => [...now.values()].filter((by) => by === name).length),
  };
}

function createWorld(count: number): World {
  const random = seededRandom(42);
  const tail = (i: number) => (i * 7_919).toString(16).padStart(12, '0');
  const uids = Array.from(
    { length: count },
    (_, i) => `0b5e${i.toString(16).padStart(4, '0')}-1c2d-4e5f-8a9b-${tail(i)}`,
  );
  return {
    time: createSimClock(),
    table: createLeaseTable(),
    random,
    costs: new Map(uids.map((uid) => [uid, 0.05 * 20 ** random.next()])),
    live: [],
    started: 0,
  };
}

function startReplica(world: World): void {
  world.started += 1;
  const name = `r${world.started}`;
  const replica = createReplica(world, name);
  world.live.push(replica);
  replica.ownership.begin(dutiesOf(world, replica));
}

function stopReplica({ live }: World): void {
  void live.shift()?.ownership.stop(new AbortController().signal);
}

function createReplica({ time, table, random, costs }: World, name: string) {
  const fleet = createFleet();
  for (const uid of costs.keys()) fleet.note({ uid, namespace: 'n', name: uid, generation: 1 });
  const process = time.process();
  const ownership = createShardOwnership({
    fleet,
    leases: createMemoryLeases(table, () => time.now),
    clock: process.clock,
    random,
    logger: silentLogger,
    metrics: silentMetrics,
    newSessionId: () => `${name}-${random.next().toString(16).slice(2, 14)}`,
    watchAlive: () => true,
    silent_ms: () => 0,
    mayMove: () => true,
    onOutage: 'continue',
  });
  return { name, fleet, process, ownership };
}

const measuredCycles = 3;

/** Whoever has a target learns what it costs; the others keep guessing. */
const dutiesOf = ({ costs }: World, { name, fleet }: Replica): ShardDuties => ({
  facts: () => ({ scope: 'all', name, stops: {} }),
  lost: () => undefined,
  gained(uids) {
    for (const uid of uids)
      for (let n = 0; n < measuredCycles; n += 1)
        fleet.weights.observe(uid, (costs.get(uid) ?? 0) * 1_000, 60_000);
  },
  handOver: async () => undefined,
});

/** Target → replica. */
const owners = ({ live }: World): Map<string, string> =>
  new Map(
    live.flatMap(({ name, fleet, ownership }) =>
      fleet.uidsOf(ownership.leases.held).map((uid): [string, string] => [uid, name]),
    ),
  );

/** The largest load of a replica over the mean. */
function unevenness(world: World): number {
  const sums = new Map(world.live.map(({ name }) => [name, 0]));
  for (const [uid, name] of owners(world))
    sums.set(name, (sums.get(name) ?? 0) + (world.costs.get(uid) ?? 0));
  const loads = [...sums.values()];
  return Math.max(...loads) / (loads.reduce((a, b) => a + b, 0) / loads.length);
}
