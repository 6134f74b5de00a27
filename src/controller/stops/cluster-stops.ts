import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { formatTime } from '../../base/quantity.ts';
import type { SessionFacts } from '../../coordination/lease-store.ts';
import type { StateBackend } from '../../coordination/state-backend.ts';
import { setCondition } from '../../resources/conditions.ts';
import type { StopResource } from '../../resources/kinds/emergency-stop/spec.ts';
import { isMeant, type Stop, type WhichStops } from '../../safety/emergency-stop.ts';
import type { ClusterTargetStore } from '../../targets/target-store.ts';
import { type StopFlag, stopFlags, stopPrefix } from './stop-flags.ts';

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
  stop(scope: Stop['scope'], reason: string): Promise<Stop>;
  resume(which: WhichStops): Promise<readonly Stop[]>;
  /** Writes what all replicas report into the stops' statuses. */
  report(
    sessions: readonly { facts: SessionFacts }[],
    mayWrite: (stop: StopResource) => boolean,
  ): Promise<void>;
  /** Tells and lifts what has waited for a session, or for an answer. */
  look(): void;
  close(): void;
}

export interface ClusterStopsDeps {
  store: ClusterTargetStore;
  state: StateBackend;
  clock: Clock;
  random(): number;
  logger: Logger;
  onChange(): void;
  /** How many of the targets that there are it covers. */
  covered(scope: Stop['scope']): number;
  /**
   * The shared state is this fleet's: it has a session there. Another cluster's stops are neither
   * told nor lifted.
   */
  mayTell(): boolean;
}

/** A watch that has been silent for so long does not prove that a resource is gone. */
export const watchLimit_ms = 120_000;

export function createClusterStops(deps: ClusterStopsDeps): ClusterStops {
  const { store, state, clock, random, logger, onChange, mayTell } = deps;
  let resources: readonly StopResource[] = [];
  let flags = new Map<string, StopFlag>();
  let list: readonly Stop[] = [];
  let synced = false;
  const written = new Map<string, string>();
  /**
   * Flags whose resource the API server does not have, while the shared state still shows them: it
   * may be away. By name, and since when the stop was.
   */
  const over = new Map<string, number>();

  function update(): void {
    const byId = new Map<string, Stop>(
      [...flags]
        .filter(([name, { since }]) => over.get(name) !== since)
        .map(([name, { id, scope, reason, since }]) => [
          name.slice(stopPrefix.length),
          { id, scope, reason, since },
        ]),
    );
    for (const resource of resources) byId.set(resource.name, toStop(resource));
    const now = [...byId.values()];
    if (isDeepStrictEqual(now, list)) return;
    list = now;
    onChange();
  }

  async function publish(): Promise<void> {
    if (store.stopsAge_ms > watchLimit_ms || !mayTell()) return; // what we see may be gone
    for (const resource of resources) {
      const flag: StopFlag = { ...toStop(resource), resource: true };
      if (!isDeepStrictEqual(flags.get(stopPrefix + resource.name), flag))
        await state.publish(stopPrefix + resource.name, flag);
    }
  }
  const publishQuietly = () =>
    publish().catch((error: unknown) =>
      logger.warn({ error }, 'a stop could not be told to the shared state'),
    );

  /**
   * A flag of a resource that is not there any more is not followed by who knows better, and taken
   * down by whoever may.
   */
  async function lift(): Promise<void> {
    for (const name of over.keys()) if (!flags.has(name)) over.delete(name);
    if (!synced || store.stopsAge_ms > watchLimit_ms) return;
    for (const [name, { resource, since }] of flags) {
      const wanted = name.slice(stopPrefix.length);
      if (
        !resource ||
        resources.some((each) => each.name === wanted) ||
        (await store.stopExists(wanted))
      )
        continue;
      over.set(name, since);
      update();
      if (mayTell()) await state.publish(name, undefined);
    }
  }
  const liftQuietly = () =>
    lift().catch((error: unknown) =>
      logger.info({ error }, 'whether a stop is still there could not be asked'),
    );

  const unwatchStops = store.watchStops((now) => {
    resources = now;
    synced = true;
    update();
    void publishQuietly();
    void liftQuietly();
  });
  const unwatchFlags = state.watch((now) => {
    flags = stopFlags(now);
    update();
    void liftQuietly();
    void publishQuietly(); // a store that came back empty
  });

  return {
    get list() {
      return list;
    },
    get synced() {
      return synced;
    },
    async stop(scope, reason) {
      try {
        return toStop(
          await store.createStop({ scope: scope as StopResource['spec']['scope'], reason }),
        );
      } catch (error) {
        // The API server is away or refuses: the shared state is enough.
        logger.warn(
          { error },
          'no EmergencyStop could be created; the stop is told through the shared state alone',
        );
        const id = `flag-${Math.floor(random() * 0xffff_ffff).toString(16)}`;
        const stop = { id, scope, reason, since: clock.now() };
        await state.publish(stopPrefix + id, stop);
        return stop;
      }
    },
    async resume(which) {
      const lifted = list.filter((stop) => isMeant(stop, which));
      for (const stop of lifted) {
        if (resources.some(({ name }) => name === stop.id)) await store.deleteStop(stop.id);
        if (flags.has(stopPrefix + stop.id)) await state.publish(stopPrefix + stop.id, undefined);
      }
      return lifted;
    },
    async report(sessions, mayWrite) {
      for (const stop of resources.filter(mayWrite)) {
        const covered = deps.covered(toScope(stop.spec.scope));
        const status = stopStatus(stop, { sessions, covered, now: clock.now() });
        // Only what changes is worth a write: `since` is when it was first true.
        const key = JSON.stringify([
          status.acknowledged,
          status.inFlight,
          status.replicas,
          status.observedGeneration,
          covered === 0,
        ]);
        if (written.get(stop.uid) === key) continue;
        await store.writeStopStatus(stop, status);
        written.set(stop.uid, key);
      }
      for (const uid of written.keys())
        if (!resources.some((stop) => stop.uid === uid)) written.delete(uid);
    },
    look() {
      void publishQuietly();
      void liftQuietly();
    },
    close() {
      unwatchStops();
      unwatchFlags();
    },
  };
}

