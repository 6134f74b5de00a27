import type { LeaseStore } from '../../src/coordination/lease-store.ts';
import { createMemoryLeases } from '../../src/coordination/memory/memory-state.ts';
import type { StateBackend } from '../../src/coordination/state-backend.ts';
import type { SimProcess } from './sim-clock.ts';
import type { World } from './world.ts';

/** A replica's way to Redis: the rules of leases and states, over the simulated network. */
export function createSimState(
  world: World,
  process: SimProcess,
  name: string,
  onSession: (id: string) => void,
): StateBackend & LeaseStore {
  const reachable = () => !world.faults.redisDown && !world.cut.redis.has(name);
  const call = <T>(work: () => T | Promise<T>): Promise<T> =>
    world.rpc(process, reachable, work).then((result) => result);
  return { ...stateOf(world, call), ...leasesOf(world, call, onSession) };
}

type Call = <T>(work: () => T | Promise<T>) => Promise<T>;

function leasesOf(world: World, call: Call, onSession: (id: string) => void): LeaseStore {
  const table = createMemoryLeases(world.leases, () => world.time.now);
  return {
    open(id, facts) {
      onSession(id);
      return call(() => table.open(id, facts));
    },
    renew: (id, sequence, facts) => call(() => table.renew(id, sequence, facts)),
    poll: () => call(() => table.poll()),
    survey: () => call(() => table.survey()),
    claim: (id, sequence, shards) => call(() => table.claim(id, sequence, shards)),
    release: (id, sequence, shards) => call(() => table.release(id, sequence, shards)),
    end: (id, sequence) => call(() => table.end(id, sequence)),
    onHint: () => () => undefined, // a hint may always be lost
    close: async () => undefined,
  };
}

function stateOf({ states, turns, marks, flags, time }: World, call: Call): StateBackend {
  return {
    loadTarget: (uid) => call(() => states.get(uid)),
    saveTarget: (uid, epoch, bytes) =>
      call(() => {
        if ((states.get(uid)?.epoch ?? 0) > epoch) return false;
        states.set(uid, { epoch, state: bytes });
        return true;
      }),
    deleteTarget: (uid) => call(() => void states.delete(uid)),
    mark: (mark, holder, ttl_ms, gone) => call(() => marks(mark, holder, ttl_ms, gone)),
    takeTurn: (turn, by, ttl_ms) => call(() => turns.take(turn, by, ttl_ms, time.now)),
    endTurn: (turn, by) => call(() => turns.end(turn, by)),
    publish: (flag, value) =>
      call(() => void (value === undefined ? flags.delete(flag) : flags.set(flag, value))),
    flags: () => call(() => new Map(flags)),
    watch(onFlags) {
      onFlags(new Map()); // nothing is stopped in this world
      return () => undefined;
    },
    close: async () => undefined,
  };
}
