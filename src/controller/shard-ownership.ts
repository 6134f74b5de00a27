import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Random } from '../base/random.ts';
import {
  type LeaseKeeper,
  type LeaseKeeperDeps,
  startLeaseKeeper,
} from '../coordination/lease-keeper.ts';
import type { LeaseStore, SessionFacts } from '../coordination/lease-store.ts';
import { meanLoad } from '../coordination/weights.ts';
import type { Fleet } from './fleet.ts';

/**
 * Which targets' shards are this replica's, and what follows when that changes. It is there before
 * it begins, and holds nothing until then: whoever asks need not know whether it has begun.
 */
export interface ShardOwnership {
  /** As the lease keeper tells; of none before it begins. */
  readonly leases: Pick<
    LeaseKeeper,
    'state' | 'problem' | 'held' | 'survey' | 'surveyAge_ms' | 'orphans'
  >;
  readonly certain: boolean;
  /** It lives in the shared state, or did when that was last there. */
  readonly isMember: boolean;
  holds(uid: string): boolean;
  /** Of a shard itself. */
  holdsShard(shard: number): boolean;
  /** A new cycle of the target may start now. */
  mayStart(uid: string): boolean;
  announce(): void;
  /** Opens a session and claims shards from now on. */
  begin(duties: ShardDuties): void;
  stop(signal: AbortSignal): Promise<void>;
}

/** What must be done for targets whose shards come and go. */
export interface ShardDuties {
  /** What it tells the others of itself beside its load. */
  facts(): Omit<SessionFacts, 'load' | 'targetLoad'>;
  /** Others may have them already. */
  lost(uids: readonly string[]): void;
  gained(uids: readonly string[]): void;
  /** Resolves when others may have them. */
  handOver(uids: readonly string[]): Promise<void>;
}

export interface ShardOwnershipDeps
  extends Pick<
    LeaseKeeperDeps,
    'newSessionId' | 'watchAlive' | 'silent_ms' | 'mayMove' | 'onOutage'
  > {
  fleet: Fleet;
  leases: LeaseStore;
  clock: Clock;
  random: Random;
  logger: Logger;
  metrics: Metrics;
}

const notBegun: LeaseKeeper = {
  state: 'none',
  problem: undefined,
  held: new Set(),
  holds: () => false,
  mayStart: () => false,
  certain: false,
  survey: () => undefined,
  surveyAge_ms: 0,
  orphans: () => new Map(),
  announce: () => undefined,
  stop: async () => undefined,
};

export function createShardOwnership(deps: ShardOwnershipDeps): ShardOwnership {
  const { weights } = deps.fleet;
  let keeper = notBegun;
  return {
    get leases() {
      return keeper;
    },
    get certain() {
      return keeper.certain;
    },
    get isMember() {
      return keeper.state !== 'none';
    },
    holds: (uid) => keeper.holds(weights.shard(uid)),
    holdsShard: (shard) => keeper.holds(shard),
    mayStart: (uid) => keeper.mayStart(weights.shard(uid)),
    announce: () => keeper.announce(),
    begin(duties) {
      keeper = startLeaseKeeper(keeperDeps(deps, duties, () => keeper.held));
    },
    stop: (signal) => keeper.stop(signal),
  };
}

function keeperDeps(
  deps: ShardOwnershipDeps,
  duties: ShardDuties,
  held: () => ReadonlySet<number>,
): LeaseKeeperDeps {
  const { fleet, metrics, ...rest } = deps;
  const moves = metrics.counter(
    'dbintel_ownership_moves_total',
    'Shards by how they came and went.',
    ['kind'],
  );
  let before: ReadonlySet<number> = new Set();
  return {
    ...rest,
    weight: fleet.weights.of,
    facts: () => ({ ...duties.facts(), ...meanLoad(fleet.weights) }),
    onSurvey: (sessions) =>
      fleet.weights.assume(sessions.flatMap(({ targetLoad }) => targetLoad ?? [])),
    onHeld(working) {
      const { lost, gained } = shardChanges(before, working, held());
      before = new Set(working);
      duties.lost(fleet.uidsOf(lost));
      duties.gained(fleet.uidsOf(gained));
    },
    handOver: (shards) => duties.handOver(fleet.uidsOf(shards)),
    onMove: (kind, count) => moves.inc({ kind }, count),
  };
}

/**
 * One that is on its way to another replica is still held and no longer worked for: it is not lost,
 * its hand-over ends what runs. Pure.
 */
export function shardChanges(
  before: ReadonlySet<number>,
  working: ReadonlySet<number>,
  held: ReadonlySet<number>,
): { lost: number[]; gained: number[] } {
  return {
    lost: [...before].filter((shard) => !working.has(shard) && !held.has(shard)),
    gained: [...working].filter((shard) => !before.has(shard)),
  };
}
