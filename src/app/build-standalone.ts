import { createLifecycle, type Lifecycle } from '../base/lifecycle.ts';
import { parseDuration } from '../base/quantity.ts';
import { regularly } from '../base/regularly.ts';
import type { Config } from '../config.ts';
import { createFleet } from '../controller/fleet.ts';
import { type Due, isStuck } from '../controller/progress.ts';
import { toStop } from '../controller/stops/merge-stops.ts';
import { createStopBook, type StopBook } from '../controller/stops/stop-book.ts';
import { liftStops, publishStop, watchStops } from '../controller/stops/stop-flags.ts';
import { stopProgress } from '../controller/stops/stop-progress.ts';
import { countOf, createStopTally, type StopTally } from '../controller/stops/stop-tally.ts';
import type { EpochSource, StateBackend } from '../coordination/state-backend.ts';
import type { PlanBatch } from '../model/batch.ts';
import type { Stop, StopScope } from '../model/stop.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import type { TargetStore } from '../targets/target-store.ts';
import { version } from '../version.ts';
import { buildCollection, type Collection } from './build-collection.ts';
import { createCycleCount } from './cycle-count.ts';
import {
  addDuties,
  exportersClose_ms,
  programEnds,
  stopReserve_ms,
  withinDrain,
} from './duties.ts';
import { coverStopped, followSilence } from './fleet-table.ts';
import { commonGauges } from './gauges.ts';
import { namedFolders } from './named-folders.ts';
import type { Ports, Program } from './ports.ts';
import { busyFacts, lifting, type ReplicaReports } from './replica-reports.ts';
import { type Served, serve } from './serve.ts';
import { previewOf } from './stop-preview.ts';

/** A program that collects from a folder of manifests, alone. */
export interface StandalonePorts extends Ports {
  store: TargetStore;
  state: StateBackend & EpochSource;
  /** After each cycle; `count`: of this target, since the program began. */
  onCycle(batch: PlanBatch, count: number): void;
  /** Every target has had so many cycles. */
  until?: { cycles: number; reached(): void };
}

export function buildStandalone(ports: StandalonePorts, config: Config): Program {
  const standalone = wire(ports, config);
  const parts = createLifecycle();
  return {
    start: () => start(standalone, parts),
    stop: () => parts.stopWithin(config.DBINTEL_DRAIN + stopReserve_ms, ports.clock),
    cancel: () => standalone.canceling.abort(programEnds()),
  };
}

/** Those that `dbintel stop` made, and the EmergencyStops among the manifests. */
interface StopsOfBothSides {
  asked: readonly Stop[];
  manifests: readonly Stop[];
}

interface Wired {
  ports: StandalonePorts;
  config: Config;
  /** What changes while it runs. */
  now: { stops: StopsOfBothSides; lastCycleAt: number };
  tally: StopTally;
  book: StopBook;
  since: number;
  collection: Collection;
  canceling: AbortController;
}

function wire(ports: StandalonePorts, config: Config): Wired {
  const { store, state, clock } = ports;
  const now: Wired['now'] = {
    stops: { asked: [], manifests: [] },
    lastCycleAt: clock.monotonic(),
  };
  const count = createCycleCount();
  const holder = ports.newId(8);
  const collection = buildCollection({
    ports,
    config,
    fleet: createFleet(),
    store,
    state,
    holder,
    // Nobody else has its folder; the state's epochs are what the databases' locks go by.
    ownership: {
      mayRun: () => true,
      isConfirmed: () => true,
      mayStart: () => true,
      stillMine: async () => true,
      async acquire(target, written) {
        const status = await store.readStatus(target);
        // The history refuses lower ones: they must not begin anew with a new file of state.
        const told = Math.max(status?.ownership?.epoch ?? 0, written);
        const epoch = Math.max(await state.nextEpoch(target.uid), told + 1);
        const ownership = { holder, epoch };
        return { ownership, ...(status ? { status } : {}) };
      },
    },
    stops: () => inForce(now.stops),
    async onInvalid() {
      // Files are checked when they are read; what is wrong never becomes a target.
    },
    onDeleted: async ({ uid }) => count.forget(uid),
    onCycle(batch, { uid }) {
      now.lastCycleAt = clock.monotonic();
      ports.onCycle(batch, count.note(uid));
      const { until } = ports;
      if (until && count.allHave(collection.controller.targets(), until.cycles)) until.reached();
    },
  });
  const own = { tally: createStopTally(), since: clock.now(), canceling: new AbortController() };
  const covered = (scope: StopScope) => countOf({ scope }, collection.controller.targets());
  const book = createStopBook({ ...ports, keep: ports.history.keepStop, covered });
  return { ports, config, now, book, collection, ...own };
}

