import { shardCount } from '../../src/coordination/shards.ts';
import type { SimFleet } from './fleet.ts';
import { interval_ms, type SimReplica } from './replica.ts';

/** What must hold beside S1 to S3, which the world watches by itself: take-overs, and the calm. */
const crashBound_ms = 17_000;

/** L1, with all that is promised only while Redis is up. */
export function watchTakeOver({ world, living, run }: SimFleet, victim: SimReplica): void {
  const at = world.time.now;
  const look = () => {
    const undisturbed = run.disturbedUntil < at;
    const owners = [...world.leaseData.owners.values()];
    const left = owners.filter((owner) => owner === victim.session).length;
    if (left === 0) {
      if (undisturbed) run.takeOvers.push(world.time.now - at);
    } else if (world.time.now - at <= crashBound_ms) world.time.at(100, look);
    else if (undisturbed && living().length)
      world.violations.push(`L1: ${left} shards of ${victim.name} are still nobody's after 17 s`);
  };
  look();
}

/** L2: each target is run by one. One on its way from hand to hand is nobody's for a moment. */
export async function checkRunners({ world, living }: SimFleet): Promise<void> {
  const runners = (uid: string) =>
    living().filter(({ replica }) => replica.targets().some((target) => target.uid === uid)).length;
  let unowned = world.targets.map(({ uid }) => uid);
  for (let look = 0; look < 4; look += 1) {
    if (look > 0) await world.time.run(world.time.now + 3_000);
    unowned = unowned.filter((uid) => runners(uid) === 0);
    for (const { uid } of world.targets)
      if (runners(uid) > 1)
        world.violations.push(`L2: ${uid} is run by ${runners(uid)} replicas when all is well`);
  }
  for (const uid of unowned)
    world.violations.push(`L2: ${uid} is run by no replica when all is well`);
}

/** Nothing has disturbed them since `calmSince`. */
export function checkCalm(fleet: SimFleet, calmSince: number): void {
  const { violations } = fleet.world;
  violations.push(...lateTargets(fleet), ...shardProblems(fleet));
  if (!fleet.run.clocksDiffer) violations.push(...doubledCycles(fleet, calmSince));
}

const lateTargets = ({ world, living }: SimFleet): string[] =>
  world.targets.flatMap(({ uid }) => {
    const never = Number.NEGATIVE_INFINITY;
    const last = Math.max(...living().map(({ collected }) => collected.get(uid) ?? never));
    const ago = world.time.now - last;
    return ago > 3 * interval_ms ? [`L2: ${uid} was last collected ${ago} ms ago`] : [];
  });

function shardProblems({ living }: SimFleet): string[] {
  const problems: string[] = [];
  const holders = new Map<number, string>();
  for (const { replica, name } of living()) {
    for (const shard of replica.leases.held) {
      if (holders.has(shard))
        problems.push(`shard ${shard} is held by ${holders.get(shard)} and ${name}`);
      holders.set(shard, name);
    }
  }
  // One on its way from hand to hand is nobody's for a moment.
  const orphans = living().flatMap(({ replica }) =>
    [...replica.leases.orphans()].filter(([, ms]) => ms > 5_000),
  );
  if (orphans.length) problems.push(`L1: ${orphans.length} shards are nobody's when all is well`);
  if (holders.size < shardCount * 0.9)
    problems.push(`L1: only ${holders.size} shards are held when all is well`);
  return problems;
}

/** In the calm no cycle runs twice: two of one target are an interval apart. */
const doubledCycles = ({ world }: SimFleet, calmSince: number): string[] =>
  world.targets.flatMap(({ uid }) => {
    const starts = world.databases.witnesses
      .filter((each) => each.uid === uid && each.started > calmSince)
      .map(({ started }) => started);
    return starts
      .slice(1)
      .map((at, i) => at - (starts[i] ?? at))
      .filter((gap) => gap < interval_ms / 2)
      .map((gap) => `a cycle of ${uid} ran twice within ${gap} ms`);
  });
