import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Metrics } from '../../base/metrics.ts';
import type { Random } from '../../base/random.ts';
import { cached } from '../../credentials/cached.ts';
import { refuse } from '../../credentials/provider.ts';
import { createSecretProvider } from '../../credentials/secret/secret-provider.ts';
import { glanceOf } from '../../fleet/glance.ts';
import { createFleetTable } from '../../fleet/table.ts';
import type { KubeClient } from '../../kubernetes/kube-client.ts';
import type { ReflectorHandler } from '../../kubernetes/reflector.ts';
import { openResourceStore } from '../../kubernetes/resource-store.ts';
import type { Kind } from '../../resources/kind.ts';
import { withCurrentNames } from '../../resources/kinds/database-target/former-names.ts';
import { databaseTarget } from '../../resources/kinds/database-target/kind.ts';
import { emergencyStop } from '../../resources/kinds/emergency-stop/kind.ts';
import { credentialsOf } from '../credentials-of.ts';
import type { ClusterTargetStore, TargetHandler } from '../target-store.ts';
import { createClusterStopStore } from './cluster-stop-store.ts';
import { createEventRecorder } from './event-recorder.ts';
import { readIdentity } from './identity.ts';
import { acquireTimeout_ms, createRaise, readOwner, writeStatus } from './ownership.ts';
import { projectStop, projectTarget, type TargetItem, toTarget } from './projection.ts';
import { createReadSecret } from './read-secret.ts';
import { createStatusQueue } from './status-queue.ts';
import { createRefusalTeller } from './status-refused.ts';
import { startStopPoll } from './stop-poll.ts';

/** Targets and stops as resources of a cluster; statuses and events go there, too. */
export interface KubernetesStoreOptions {
  client: KubeClient;
  /** Empty: all of them. */
  namespaces: readonly string[];
  /** This replica's name, for events. */
  instance: string;
  /** Without, none are written: conditions and logs tell the same. */
  events?: boolean;
  clock: Clock;
  random: Random;
  metrics: Metrics;
  logger: Logger;
}

export function openKubernetesTargetStore(options: KubernetesStoreOptions): ClusterTargetStore {
  const { client, clock, logger } = options;
  const parts = openParts(options);
  const { targets, stops, queue, events, table, poll } = parts;
  const raise = createRaise(targets, options);
  const stopsAge_ms = () => Math.min(stops.age_ms, poll.stopsAge_ms);
  return {
    watch: (handler) => follow(parts, handler),
    get(uid) {
      const found = targets.get(uid);
      return found && toTarget(found);
    },
    table,
    labels: (uid) => JSON.parse(targets.get(uid)?.labels ?? '{}'),
    stops: createClusterStopStore(stops, stopsAge_ms, parts.ofStops.refusals),
    credentials: credentialsOf({
      secretRef: cached(createSecretProvider(createReadSecret(client)), clock),
      file: refuse(notInCluster),
    }),
    writeStatus(target, status) {
      queue.put(target, status);
      table.tell(target.uid, glanceOf({}, status));
    },
    async readStatus({ namespace, name }) {
      const limit = { timeout_ms: acquireTimeout_ms };
      return withCurrentNames((await targets.read({ namespace, name }, limit)).status);
    },
    readOwner: ({ uid, namespace, name }) => readOwner(targets, { uid, namespace, name }),
    settle: queue.settle,
    event: events.record,
    async raise({ uid, namespace, name }, ownership) {
      const known = targets.get(uid);
      const target = { uid, namespace, name };
      const result = await parts.refusals.tell(target, 'nothing is collected from it', () =>
        raise(target, ownership),
      );
      if (result.kind !== 'raised') return result;
      if (known) known.owner = { holder: ownership.holder, epoch: ownership.epoch };
      queue.know(uid, result.status);
      return result;
    },
    identity: () => readIdentity(client, logger),
    health: {
      get watchAge_ms() {
        return targets.age_ms;
      },
      watchAgeIn_ms: targets.ageIn_ms,
      get answerAge_ms() {
        return poll.stopsAge_ms;
      },
      get attemptAge_ms() {
        return Math.max(targets.attemptAge_ms, stops.attemptAge_ms);
      },
      get problem() {
        return targets.problem ?? stops.problem;
      },
      get trouble() {
        return targets.trouble;
      },
      get enough() {
        return targets.enough && stops.problem === undefined;
      },
      silentFor: table.silentFor,
    },
    async close() {
      await queue.close();
      await Promise.all([events.close(), parts.ofStops.events.close()]);
      await Promise.all([poll, targets, stops].map((each) => each.stop()));
      await client.close();
    },
  };
}

const notInCluster = (label: string) =>
  new AppError(
    'secret_unavailable',
    `${label}: in a cluster, credentials come from a Secret; use secretRef`,
  );

/** It is asked for stops every second. */
const answered_ms = 5_000;

type Parts = ReturnType<typeof openParts>;

function openParts(options: KubernetesStoreOptions) {
  const { client, clock, logger } = options;
  const handlers = new Set<TargetHandler>();
  const [kind, namespaces] = [databaseTarget, options.namespaces];
  const targets = openResourceStore({ ...options, kind, namespaces, project: projectTarget });
  const stops = openResourceStore({
    ...options,
    kind: emergencyStop,
    namespaces: [],
    project: projectStop,
  });
  const poll = startStopPoll({ clock, logger, stops, targets });
  const answers = () => poll.stopsAge_ms < answered_ms;
  const ofTargets = openTelling(options, kind, answers);
  const ofStops = openTelling(options, emergencyStop, answers);
  const { events, refusals } = ofTargets;
  const queue = createStatusQueue({
    ...options,
    write({ uid, namespace, name }, status) {
      const target = { uid, namespace, name };
      return refusals.tell(target, 'what is shown of it is old', () =>
        writeStatus(targets, target, status),
      );
    },
    onRefused(uid) {
      for (const handler of handlers) handler.refused(uid);
    },
  });
  const table = createFleetTable(clock);
  // Before anybody else is told.
  targets.watch({
    upsert(item) {
      if (item.glance) table.note(item, item.glance);
      item.glance = undefined;
    },
    gone({ uid }) {
      for (const part of [table, queue, events, refusals]) part.forget(uid);
    },
    synced: () => undefined,
  });
  stops.watch({
    upsert: () => undefined,
    gone({ uid }) {
      for (const part of [ofStops.events, ofStops.refusals]) part.forget(uid);
    },
    synced: () => undefined,
  });
  return {
    handlers,
    targets,
    stops,
    queue,
    events,
    refusals,
    ofStops,
    table,
    poll,
    client,
  };
}

/** What is said beside resources of a kind. */
function openTelling(options: KubernetesStoreOptions, kind: Kind, answers: () => boolean) {
  const recorder = createEventRecorder({ ...options, kind });
  const events = options.events === false ? { ...recorder, record: () => undefined } : recorder;
  const { record } = events;
  return { events, refusals: createRefusalTeller({ ...options, record, answers }) };
}

function follow({ handlers, targets }: Parts, handler: TargetHandler): () => void {
  const told: ReflectorHandler<TargetItem> = {
    upsert: (item, why) => handler.upsert(item, why === 'event' ? 'edit' : 'resync'),
    gone: (item) => handler.gone(item),
    synced: () => handler.synced(),
  };
  handlers.add(handler);
  const unwatch = targets.watch(told);
  return () => {
    handlers.delete(handler);
    unwatch();
  };
}
