import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { SessionFacts } from '../../coordination/lease-store.ts';
import type { StateBackend } from '../../coordination/state-backend.ts';
import type { Stop, WhichStops } from '../../model/stop.ts';
import type { StopResource } from '../../resources/kinds/emergency-stop/spec.ts';
import type { EmergencyStopStatus } from '../../resources/kinds/emergency-stop/status.ts';
import { isMeant } from '../../safety/emergency-stop.ts';
import type { ClusterStopStore } from '../../targets/target-store.ts';
import {
  flagsToPublish,
  flagsWithoutResource,
  specOf,
  stopsInForce,
  toStop,
} from './merge-stops.ts';
import { type StopFlag, stopFlags, stopPrefix } from './stop-flags.ts';
import { stopStatus, stopStatusKey } from './stop-status.ts';

/**
 * Stops in a cluster. They are resources; what a replica sees there it also publishes in the shared
 * state, so that a stop reaches a replica whose watch is broken. Whoever knows of a stop from
 * either side obeys it; only its absence in the API server lifts it.
 */
export interface ClusterStops {
  /** What is in force. */
  readonly list: readonly Stop[];
  /** The resources have been read: nothing may be collected before. */
  readonly synced: boolean;
  /** Follows both sides; calls back, also at once, when what is in force changes. */
  follow(onChange: () => void): () => void;
  /** `by`: who asks for it. */
  stop(scope: Stop['scope'], reason: string, by?: string): Promise<Stop>;
  resume(which: WhichStops): Promise<readonly Stop[]>;
  /** Writes what all replicas report into the stops' statuses. */
  report(
    sessions: readonly { facts: SessionFacts }[],
    mayWrite: (stop: StopResource) => boolean,
  ): void;
  /** Tells and lifts what has waited for a session, or for an answer. */
  look(): void;
}

export interface ClusterStopsDeps {
  store: { stops: ClusterStopStore };
  state: Pick<StateBackend, 'watch' | 'publish'>;
  clock: Clock;
  random(): number;
  logger: Logger;
  /** How many of the targets that there are it covers. */
  covered(scope: Stop['scope']): number;
  /**
   * The shared state is this fleet's: it has a session there. Another cluster's stops are neither
   * told nor lifted.
   */
  mayTell(): boolean;
  /** A watch that has been silent for longer does not prove that a resource is gone. */
  watchLimit_ms: number;
}

interface Memory {
  resources: readonly StopResource[];
  flags: Map<string, StopFlag>;
  lifted: Map<string, number>;
  list: readonly Stop[];
  synced: boolean;
  /** What was last written of each stop, by uid. */
  written: Map<string, string>;
  /** Those whose status is on its way, and those whose last one was refused or got lost; by uid. */
  writing: Set<string>;
  unwritten: Set<string>;
  onChange(): void;
}

export function createClusterStops(deps: ClusterStopsDeps): ClusterStops {
  const memory: Memory = {
    resources: [],
    flags: new Map(),
    lifted: new Map(),
    list: [],
    synced: false,
    written: new Map(),
    writing: new Set(),
    unwritten: new Set(),
    onChange: () => undefined,
  };
  return {
    get list() {
      return memory.list;
    },
    get synced() {
      return memory.synced;
    },
    follow: (onChange) => follow(deps, memory, onChange),
    stop: (scope, reason, by) => createStop(deps, scope, reason, by),
    resume: (which) => resume(deps, memory, which),
    report: (sessions, mayWrite) => report(deps, memory, sessions, mayWrite),
    look: () => reconcile(deps, memory),
  };
}

function follow(deps: ClusterStopsDeps, memory: Memory, onChange: () => void): () => void {
  memory.onChange = onChange;
  const unwatchStops = deps.store.stops.watch((now) => {
    Object.assign(memory, { resources: now, synced: true });
    update(memory);
    reconcile(deps, memory);
  });
  const unwatchFlags = deps.state.watch((now) => {
    memory.flags = stopFlags(now);
    update(memory);
    reconcile(deps, memory); // also a store that came back empty
  });
  return () => {
    unwatchStops();
    unwatchFlags();
  };
}

