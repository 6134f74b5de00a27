import { AppError } from '../base/errors.ts';
import { createLifecycle, type Lifecycle } from '../base/lifecycle.ts';
import { parseDuration } from '../base/quantity.ts';
import { regularly } from '../base/regularly.ts';
import type { Config } from '../config.ts';
import { acquireTarget, isStillMine } from '../controller/acquire.ts';
import { sayFarewell } from '../controller/farewell.ts';
import { createFleet, type Fleet } from '../controller/fleet.ts';
import { orphanedTargets, orphansRemark } from '../controller/fleet-alarms.ts';
import { whyNotReady, whyStuck } from '../controller/replica-health.ts';
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
import {
  createUnknownTargets,
  describeKnown,
  type UnknownTargets,
} from '../coordination/known-targets.ts';
import type { LeaseStore, SessionFacts } from '../coordination/lease-store.ts';
import { shardOf } from '../coordination/shards.ts';
import type { StateBackend } from '../coordination/state-backend.ts';
import type { StopScope } from '../model/stop.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import type {
  ClusterTargetStore,
  StoreHealth,
  TargetHandler,
  TargetIdentity,
} from '../targets/target-store.ts';
import { version } from '../version.ts';
import { addPhases, type PhasePorts } from './advice-phases.ts';
import { buildCollection, type Collection } from './build-collection.ts';
import { type ClusterIdentity, createClusterIdentity } from './cluster-identity.ts';
import {
  addDuties,
  exportersClose_ms,
  programEnds,
  stopReserve_ms,
  withinDrain,
} from './duties.ts';
import { coverStopped, followSilence } from './fleet-table.ts';
import { commonGauges, replicaGauges } from './gauges.ts';
import type { Ports, Program } from './ports.ts';
import { apiServerOf, busyFacts, createReplicaReports, lifting } from './replica-reports.ts';
import { type Served, serve } from './serve.ts';
import { isShared } from './shared-state.ts';
import { answerOnceSeen } from './stop-seen.ts';

/** One replica of the operator: whatever its ports are, it is made of the same parts. */
export interface ReplicaPorts extends Ports, PhasePorts {
  store: ClusterTargetStore;
  state: StateBackend & LeaseStore;
}

export interface Replica extends Program {
  /** Those that run here. */
  targets(): readonly Target[];
  readonly leases: ShardOwnership['leases'];
}

export interface ReplicaLimits {
  /** A watch that has been silent for so long may hide an edit, and that a stop is over. */
  watch_ms: number;
}
const replicaLimits: ReplicaLimits = { watch_ms: 120_000 };

export function buildReplica(
  ports: ReplicaPorts,
  config: Config,
  limits: ReplicaLimits = replicaLimits,
): Replica {
  const replica = wire(ports, config, limits);
  const { collection, ownership, canceling } = replica;
  const parts = createLifecycle();
  return {
    targets: collection.controller.targets,
    get leases() {
      return ownership.leases;
    },
    start: () => start(replica, parts),
    stop: () => parts.stopWithin(config.DBINTEL_DRAIN + stopReserve_ms, ports.clock),
    cancel: () => canceling.abort(programEnds()),
  };
}

