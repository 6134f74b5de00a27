import type { Clock } from '../../src/base/clock.ts';
import { AppError } from '../../src/base/errors.ts';
import type { Engine, Session } from '../../src/engines/engine.ts';
import { refused } from '../../src/model/refusal.ts';
import type { World } from './world.ts';

/** A database as far as ownership goes: a lock, a watched cycle, and nothing to explain. */
export interface SimEngineDeps {
  world: World;
  clock: Clock;
  /** Of the replica. */
  name: string;
  /** The highest epoch that the replica was ever told of the target. */
  toldEpoch(uid: string): number;
  /** A cycle begins to connect. */
  onOpen(): void;
}

const lockTries = 3;

export const createSimEngine = (deps: SimEngineDeps): Engine => ({
  name: 'postgres',
  prerequisitesSql: () => '',
  statements: () => [],
  ddl: async () => ({ apply: [], rollback: [] }),
  open: (options) => open(deps, options),
});

async function open(
  { world, clock, name, toldEpoch, onOpen }: SimEngineDeps,
  { target, identity, signal }: Parameters<Engine['open']>[0],
): Promise<Session> {
  const { databases, random, between } = world;
  onOpen();
  await clock.sleep(between(1, 20));
  const session = databases.open(target.uid, identity.epoch, name);
  const later = async (most: number) => {
    await clock.sleep(between(1, most), signal).catch(() => {
      throw signal.reason;
    });
    if (session.killed) throw new AppError('connection_failed', 'terminated by a newer owner');
  };
  const close = async () => databases.close(session);
  return {
    server: { version: '18', role: 'primary', id: target.uid },
    databaseMs: 0,
    together: true,
    async lock() {
      await later(20);
      for (let attempt = 1; !databases.lock(session); attempt += 1) {
        if (attempt === lockTries) return false;
        await clock.sleep(1_000 + 2_000 * random.next(), signal);
      }
      return true;
    },
    async health() {
      await later(20);
      databases.begin(session, toldEpoch(target.uid) > identity.epoch);
      return {
        role: 'primary',
        connectionsUsed: 0,
        activeSessions: 0,
        lockWaiters: 0,
        took_ms: 1,
      };
    },
    prerequisites: async () => [],
    async *rehearse() {
      yield* [];
    },
    texts: async () => new Map(),
    async snapshot() {
      await later(2_000);
      return { at: clock.now(), epoch: 'e', statements: [] };
    },
    prepare: async () => [],
    refusedByText: () => false,
    explain: async () => ({ ...refused('internal'), sent: 1 }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