/** Each part as it begins to run, with how it stops: in the reverse order. */
async function start(wired: Wired, parts: Lifecycle): Promise<{ api: string | undefined }> {
  const { ports, config, now, collection, canceling } = wired;
  const { controller } = collection;
  const { store, clock, logger } = ports;
  parts.add('state', () => ports.state.close());
  parts.add('history', () => ports.history.close());
  parts.add('exporters', () => collection.exporters.close(exportersClose_ms));
  parts.add('targets', () => store.close());
  parts.add('collectors', () =>
    withinDrain(controller.stop, canceling, config.DBINTEL_DRAIN, clock),
  );
  parts.add(
    'stops',
    watchStops(ports.state, (asked) => {
      now.stops = { ...now.stops, asked };
      onStops(wired);
    }),
  );
  parts.add(
    'manifest stops',
    store.stops.watch((resources) => {
      now.stops = { ...now.stops, manifests: resources.map(toStop) };
      onStops(wired);
    }),
  );
  const api = await serve(served(wired), ports, config, parts);
  parts.add('watch', store.watch(controller.handler));
  addDuties(parts, ports, config, collection);
  parts.add('fleet', followSilence(store.table, clock, logger));
  parts.add(
    'past stops',
    regularly(clock, stopsLook_ms, logger, () => lookAtStops(wired)),
  );
  logger.info(
    { api, targets: config.DBINTEL_TARGETS, data: config.DBINTEL_DATA },
    'dbintel standalone is ready',
  );
  return { api };
}

const stopsLook_ms = 1_000;

async function lookAtStops(wired: Wired): Promise<void> {
  wired.book.see(inForce(wired.now.stops), [factsOf(wired)]);
  await wired.book.write();
}

function onStops(wired: Wired): void {
  const { now, collection } = wired;
  const { store } = wired.ports;
  wired.tally.note(inForce(now.stops), busyTargets(collection));
  wired.book.see(inForce(now.stops), [factsOf(wired)]);
  collection.controller.onStops();
  coverStopped(store.table, inForce(now.stops), (uid) => store.get(uid)?.labels ?? {});
}

function served(wired: Wired): Served {
  const { ports, now, collection } = wired;
  const { store, state, clock, random } = ports;
  const { controller } = collection;
  const stuck = () =>
    isStuck(
      [...controller.running()].map((each) => scheduleOf(each, clock.monotonic())),
      clock.monotonic() - now.lastCycleAt,
      clock.monotonic(),
    );
  return {
    alone: true,
    store,
    state,
    health: {
      stuck: () => (stuck() ? 'no cycle has ended for a long time' : undefined),
      notReady: () => (controller.synced ? undefined : 'the manifests have not been read yet'),
    },
    gauges: commonGauges(collection, () => inForce(now.stops).length),
    answers: {
      targets: controller.targets,
      elsewhere: () => undefined,
      sources: () => ({}),
      cycles: collection.cycles,
      ...reportsOf(wired),
      stops: () => inForce(now.stops),
      stop: (scope, reason, by) =>
        publishStop(state, { scope, reason, by, since: clock.now() }, random.next),
      resume: lifting(
        wired.book,
        () => now.stops.asked,
        (which) => liftStops(state, which),
      ),
    },
  };
}

const factsOf = ({ ports, now, collection, tally }: Wired) => ({
  name: ports.name,
  ...busyFacts(inForce(now.stops), busyTargets(collection), tally),
});

/** It is all the replicas that there are. */
function reportsOf(wired: Wired): ReplicaReports {
  const { ports, now, collection, since, config } = wired;
  const folders = namedFolders(config);
  const { controller } = collection;
  const facts = () => factsOf(wired);
  return {
    async replicas({ mayRead }) {
      const me = { id: ports.name, pod: ports.name, me: true, version, since };
      const theirs = controller.targets().filter(({ namespace }) => mayRead(namespace));
      const has = { shards: 0, targets: theirs.length, load: 0 };
      const seen = { session: 'alone' as const, seenAt: ports.clock.now() };
      return { items: [{ ...me, ...has, ...seen, folders }], redis: 'none' };
    },
    async progress(id, { mayRead, whole }) {
      const stop = inForce(now.stops).find((each) => each.id === id);
      if (!stop) return undefined;
      const of = (targets: readonly Target[]) =>
        previewOf(stop.scope, mayRead, { targets, busy: [] }).targets;
      return stopProgress(stop, [facts()], {
        covered: of(controller.targets()),
        countBusy: whole(stop) ? undefined : () => of(busyTargets(collection)),
      });
    },
    preview: async (scope, { mayRead }) =>
      previewOf(scope, mayRead, {
        targets: controller.targets(),
        busy: busyTargets(collection),
      }),
  };
}

const busyTargets = ({ controller }: Collection): Target[] =>
  [...controller.running()].filter(({ collector }) => collector.busy).map(({ target }) => target);

const inForce = ({ asked, manifests }: StopsOfBothSides): readonly Stop[] => [
  ...asked,
  ...manifests,
];

const scheduleOf = (
  { collector, target }: { collector: { dueIn_ms: number }; target: Target },
  now: number,
): Due => ({
  dueAt: now + collector.dueIn_ms,
  interval_ms: parseDuration(target.spec.collection.interval),
});
