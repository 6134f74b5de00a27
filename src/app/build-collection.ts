import { rules } from '../analysis/rules/index.ts';
import type { AppError } from '../base/errors.ts';
import { createFeed, type Feed } from '../base/feed.ts';
import { createSlots, type Slots } from '../base/slots.ts';
import { type Collector, startCollector } from '../collection/collector.ts';
import { createTextHomes } from '../collection/own-fingerprint.ts';
import type { TextHomes } from '../collection/step.ts';
import { createTurns, type Turns } from '../collection/turns.ts';
import type { Config } from '../config.ts';
import type { Acquired } from '../controller/acquired.ts';
import { type Controller, createController, type RunningTarget } from '../controller/controller.ts';
import { claimServer } from '../controller/duplicate-server.ts';
import type { Fleet } from '../controller/fleet.ts';
import {
  createSecretMemory,
  probeWhereSecretsChanged,
  type SecretMemory,
} from '../controller/secret-probe.ts';
import { type CycleListener, createTargetRuntime } from '../controller/target-runtime.ts';
import type { StateBackend } from '../coordination/state-backend.ts';
import { createFanOut, type FanOut } from '../exporters/fan-out.ts';
import type { CycleOf } from '../http/event-hub.ts';
import type { PlanBatch } from '../model/batch.ts';
import type { Stop } from '../model/stop.ts';
import { findingsAnnotation } from '../resources/kinds/database-target/findings-annotation.ts';
import { type Target, targetLabel } from '../resources/kinds/database-target/target.ts';
import type { TargetEvent, TargetRef, TargetStore } from '../targets/target-store.ts';
import { type AdviceDuty, createAdviceDuty } from './advice-duty.ts';
import { adviceTools } from './advice-wiring.ts';
import { cycleWiring } from './cycle-wiring.ts';
import { createLearning, type Learning } from './learning.ts';
import type { Ports } from './ports.ts';

/**
 * What collects, in a cluster and without one: controller, collectors, and what follows a cycle.
 */
export interface Collection {
  controller: Controller;
  quota: Slots;
  exporters: FanOut;
  tellOverdue(): void;
  /** Tries a cycle where the circuit is open and the Secret has changed. */
  probeWhereSecretsChanged(): Promise<void>;
  /** Each that ends here. */
  cycles: Pick<Feed<CycleOf>, 'follow'>;
  /** Counts what people said of findings. */
  learn(): Promise<void>;
  /** Undefined where nobody could ask for what it finds. */
  advice: AdviceDuty | undefined;
}

export interface CollectionDeps {
  ports: Ports;
  config: Pick<Config, 'DBINTEL_MAX_CYCLES' | 'DBINTEL_DATA'>;
  fleet: Fleet;
  store: TargetStore;
  state: StateBackend;
  /** This process, among all that may own a target. */
  holder: string;
  ownership: {
    mayRun(uid: string): boolean;
    /** Whoever says who may run what can be asked. */
    isConfirmed(): boolean;
    /** A new cycle may start at this moment. */
    mayStart(uid: string): boolean;
    /** Throws AppError('fenced'). */
    acquire(target: Target, written: number): Promise<Acquired>;
    /** Nobody is known to have owned the target after this epoch. */
    stillMine(target: Target, epoch: number): Promise<boolean>;
  };
  /** In force now. */
  stops(): readonly Stop[];
  onInvalid(ref: TargetRef, why: AppError): Promise<void>;
  onDeleted(ref: TargetRef): Promise<void>;
  onCycle(batch: PlanBatch, target: Target): void;
}

const contested =
  'An operator that does not share the Redis of this one takes the target again and again, ' +
  'and cycles are lost';
const endOne = 'end one of the two, or give both the same Redis, or different watchNamespaces';