/** Its parts, each made of those before it; nothing runs yet. */
interface Wired {
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

function wire(ports: ReplicaPorts, config: Config, limits: ReplicaLimits): Wired {
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

const isHeard =
  (health: StoreHealth, { watch_ms }: ReplicaLimits) =>
  (namespace: string): boolean =>
    health.watchAgeIn_ms(namespace) < watch_ms;

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
    watchAlive: () => places(config).some(isHeard(store.health, limits)),
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

const own = (
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

/** Each part as it begins to run, with how it stops: in the reverse order. */
async function start(wired: Wired, parts: Lifecycle): Promise<{ api: string | undefined }> {
  const { ports, config, stops, suspensions, collection, canceling } = wired;
  const { controller } = collection;
  const { store, clock } = ports;
  parts.add('state', () => ports.state.close());
  parts.add('history', () => ports.history.close());
  parts.add('exporters', () => collection.exporters.close(exportersClose_ms));
  parts.add('targets', () => store.close());
  parts.add(
    'stops',
    stops.follow(() => onStops(wired)),
  );
  parts.add('suspensions', suspensions.follow(controller.onStops));
  parts.add('collectors', () =>
    withinDrain(controller.stop, canceling, config.DBINTEL_DRAIN, clock),
  );
  parts.add('watch', store.watch(handlerOf(wired)));
  parts.add('farewell', () => farewell(wired));
  const api = await serve(served(wired), ports, config, parts);
  addDuties(parts, ports, config, collection);
  addReplicaDuties(wired, parts);
  beginWhenReady(wired, parts, api);
  return { api };
}

function onStops(wired: Wired): void {
  wired.tally.note(wired.stops.list, busyTargets(wired));
  wired.book.see(wired.stops.list, [sessionFacts(wired)]);
  wired.collection.controller.onStops();
  wired.ownership.announce();
  cover(wired);
}

const cover = ({ ports: { store }, stops }: Wired): void =>
  coverStopped(store.table, stops.list, store.labels);

function handlerOf({ collection: { controller }, fleet, suspensions }: Wired): TargetHandler {
  return {
    ...controller.handler,
    upsert(ref, why) {
      const edited = why === 'edit' && fleet.refs.get(ref.uid)?.generation !== ref.generation;
      controller.handler.upsert(ref, why);
      if (edited) suspensions.saw(ref);
    },
  };
}

const farewell = (wired: Wired): Promise<void> =>
  sayFarewell({
    ...wired.ports,
    ...wired.me,
    refs: wired.fleet.refs.values(),
    shared: wired.config.DBINTEL_REDIS_ENDPOINTS.length > 0,
    survey: () => wired.ports.state.survey(),
    own: (ref) => own(wired, ref),
  });

function served(wired: Wired): Served {
  const { ports, config, limits, fleet, cluster, ownership, stops, suspensions } = wired;
  const { store, clock } = ports;
  const { controller } = wired.collection;
  const orphaned = () =>
    orphanedTargets(
      ownership.leases.orphans(),
      fleet.weights.members,
      wired.unknown.count(clock.monotonic()),
    );
  const reports = createReplicaReports({
    ...ports,
    ownership,
    fleet,
    stops: () => stops.list,
    facts: () => ({ load: loadOf(wired), ...sessionFacts(wired) }),
    shared: isShared(config),
    watchLimit_ms: limits.watch_ms,
    now: clock.now,
  });
  return {
    alone: false,
    store,
    state: ports.state,
    health: {
      stuck: () =>
        whyStuck({ queueStuck_ms: controller.stuck_ms, attemptAge_ms: store.health.attemptAge_ms }),
      notReady: () =>
        whyNotReady({
          storeProblem: store.health.problem,
          stopsRead: stops.synced,
          unidentified: cluster.problem,
          watchAge_ms: store.health.watchAge_ms,
          watchTrouble: store.health.trouble,
          unheard: config.DBINTEL_WATCH_NAMESPACES.filter(
            (each) => !isHeard(store.health, limits)(each),
          ),
          watchLimit_ms: limits.watch_ms,
          lease: ownership.leases,
        }),
      remark: () => orphansRemark(orphaned()),
    },
    gauges: {
      ...commonGauges(wired.collection, () => stops.list.length + suspensions.list.length),
      ...replicaGauges({ controller, store, fleet, ownership, orphaned }),
    },
    answers: {
      // A history of its own tells of what it collects itself.
      targets: config.DBINTEL_HISTORY_URL ? () => fleet.refs.values() : controller.targets,
      elsewhere: (wanted) => uidOf(fleet, targetLabel(wanted)),
      cycles: wired.collection.cycles,
      sources: () => ({ apiServer: apiServerOf(store.health, limits.watch_ms, clock.now()) }),
      ...reports,
      stops: () => stops.list,
      stop: answerOnceSeen(stops, ports.clock),
      resume: lifting(wired.book, () => stops.list, stops.resume),
    },
  };
}

const uidOf = ({ refs }: Fleet, label: string): string | undefined =>
  refs.values().find((ref) => targetLabel(ref) === label)?.uid;

const overdueLook_ms = 10_000;
const unknownLook_ms = 5_000;
const stopsLook_ms = 1_000;

function addReplicaDuties(wired: Wired, parts: Lifecycle): void {
  const { ports, config, collection, ownership, unknown } = wired;
  const { clock, logger, state } = ports;
  const lookForUnknown = async () => {
    if (isShared(config) && ownership.isMember)
      unknown.look(await state.survey(), clock.monotonic());
  };
  const tellOverdue = async () => collection.tellOverdue();
  parts.add('fleet', followSilence(ports.store.table, clock, logger));
  parts.add('overdue', regularly(clock, overdueLook_ms, logger, tellOverdue));
  parts.add('unknown targets', regularly(clock, unknownLook_ms, logger, lookForUnknown));
  parts.add(
    'stop statuses',
    regularly(clock, stopsLook_ms, logger, () => lookAtStops(wired)),
  );
  parts.add('past stops', regularly(clock, stopsLook_ms, logger, wired.book.write));
  addPhases(parts, ports, collection.controller.running);
}

async function lookAtStops(wired: Wired): Promise<void> {
  const { ports, ownership, stops, suspensions, book } = wired;
  stops.look();
  suspensions.look();
  if (stops.list.length === 0) return;
  ownership.announce(); // what is in flight changes by itself
  const { sessions } = await ports.state.survey();
  const others = sessions.map(({ facts }) => facts).filter(({ name }) => name !== wired.me.pod);
  book.see(stops.list, [...others, sessionFacts(wired)]);
  stops.report(sessions, (stop) => ownership.holdsShard(shardOf(stop.uid)));
}

const readyLook_ms = 50;

/**
 * Shards are claimed when it is known what there is, what is stopped, and which cluster this is.
 */
function beginWhenReady(wired: Wired, parts: Lifecycle, api: string | undefined): void {
  const { ports, config, me, fleet, cluster, ownership, stops, canceling } = wired;
  const { clock, logger, store } = ports;
  const endWaiting = regularly(clock, readyLook_ms, logger, async () => {
    if (!store.health.enough || !stops.synced) return undefined;
    // Alone, it shares nothing that another cluster's replicas could take.
    if (isShared(config) && !(await cluster.find())) return undefined;
    logger.info({ api, ...me, targets: fleet.refs.size }, 'dbintel operator is ready to collect');
    beginOwnership(wired);
    return 'done';
  });
  parts.add('ownership', async () => {
    await endWaiting();
    await withinDrain(ownership.stop, canceling, config.DBINTEL_DRAIN, clock);
  });
}

function beginOwnership(wired: Wired): void {
  const { ports, collection, ownership, canceling } = wired;
  const { controller } = collection;
  ownership.begin({
    facts: () => sessionFacts(wired),
    lost: (uids) =>
      void controller.drain(
        uids,
        AbortSignal.abort(new AppError('ownership_lost', 'its shard was lost')),
      ),
    gained: controller.look,
    async handOver(uids) {
      await controller.drain(uids, canceling.signal);
      await ports.store.settle(uids);
    },
  });
}

const busyTargets = ({ collection }: Pick<Wired, 'collection'>): Target[] =>
  [...collection.controller.running()]
    .filter(({ collector }) => collector.busy)
    .map(({ target }) => target);

const loadOf = ({ fleet, ownership }: Wired): number =>
  [...ownership.leases.held].reduce((sum, shard) => sum + fleet.weights.of(shard), 0);

function sessionFacts(wired: Wired): Omit<SessionFacts, 'load' | 'targetLoad'> {
  const { config, me, fleet, cluster, stops, tally, since } = wired;
  return {
    scope: config.DBINTEL_WATCH_NAMESPACES.toSorted().join(',') || 'all',
    ...(config.DBINTEL_INSTALL ? { install: config.DBINTEL_INSTALL } : {}),
    ...(cluster.known ? { cluster: cluster.known } : {}),
    known: describeKnown(fleet.weights.members),
    name: me.pod,
    ...busyFacts(stops.list, busyTargets(wired), tally),
    version,
    since,
  };
}
