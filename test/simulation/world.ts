import { AppError } from '../../src/base/errors.ts';
import type { Random } from '../../src/base/random.ts';
import {
  createLeaseTable,
  emptyLeaseData,
  type LeaseData,
} from '../../src/coordination/memory/lease-table.ts';
import { createMarks } from '../../src/coordination/memory/marks.ts';
import { createTurnTable } from '../../src/coordination/memory/turns.ts';
import type { Target } from '../../src/resources/kinds/database-target/target.ts';
import { createSimApiServer } from './api-server.ts';
import { createDatabases } from './databases.ts';
import { createSimClock, type SimClock, type SimProcess } from './sim-clock.ts';

/**
 * What the replicas share: Redis, the API server, the databases, and the network between them.
 * Every fault is a field that somebody sets.
 */
export type World = ReturnType<typeof createWorld>;

export interface WorldOptions {
  random: Random;
  targets: readonly Target[];
  /** Guards that a mutant leaves out. */
  without?: 'fence' | 'database-lock';
}

interface Faults {
  redisDown: boolean;
  apiDown: boolean;
  latency_ms: number;
  /** Share of all messages that is lost. */
  loss: number;
}

const rpcTimeout_ms = 1_000;

export function createWorld({ random, targets, without }: WorldOptions) {
  const time = createSimClock();
  const leaseData: LeaseData = emptyLeaseData();
  const violations: string[] = [];
  const violate = (what: string) => void violations.push(what);
  const faults: Faults = { redisDown: false, apiDown: false, latency_ms: 5, loss: 0 };
  const between = (least: number, most: number) => least + (most - least) * random.next();
  const now = () => time.now;
  return {
    time,
    random,
    targets,
    between,
    faults,
    /** Of one replica. */
    cut: { redis: new Set<string>(), watch: new Set<string>() },
    violations,
    api: createSimApiServer({ targets, fenced: without !== 'fence' }, (what) =>
      violate(`${what} at ${time.now}`),
    ),
    databases: createDatabases({ targets, locked: without !== 'database-lock', now, violate }),
    leaseData,
    leases: createLeaseTable(12_000, leaseData),
    states: new Map<string, { epoch: number; state: Uint8Array }>(),
    turns: createTurnTable(),
    marks: createMarks(now),
    flags: new Map<string, unknown>(),
    rpc: <T>(process: SimProcess, reachable: () => boolean, work: () => T): Promise<T> =>
      rpc({ time, random, faults, between }, process, reachable, work),
  };
}

/**
 * A request with its way there and back. Lost ones end after a second, whether they were executed
 * or not.
 */
function rpc<T>(
  net: {
    time: SimClock;
    random: Random;
    faults: Faults;
    between(least: number, most: number): number;
  },
  process: SimProcess,
  reachable: () => boolean,
  work: () => T,
): Promise<T> {
  const { time, random, faults } = net;
  const lost = () => random.next() < faults.loss;
  const onItsWay = (arrive: () => void) => time.at(net.between(0, faults.latency_ms), arrive);
  return new Promise((resolve, reject) => {
    const late = new AppError('coordination_failed', 'no answer');
    const cancelLate = process.clock.after(rpcTimeout_ms, () => reject(late));
    const answer = (settle: () => void) =>
      onItsWay(() =>
        process.deliver(() => {
          cancelLate();
          settle();
        }),
      );
    if (!reachable() || lost()) return;
    onItsWay(() => {
      if (!reachable()) return;
      let result: T;
      try {
        result = work();
      } catch (error) {
        return answer(() => reject(error as Error));
      }
      if (!lost()) answer(() => resolve(result));
    });
  });
}