export function buildCollection(deps: CollectionDeps): Collection {
  const { ports, store, fleet, ownership } = deps;
  const { clock, random, logger, metrics, history } = ports;
  const exporters = createFanOut(ports.exporters, clock, logger);
  const quota = createSlots(deps.config.DBINTEL_MAX_CYCLES);
  const secrets = createSecretMemory();
  const cycles = createFeed<CycleOf>();
  const learning = createLearning({ history, metrics, rules });
  const homes = createTextHomes();
  const turns = createTurns({ state: deps.state, holder: deps.holder, clock, random });
  const advice = adviceDuty(deps, () => controller.running());
  const runtime = createTargetRuntime({
    store,
    history,
    publish: exporters.publish,
    acquire: ownership.acquire,
    collect: (target, listener) =>
      collect(deps, { quota, secrets, turns, learning, homes }, target, listener),
    onCycle(batch, target) {
      cycles.tell({ uid: target.uid, cycle: batch.cycle });
      deps.onCycle(batch, target);
    },
    advice: (uid) => advice?.statusOf(uid),
    clock,
  });
  const controller = createController({
    fleet,
    holder: deps.holder,
    get: store.get,
    mayRun: ownership.mayRun,
    isConfirmed: ownership.isConfirmed,
    startTarget: runtime.start,
    onEnded(target) {
      runtime.ended(target.uid);
      secrets.forget(target.uid);
      exporters.forget(target);
      advice?.forget(target);
    },
    onInvalid: deps.onInvalid,
    onContested(ref) {
      logger.warn({ target: targetLabel(ref), remedy: endOne }, contested);
      store.event(ref, {
        type: 'Warning',
        reason: 'OwnerContested',
        message: `${contested}: ${endOne}`,
      });
    },
    async onDeleted(ref) {
      exporters.forget(ref);
      await deps.onDeleted(ref);
    },
    clock,
    random,
    logger,
    metrics,
  });
  const readAnew = (target: Target) => store.credentials(target, true);
  return {
    controller,
    quota,
    exporters,
    tellOverdue: () => runtime.tellOverdue(controller.running()),
    probeWhereSecretsChanged: () =>
      probeWhereSecretsChanged(controller.running(), { secrets, read: readAnew, clock }),
    learn: learning.look,
    cycles,
    advice,
  };
}

const adviceDuty = (
  { ports, store, config, stops, fleet }: CollectionDeps,
  running: () => Iterable<RunningTarget>,
): AdviceDuty | undefined =>
  ports.listen &&
  createAdviceDuty({
    ...ports,
    ...adviceTools(config.DBINTEL_DATA, ports.clock),
    credentials: (target) => store.credentials(target, true),
    history: ports.listen.history,
    stops,
    running,
    askedAt: (uid) => fleet.refs.get(uid)?.adviseAsked,
  });

/** What the collectors of all targets have in common. */
interface Shared {
  quota: Slots;
  secrets: SecretMemory;
  turns: Turns;
  learning: Learning;
  homes: TextHomes;
}

function collect(
  { ports, store, fleet, state, holder, stops, ownership }: CollectionDeps,
  shared: Shared,
  target: Target,
  listener: CycleListener,
): Collector {
  const { quota, secrets, turns, learning, homes } = shared;
  const wiring = cycleWiring(
    {
      ...ports,
      store,
      stops,
      holder,
      homes,
      confidenceOf: learning.confidenceOf,
      annotation: () => fleet.refs.get(target.uid)?.findingsAnnotation,
      onMistakes: (mistakes) => store.event(target, annotationEvent(mistakes)),
    },
    target,
  );
  const isThere = (uid: string) => store.table.glance(uid) !== undefined;
  return startCollector({
    ...wiring,
    ...listener,
    state,
    quota,
    turns,
    logger: ports.logger,
    async credentials(fresh) {
      const read = await wiring.credentials(fresh);
      secrets.note(target.uid, read);
      return read;
    },
    claimServer(server) {
      turns.learn(target, withoutDatabase(server, target));
      return claimServer(target, server, { state, isThere });
    },
    ended: fleet.refs.get(target.uid)?.ended,
    permitted: () => ownership.mayStart(target.uid),
    stillMine: (epoch) => ownership.stillMine(target, epoch),
  });
}

const shownMistakes = 5;

function annotationEvent(mistakes: readonly string[]): TargetEvent {
  const more = mistakes.length - shownMistakes;
  const shown = mistakes.slice(0, shownMistakes).join('; ');
  return {
    type: 'Warning',
    reason: 'FindingsAnnotation',
    message:
      `the annotation ${findingsAnnotation} ${shown}${more > 0 ? `; and ${more} more` : ''}. ` +
      'What is right in it holds.',
  };
}

/** `identity/database` → the server, whose turns all its databases share. */
const withoutDatabase = (server: string, { spec }: Target): string =>
  server.slice(0, server.lastIndexOf(`/${spec.connection.database ?? ''}`));