function update(memory: Memory): void {
  const now = stopsInForce(memory);
  if (isDeepStrictEqual(now, memory.list)) return;
  memory.list = now;
  memory.onChange();
}

function reconcile(deps: ClusterStopsDeps, memory: Memory): void {
  void publish(deps, memory).catch((error: unknown) =>
    deps.logger.warn({ error }, 'a stop could not be told to the shared state'),
  );
  void lift(deps, memory).catch((error: unknown) =>
    deps.logger.info({ error }, 'whether a stop is still there could not be asked'),
  );
}

async function publish(
  { store, state, mayTell, watchLimit_ms }: ClusterStopsDeps,
  memory: Memory,
): Promise<void> {
  if (store.stops.age_ms > watchLimit_ms || !mayTell()) return; // what we see may be gone
  for (const [name, flag] of flagsToPublish(memory)) await state.publish(name, flag);
}

/**
 * A flag of a resource that is not there any more is not followed by who knows better, and is taken
 * down by whoever may.
 */
async function lift(
  { store, state, mayTell, watchLimit_ms }: ClusterStopsDeps,
  memory: Memory,
): Promise<void> {
  for (const name of memory.lifted.keys()) if (!memory.flags.has(name)) memory.lifted.delete(name);
  if (!memory.synced || store.stops.age_ms > watchLimit_ms) return;
  for (const { name, resource, since } of flagsWithoutResource(memory)) {
    if (await store.stops.exists(resource)) continue;
    memory.lifted.set(name, since);
    update(memory);
    if (mayTell()) await state.publish(name, undefined);
  }
}

async function createStop(
  { store, state, clock, random, logger }: ClusterStopsDeps,
  scope: Stop['scope'],
  reason: string,
  by?: string,
): Promise<Stop> {
  try {
    return toStop(await store.stops.create(specOf(scope, reason), by));
  } catch (error) {
    // The API server is away or refuses: the shared state is enough.
    logger.warn(
      { error },
      'no EmergencyStop could be created; the stop is told through the shared state alone',
    );
    const id = `flag-${Math.floor(random() * 0xffff_ffff).toString(16)}`;
    const stop = { id, scope, reason, since: clock.now(), ...(by ? { by } : {}) };
    await state.publish(stopPrefix + id, stop);
    return stop;
  }
}

async function resume(
  { store, state }: ClusterStopsDeps,
  { list, resources, flags }: Memory,
  which: WhichStops,
): Promise<readonly Stop[]> {
  const meant = list.filter((stop) => isMeant(stop, which));
  for (const { id } of meant) {
    if (resources.some(({ name }) => name === id)) await store.stops.delete(id);
    if (flags.has(stopPrefix + id)) await state.publish(stopPrefix + id, undefined);
  }
  return meant;
}

/** Each by itself: what keeps one status from being written, or waiting, keeps no other. */
function report(
  deps: ClusterStopsDeps,
  memory: Memory,
  sessions: readonly { facts: SessionFacts }[],
  mayWrite: (stop: StopResource) => boolean,
): void {
  const { resources, written, writing, unwritten } = memory;
  for (const stop of resources.filter(mayWrite)) {
    if (writing.has(stop.uid)) continue;
    const covered = deps.covered(toStop(stop).scope);
    const status = stopStatus(stop, { sessions, covered, now: deps.clock.now() });
    if (written.get(stop.uid) !== stopStatusKey(status)) void write(deps, memory, stop, status);
  }
  for (const known of [written, unwritten])
    for (const uid of known.keys())
      if (!resources.some((stop) => stop.uid === uid)) known.delete(uid);
}

async function write(
  { store, logger }: ClusterStopsDeps,
  { written, writing, unwritten }: Memory,
  stop: StopResource,
  status: EmergencyStopStatus,
): Promise<void> {
  const { uid, name } = stop;
  writing.add(uid);
  try {
    await store.stops.writeStatus(stop, status);
    written.set(uid, stopStatusKey(status));
    unwritten.delete(uid);
  } catch (error) {
    const message = 'a stop is in force, and its status cannot be written; it is tried again';
    if (!unwritten.has(uid)) logger.warn({ stop: name, error }, message);
    unwritten.add(uid);
  } finally {
    writing.delete(uid);
  }
}
