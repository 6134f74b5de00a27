import { parseDuration } from '../base/quantity.ts';
import type { Config } from '../config.ts';
import { acquireTarget, isStillMine } from '../controller/acquire.ts';
import { createFleet, type Fleet } from '../controller/fleet.ts';
import { createShardOwnership, type ShardOwnership } from '../controller/shard-ownership.ts';
import { invalidStatus } from '../controller/status/between-cycles.ts';
import { type ClusterStops, createClusterStops } from '../controller/stops/cluster-stops.ts';
import {
  type ClusterSuspensions,
  createClusterSuspensions,
} from '../controller/stops/cluster-suspensions.ts';
import { countCovered } from '../controller/stops/merge-stops.ts';
import { createStopBook, type StopBook } from '../controller/stops/stop-book.ts';
import { createStopTally, type StopTally } from '../controller/stops/stop-tally.ts';
import { createUnknownTargets, type UnknownTargets } from '../coordination/known-targets.ts';
import type { LeaseStore } from '../coordination/lease-store.ts';
import type { StateBackend } from '../coordination/state-backend.ts';
import type { StopScope } from '../model/stop.ts';
import type { ClusterTargetStore, StoreHealth, TargetIdentity } from '../targets/target-store.ts';
import type { PhasePorts } from './advice-phases.ts';
import { buildCollection, type Collection } from './build-collection.ts';
import { type ClusterIdentity, createClusterIdentity } from './cluster-identity.ts';
import type { Ports } from './ports.ts';

/** One replica of the operator: whatever its ports are, it is made of the same parts. */
export interface ReplicaPorts extends Ports, PhasePorts {
  store: ClusterTargetStore;
  state: StateBackend & LeaseStore;
}

export interface ReplicaLimits {
  /** A watch that has been silent for so long may hide an edit, and that a stop is over. */
  watch_ms: number;
}

/** Its parts, each made of those before it; nothing runs yet. */
export interface Wired {
  ports: ReplicaPorts;
  config: Config;
  limits: ReplicaLimits;
  me: { holder: string; pod: string };
  fleet: Fleet;
  cluster: ClusterIdentity;
  unknown: UnknownTargets;
  ownership: ShardOwnership;
  stops: ClusterStops;
  tally: StopTally;
  book: StopBook;
  since: number;
  suspensions: ClusterSuspensions;
  collection: Collection;
  canceling: AbortController;
}

export function wire(ports: ReplicaPorts, config: Config, limits: ReplicaLimits): Wired {
  const { store, newId, name: pod } = ports;
  // A process, not a pod: a container that restarts within its pod is another holder.
  const me = { pod, holder: `${config.DBINTEL_POD_UID ?? newId(8)}-${newId(4)}` };
  const fleet = createFleet();
  const ownership = wireOwnership(ports, config, limits, fleet, me);
  const mayTell = () => ownership.isMember;
  const generationOf = (uid: string) => fleet.refs.get(uid)?.generation;
  const covered = (scope: StopScope) =>
    countCovered(
      scope,
      fleet.refs.values().map((ref) => ({ ...ref, labels: store.labels(ref.uid) })),
    );
  const stops = createClusterStops({
    ...ports,
    random: ports.random.next,
    covered,
    mayTell,
    watchLimit_ms: limits.watch_ms,
  });
  const suspensions = createClusterSuspensions({ ...ports, generationOf, mayTell });
  const cluster = createClusterIdentity(store, ports);
  const unknown = createUnknownTargets(fleet.weights.members);
  const book = createStopBook({ ...ports, keep: ports.history.keepStop, covered });
  const own = { tally: createStopTally(), book, since: ports.clock.now() };
  const before = { ports, config, limits, me, fleet, cluster, unknown, ...own };
  const decided = { ...before, ownership, stops, suspensions };
  const collection = wireCollection(decided);
  return { ...decided, collection, canceling: new AbortController() };
}

/** The API server is asked for stops every second. */
const answerLimit_ms = 5_000;

/** Each has a watch of its own: all namespaces together, or those that are named. */
const places = ({ DBINTEL_WATCH_NAMESPACES: names }: Config): readonly string[] =>
  names.length ? names : [''];

export const isHeard =
  (health: StoreHealth, { watch_ms }: ReplicaLimits) =>
  (namespace: string): boolean =>
    health.watchAgeIn_ms(namespace) < watch_ms;

/** Of the place that was heard last. */
export const silent_ms = (health: StoreHealth, config: Config): number =>
  Math.min(...places(config).map(health.watchAgeIn_ms));

function wireOwnership(
  ports: ReplicaPorts,
  config: Config,
  limits: ReplicaLimits,
  fleet: Fleet,
  { pod }: Wired['me'],
): ShardOwnership {
  const { state, store } = ports;
  return createShardOwnership({
    ...ports,
    fleet,
    leases: {
      ...state,
      // Nothing is claimed before it is known what is stopped.
      async open(id, facts) {
        await state.flags();
        await state.open(id, facts);
      },
    },
    newSessionId: () => `${pod}-${ports.newId(6)}`,
    watchAlive: () => silent_ms(store.health, config) < limits.watch_ms,
    silent_ms: () => silent_ms(store.health, config),
    mayMove: () => store.health.answerAge_ms < answerLimit_ms,
    onOutage: config.DBINTEL_REDIS_OUTAGE,
  });
}

function wireCollection(wired: Omit<Wired, 'collection' | 'canceling'>): Collection {
  const { ports, config, limits, me, fleet, ownership, stops, suspensions } = wired;
  const { store, state, clock, logger } = ports;
  const heard = isHeard(store.health, limits);
  const ownerOf = (uid: string) => fleet.refs.get(uid)?.owner;
  return buildCollection({
    ports,
    config,
    fleet,
    store,
    state,
    holder: me.holder,
    ownership: {
      mayRun: ownership.holds,
      isConfirmed: () => ownership.leases.state === 'valid',
      // A namespace that is gone, with its rights, keeps no other waiting.
      mayStart: (uid) => ownership.mayStart(uid) && heard(fleet.refs.get(uid)?.namespace ?? ''),
      acquire: (target, written) => own(wired, target, written),
      stillMine: (target, epoch) =>
        isStillMine(target, epoch, {
          store,
          seen: ownerOf(target.uid),
          certain: ownership.certain,
        }),
    },
    stops: () => (suspensions.list.length ? [...stops.list, ...suspensions.list] : stops.list),
    async onInvalid(ref, why) {
      const { ownership, status } = await own(wired, ref);
      const facts = { target: ref, ownership, now: clock.now() };
      store.writeStatus(ref, invalidStatus(status, why, facts));
    },
    async onDeleted(ref) {
      await state
        .deleteTarget(ref.uid)
        .catch((error: unknown) =>
          logger.info({ error }, 'what was known of a deleted target runs out by itself'),
        );
    },
    onCycle: ({ cycle }, { uid, spec }) =>
      fleet.weights.observe(uid, cycle.durationMs, parseDuration(spec.collection.interval)),
  });
}

export const own = (
  { ports, fleet, me }: Pick<Wired, 'ports' | 'fleet' | 'me'>,
  target: TargetIdentity,
  written?: number,
) =>
  acquireTarget(target, {
    written,
    store: ports.store,
    seen: fleet.refs.get(target.uid)?.owner,
    me: { ...me, shard: fleet.weights.shard(target.uid) },
  });
