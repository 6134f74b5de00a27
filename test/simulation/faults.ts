import { watchTakeOver } from './checks.ts';
import type { SimFleet } from './fleet.ts';

/** What may happen in a run, each to one replica or to all. */
export const faults = {
  crash,
  pause,
  redisAway,
  redisEmpty,
  redisOlder,
  partition,
  blindness: (fleet: SimFleet) => cutWatch(fleet, 1_000, 20_000),
  silence: (fleet: SimFleet) => cutWatch(fleet, 20_000, 30_000),
  clockStep,
  evicted,
  apiAway,
  lossy,
  leave,
  join,
} satisfies Record<string, (fleet: SimFleet) => void>;

const some = ({ world }: SimFleet, least_ms: number, more_ms: number) =>
  least_ms + world.random.next() * more_ms;

function crash(fleet: SimFleet): void {
  const { living, say, world, start, run } = fleet;
  if (living().length < 2) return;
  const victim = fleet.anyone();
  say(`${victim.name} crashes`);
  run.crashes += 1;
  victim.crash();
  watchTakeOver(fleet, victim);
  world.time.at(some(fleet, 0, 10_000), start);
}

function pause(fleet: SimFleet): void {
  const { process, name } = fleet.anyone();
  if (process.paused) return;
  const ms = some(fleet, 1_000, 30_000);
  fleet.say(`${name} is stopped for ${Math.round(ms)} ms`);
  process.pause();
  fleet.disturb(ms);
  fleet.world.time.at(ms, () => process.resume());
}

function redisAway(fleet: SimFleet): void {
  const ms = some(fleet, 500, 20_000);
  fleet.say(`Redis is away for ${Math.round(ms)} ms`);
  fleet.world.faults.redisDown = true;
  fleet.disturb(ms);
  fleet.world.time.at(ms, () => {
    fleet.world.faults.redisDown = false;
  });
}

function redisEmpty({ world, say, disturb }: SimFleet): void {
  say('Redis comes back empty');
  world.leases.flush();
  world.states.clear();
  world.turns.clear();
  disturb(3_000);
}

function redisOlder(fleet: SimFleet): void {
  const { leaseData, time } = fleet.world;
  const copy = structuredClone(leaseData);
  const ms = some(fleet, 0, 3_000);
  fleet.say(`Redis fails over and loses ${Math.round(ms)} ms`);
  fleet.disturb(ms + 3_000);
  time.at(ms, () => {
    leaseData.sessions.clear();
    leaseData.owners.clear();
    for (const [id, session] of copy.sessions) leaseData.sessions.set(id, session);
    for (const [shard, id] of copy.owners) leaseData.owners.set(shard, id);
    leaseData.version = copy.version + 1_000;
  });
}

function partition(fleet: SimFleet): void {
  const { name } = fleet.anyone();
  const { cut, time } = fleet.world;
  const ms = some(fleet, 1_000, 25_000);
  fleet.say(`${name} is cut off from Redis for ${Math.round(ms)} ms`);
  cut.redis.add(name);
  fleet.disturb(ms);
  time.at(ms, () => void cut.redis.delete(name));
}

function cutWatch(fleet: SimFleet, least_ms: number, more_ms: number): void {
  const { name } = fleet.anyone();
  const { cut, time } = fleet.world;
  const ms = some(fleet, least_ms, more_ms);
  fleet.say(`the watch of ${name} is silent for ${Math.round(ms)} ms`);
  cut.watch.add(name);
  time.at(ms, () => void cut.watch.delete(name));
}

const day_ms = 86_400_000;

function clockStep(fleet: SimFleet): void {
  const { process, name } = fleet.anyone();
  const ms = some(fleet, -day_ms, 2 * day_ms);
  fleet.say(`the wall clock of ${name} steps by ${Math.round(ms)} ms`);
  process.step(ms);
  fleet.run.clocksDiffer = true;
}

function evicted({ world, say, disturb, pick }: SimFleet): void {
  const what = pick(['owners', 'sessions'] as const);
  say(`Redis evicts its ${what}`);
  world.leaseData[what].clear();
  disturb(3_000);
}

function apiAway(fleet: SimFleet): void {
  const ms = some(fleet, 500, 10_000);
  fleet.say(`the API server is away for ${Math.round(ms)} ms`);
  fleet.world.faults.apiDown = true;
  fleet.world.time.at(ms, () => {
    fleet.world.faults.apiDown = false;
  });
}

function lossy(fleet: SimFleet): void {
  const ms = some(fleet, 1_000, 10_000);
  fleet.say(`a fifth of all messages is lost for ${Math.round(ms)} ms`);
  fleet.world.faults.loss = 0.2;
  fleet.disturb(ms);
  fleet.world.time.at(ms, () => {
    fleet.world.faults.loss = 0;
  });
}

function leave({ living, anyone, say }: SimFleet): void {
  if (living().length < 2) return;
  const victim = anyone();
  say(`${victim.name} is told to stop`);
  void victim.stop();
}

const mostReplicas = 4;

function join({ living, start, say }: SimFleet): void {
  if (living().length > mostReplicas) return;
  say('one more starts');
  start();
}