export const toStop = ({ name, createdAt, spec }: StopResource): Stop => ({
  id: name,
  scope: toScope(spec.scope),
  reason: spec.reason,
  since: createdAt,
});

/** The schema sees to it that there is exactly one. */
function toScope({
  all,
  namespaces,
  targets,
  selector,
}: StopResource['spec']['scope']): Stop['scope'] {
  if (namespaces) return { namespaces };
  if (targets) return { targets };
  return selector && !all ? { selector } : { all: true };
}

const replicaLimit = 100;
/** Pure. A replica has acknowledged a stop once it reports it; what it covers may still be in flight. */
export function stopStatus(stop: StopResource, { sessions, covered, now }: StopFacts) {
  const replicas = sessions.flatMap(({ facts }) => {
    const inFlight = facts.stops[stop.name];
    return inFlight === undefined ? [] : [{ name: facts.name, inFlight }];
  });
  const inFlight = replicas.reduce((sum, each) => sum + each.inFlight, 0);
  const done = replicas.length === sessions.length && inFlight === 0;
  const acknowledged = `${replicas.length}/${sessions.length}`;
  const verdict = done
    ? {
        status: 'True' as const,
        reason: covered ? 'Acknowledged' : 'CoversNothing',
        message: covered ? 'nothing that it covers runs' : coversNothing,
      }
    : {
        status: 'False' as const,
        reason: 'Stopping',
        message: `${acknowledged} replicas have acknowledged, ${inFlight} cycles in flight`,
      };
  return {
    observedGeneration: stop.generation,
    conditions: setCondition([], 'Ready', verdict, now),
    acknowledged,
    inFlight,
    ...(done ? { since: formatTime(now) } : {}),
    replicas: [...new Map(replicas.map((each) => [each.name, each])).values()].slice(
      0,
      replicaLimit,
    ),
    summary: [
      `replicas ${acknowledged}, cycles in flight ${inFlight}`,
      ...(done ? [`since ${formatTime(now).slice(11, 19)}`] : []),
      ...(covered ? [] : [coversNothing]),
    ].join(', '),
  };
}

export interface StopFacts {
  sessions: readonly { facts: SessionFacts }[];
  /** Targets that there are. */
  covered: number;
  now: number;
}
/** A name that is misspelt in the heat of an incident must not look like a stop in force. */
const coversNothing = 'no target that there is matches spec.scope';
