import { seededRandom } from '../../src/base/random.ts';
import { shardCount } from '../../src/coordination/shards.ts';
import { makeTarget } from '../support/target.ts';
import { interval_ms, type SimReplica as Replica, startReplica } from './replica.ts';
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
const crashBound_ms = 17_000;

export async function simulate(seed: number, without?: WorldOptions['without']): Promise<Outcome> {
  const random = seededRandom(seed);
  const targets = Array.from({ length: targetCount }, (_, i) =>
    makeTarget({
      port: 1,
      host: `server-${Math.floor(i / 2)}`, // as the world has them
      uid: uuid(random.next),
      name: `t${i}`,
      database: `db${i}`,
      spec: { collection: { interval: `${interval_ms / 1_000}s` } },
    }),
  );
  const world = createWorld({ random, targets, ...(without ? { without } : {}) });
  const { time } = world;
  const replicas: Replica[] = [];
  const told: string[] = [];
  const takeOvers: number[] = [];
  /** What keeps L1 from being promised: Redis was away, or nobody could act. */
  let disturbedAt = Number.NEGATIVE_INFINITY;
  let crashes = 0;
  /** A cadence is handed over as a time of day: machines that do not agree on it begin anew. */
  let clocksDiffer = false;
  const start = () => replicas.push(startReplica(world, `r${replicas.length}`));
  const living = () => replicas.filter(({ process }) => process.alive);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)] as T;
  const began = time.now;
  const say = (what: string) => told.push(`${((time.now - began) / 1_000).toFixed(1)} s ${what}`);

  for (let i = 0; i < 2 + Math.floor(random.next() * 3); i += 1)
    time.at(random.next() * 2_000, start);

  const faults: Record<string, () => void> = {
    crash() {
      if (living().length < 2) return;
      const victim = pick(living());
      say(`${victim.name} crashes`);
      crashes += 1;
      victim.crash();
      watchTakeOver(victim);
      time.at(random.next() * 10_000, start);
    },
    pause() {
      const victim = pick(living());
      if (!victim || victim.process.paused) return;
      const ms = 1_000 + random.next() * 30_000;
      say(`${victim.name} is stopped for ${Math.round(ms)} ms`);
      victim.process.pause();
      disturb(ms);
      time.at(ms, () => victim.process.resume());
    },
    redisAway() {
      const ms = 500 + random.next() * 20_000;
      say(`Redis is away for ${Math.round(ms)} ms`);
      world.faults.redisDown = true;
      disturb(ms);
      time.at(ms, () => {
        world.faults.redisDown = false;
      });
    },
    redisEmpty() {
      say('Redis comes back empty');
      world.leases.flush();
      world.states.clear();
      disturb(3_000);
    },
    redisOlder() {
      const copy = structuredClone(world.leaseData);
      const ms = random.next() * 3_000;
      say(`Redis fails over and loses ${Math.round(ms)} ms`);
      disturb(ms + 3_000);
      time.at(ms, () => {
        world.leaseData.sessions.clear();
        world.leaseData.owners.clear();
        for (const [id, session] of copy.sessions) world.leaseData.sessions.set(id, session);
        for (const [shard, id] of copy.owners) world.leaseData.owners.set(shard, id);
        world.leaseData.version = copy.version + 1_000;
      });
    },
    partition() {
      const victim = pick(living());
      const ms = 1_000 + random.next() * 25_000;
      say(`${victim.name} is cut off from Redis for ${Math.round(ms)} ms`);
      world.cut.redis.add(victim.name);
      disturb(ms);
      time.at(ms, () => void world.cut.redis.delete(victim.name));
    },
    blindness() {
      const victim = pick(living());
      const ms = 1_000 + random.next() * 20_000;
      say(`${victim.name} sees no events for ${Math.round(ms)} ms`);
      world.cut.watch.add(victim.name);
      time.at(ms, () => void world.cut.watch.delete(victim.name));
    },
    silence() {
      const victim = pick(living());
      const ms = 20_000 + random.next() * 30_000;
      say(`the watch of ${victim.name} is silent for ${Math.round(ms)} ms`);
      world.cut.watch.add(victim.name);
      time.at(ms, () => void world.cut.watch.delete(victim.name));
    },
    clockStep() {
      const victim = pick(living());
      const ms = (random.next() < 0.5 ? -1 : 1) * random.next() * 86_400_000;
      say(`the wall clock of ${victim.name} steps by ${Math.round(ms)} ms`);
      victim.process.step(ms);
      clocksDiffer = true;
    },
    evicted() {
      const what = pick(['owners', 'sessions'] as const);
      say(`Redis evicts its ${what}`);
      world.leaseData[what].clear();
      disturb(3_000);
    },
    apiAway() {
      const ms = 500 + random.next() * 10_000;
      say(`the API server is away for ${Math.round(ms)} ms`);
      world.faults.apiDown = true;
      time.at(ms, () => {
        world.faults.apiDown = false;
      });
    },
    lossy() {
      const ms = 1_000 + random.next() * 10_000;
      say(`a fifth of all messages is lost for ${Math.round(ms)} ms`);
      world.faults.loss = 0.2;
      disturb(ms);
      time.at(ms, () => {
        world.faults.loss = 0;
      });
    },
    leave() {
      if (living().length < 2) return;
      const victim = pick(living());
      say(`${victim.name} is told to stop`);
      void victim.stop();
    },
    join() {
      if (living().length > 4) return;
      say('one more starts');
      start();
    },
  };
  const disturb = (ms: number) => {
    disturbedAt = Math.max(disturbedAt, time.now + ms);
  };
  /** L1, with all that is promised only while Redis is up. */
  function watchTakeOver(victim: Replica): void {
    const at = time.now;
    const look = () => {
      const left = [...world.leaseData.owners.values()].filter(
        (owner) => owner === victim.session,
      ).length;
      if (left === 0) {
        if (disturbedAt < at) takeOvers.push(time.now - at);
        return;
      }
      if (time.now - at > crashBound_ms) {
        if (disturbedAt < at && living().length)
          world.violations.push(
            `L1: ${left} shards of ${victim.name} are still nobody's after 17 s`,
          );
        return;
      }
      time.at(100, look);
    };
    look();
  }
  const count = 1 + Math.floor(random.next() * 6);
  for (let i = 0; i < count; i += 1) {
    const fault = pick(Object.keys(faults));
    time.at(5_000 + random.next() * (turbulent_ms - 5_000), () => {
      if (living().length) faults[fault]?.();
    });
  }
  await time.run(began + turbulent_ms);
  // All is well again.
  for (const { process } of replicas) if (process.paused) process.resume();
  Object.assign(world.faults, { redisDown: false, apiDown: false, loss: 0 });
  world.cut.redis.clear();
  world.cut.watch.clear();
  while (living().length < 2) start();
  await time.run(began + turbulent_ms + calm_ms);
  // One on its way from hand to hand is nobody's for a moment, not for longer.
  let unowned = new Set(targets.map(({ uid }) => uid));
  for (let look = 0; look < 4; look += 1) {
    if (look > 0) await time.run(time.now + 3_000);
    unowned = new Set([...unowned].filter((uid) => runners(uid) === 0));
    for (const { uid } of targets)
      if (runners(uid) > 1)
        world.violations.push(`L2: ${uid} is run by ${runners(uid)} replicas when all is well`);
  }
  for (const uid of unowned)
    world.violations.push(`L2: ${uid} is run by no replica when all is well`);
  checkCalm();

  function runners(uid: string): number {
    return living().filter(({ replica }) => replica.targets().some((target) => target.uid === uid))
      .length;
  }
  function checkCalm(): void {
    const live = living();
    for (const target of targets) {
      const last = Math.max(
        ...live.map(({ collected }) => collected.get(target.uid) ?? Number.NEGATIVE_INFINITY),
      );
      if (time.now - last > 3 * interval_ms)
        world.violations.push(`L2: ${target.uid} was last collected ${time.now - last} ms ago`);
    }
    const holders = new Map<number, string>();
    for (const { replica, name } of live) {
      for (const shard of replica.leases.held) {
        if (holders.has(shard))
          world.violations.push(`shard ${shard} is held by ${holders.get(shard)} and ${name}`);
        holders.set(shard, name);
      }
    }
    // One on its way from hand to hand is nobody's for a moment.
    const orphans = live.flatMap(({ replica }) =>
      [...replica.leases.orphans()].filter(([, ms]) => ms > 5_000),
    );
    if (orphans.length)
      world.violations.push(`L1: ${orphans.length} shards are nobody's when all is well`);
    if (holders.size < shardCount * 0.9)
      world.violations.push(`L1: only ${holders.size} shards are held when all is well`);
    if (!clocksDiffer) doubled();
  }
  /** In the calm no cycle runs twice: two of one target are an interval apart. */
  function doubled(): void {
    const calm = began + turbulent_ms + 35_000;
    for (const { uid } of targets) {
      const starts = world.databases.witnesses
        .filter((each) => each.uid === uid && each.started > calm)
        .map(({ started }) => started);
      for (const [i, at] of starts.slice(1).entries())
        if (at - (starts[i] as number) < interval_ms / 2)
          world.violations.push(
            `a cycle of ${uid} ran twice within ${at - (starts[i] as number)} ms`,
          );
    }
  }
  for (const replica of replicas) replica.process.kill();
  return {
    seed,
    violations: world.violations,
    cycles: world.databases.witnesses.length,
    crashes,
    takeOvers,
    faults: told,
  };
}
