import { seededRandom } from '../../src/base/random.ts';
import { makeTarget } from '../support/target.ts';
import { checkCalm, checkRunners } from './checks.ts';
import { faults } from './faults.ts';
import { createSimFleet, type SimFleet } from './fleet.ts';
import { interval_ms } from './replica.ts';
import { createWorld, type WorldOptions } from './world.ts';

/**
 * One run with a seed: replicas, targets, and faults at random times; then everything heals.
 * Checked all along: S1 (one collection per server), S2 (no status and no cycle goes back), S3
 * (nothing new begins while the watch is silent), L1 (a crashed replica's shards are claimed within
 * 17 s while Redis is up), and at the end L2 (every target is collected, by one replica, in its
 * rhythm).
 */
export interface Outcome {
  seed: number;
  violations: string[];
  cycles: number;
  crashes: number;
  /** Milliseconds from a crash until all its shards were somebody's. */
  takeOvers: number[];
  faults: string[];
}

/**
 * As the API server makes them. (Shards come from the first bits: names that differ only at the end
 * would all be in one.)
 */
const uuid = (random: () => number) =>
  Array.from({ length: 32 }, () => Math.floor(16 * random()).toString(16)).join('');
const targetCount = 6;
const turbulent_ms = 60_000;
const calm_ms = 75_000;
/** Shards that moved at the end of the turbulence are settled by then. */
const settling_ms = 35_000;

export async function simulate(seed: number, without?: WorldOptions['without']): Promise<Outcome> {
  const random = seededRandom(seed);
  const world = createWorld({
    random,
    targets: makeTargets(random.next),
    ...(without ? { without } : {}),
  });
  const fleet = createSimFleet(world);
  const calmFrom = world.time.now + turbulent_ms;
  await turbulence(fleet, calmFrom);
  heal(fleet);
  await world.time.run(calmFrom + calm_ms);
  await checkRunners(fleet);
  checkCalm(fleet, calmFrom + settling_ms);
  for (const { process } of fleet.replicas) process.kill();
  const { crashes, takeOvers, story } = fleet.run;
  const { violations, databases } = world;
  return {
    seed,
    violations,
    cycles: databases.witnesses.length,
    crashes,
    takeOvers,
    faults: story,
  };
}

const makeTargets = (next: () => number) =>
  Array.from({ length: targetCount }, (_, i) =>
    makeTarget({
      port: 1,
      host: `server-${Math.floor(i / 2)}`, // as the world has them
      uid: uuid(next),
      name: `t${i}`,
      database: `db${i}`,
      spec: { collection: { interval: `${interval_ms / 1_000}s` } },
    }),
  );

async function turbulence(fleet: SimFleet, until: number): Promise<void> {
  const { time, random } = fleet.world;
  for (let i = 0; i < 2 + Math.floor(random.next() * 3); i += 1)
    time.at(random.next() * 2_000, fleet.start);
  const count = 1 + Math.floor(random.next() * 6);
  for (let i = 0; i < count; i += 1) {
    const fault = fleet.pick(Object.values(faults));
    time.at(5_000 + random.next() * (turbulent_ms - 5_000), () => {
      if (fleet.living().length) fault(fleet);
    });
  }
  await time.run(until);
}

/** All is well again. */
function heal({ world, replicas, living, start }: SimFleet): void {
  for (const { process } of replicas) if (process.paused) process.resume();
  Object.assign(world.faults, { redisDown: false, apiDown: false, loss: 0 });
  world.cut.redis.clear();
  world.cut.watch.clear();
  while (living().length < 2) start();
}
