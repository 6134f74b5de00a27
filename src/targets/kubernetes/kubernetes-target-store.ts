import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Metrics } from '../../base/metrics.ts';
import type { Random } from '../../base/random.ts';
import type { KubeClient } from '../../kubernetes/kube-client.ts';
import { KubeError } from '../../kubernetes/kube-error.ts';
import { type Reflector, startReflector } from '../../kubernetes/reflector.ts';
import {
  withCurrentNames,
  withFormerNames,
} from '../../resources/kinds/database-target/former-names.ts';
import type { DatabaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import { targetLabel } from '../../resources/kinds/database-target/target.ts';
import type { StopResource } from '../../resources/kinds/emergency-stop/spec.ts';
import type {
  ClusterTargetStore,
  RaiseResult,
  TargetHandler,
  TargetIdentity,
} from '../target-store.ts';
import { createEventRecorder } from './event-recorder.ts';
import { createHeard } from './heard.ts';
import { readIdentity } from './identity.ts';
import {
  projectStop,
  projectTarget,
  type StopItem,
  type TargetItem,
  toTarget,
} from './projection.ts';
import { createSecretCache } from './secret-cache.ts';
import { createStatusQueue } from './status-queue.ts';
import { startStopPoll } from './stop-poll.ts';

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

const group = '/apis/dbintel.io/v1alpha1';
/** A cycle waits for it. */
const ownerTimeout_ms = 2_000;
const jsonPatch = 'application/json-patch+json';
/**
 * What one API server takes of owners that change, after a crash say; apart from the statuses'
 * budget.
 */
export const raisesPerSecond = 100;

export function openKubernetesTargetStore(options: KubernetesStoreOptions): ClusterTargetStore {
  const { client, namespaces, clock, random, metrics, logger } = options;
  const handlers = new Set<TargetHandler>();
  const stopHandlers = new Set<(stops: readonly StopResource[]) => void>();
  const secrets = createSecretCache(client, clock);
  const events = createEventRecorder({ client, instance: options.instance, clock, logger });
  const raises = metrics.counter(
    'dbintel_ownership_raises_total',
    'Changes of an owner, by result.',
    ['result'],
  );
  const raisePace = createPace(raisesPerSecond, clock);
  const queue = createStatusQueue({
    write: async (target, status) => writeStatus(client, target, status),
    onRefused: (uid) => {
      for (const handler of handlers) handler.refused(uid);
    },
    clock,
    random,
    metrics,
    logger,
  });

  const allSynced = () => targets.length === paths.length && targets.every(({ synced }) => synced);
  const common = { client, clock, random, logger, metrics };
  const paths = namespaces.length
    ? namespaces.map((each) => `${group}/namespaces/${each}/databasetargets`)
    : [`${group}/databasetargets`];
  const heard = createHeard(clock);
  const targets: Reflector<TargetItem>[] = [];
  for (const path of paths)
    targets.push(
      startReflector({
        ...common,
        path,
        kind: 'databasetargets',
        project: projectTarget,
        handler: {
          upsert: (item, why) => {
            heard.note(item);
            for (const handler of handlers)
              handler.upsert(item, why === 'event' ? 'edit' : 'resync');
          },
          gone: (item) => {
            heard.forget(item.uid);
            queue.forget(item.uid);
            events.forget(item.uid);
            for (const handler of handlers) handler.gone(item);
          },
          synced: () => {
            if (allSynced()) for (const handler of handlers) handler.synced();
          },
        },
      }),
    );
  const tellStops = () => {
    for (const handler of stopHandlers) handler([...stops.items.values()]);
  };
  const stops: Reflector<StopItem> = startReflector({
    ...common,
    path: `${group}/emergencystops`,
    kind: 'emergencystops',
    project: projectStop,
    handler: { upsert: tellStops, gone: tellStops, synced: tellStops },
  });
  const reflectors = [...targets, stops];
  const poll = startStopPoll({
    client,
    clock,
    logger,
    stops: { path: `${group}/emergencystops`, into: stops },
    suspended: paths.map((path, i) => ({ path, into: targets[i] as Reflector<TargetItem> })),
  });
  const item = (uid: string) => targets.map(({ items }) => items.get(uid)).find(Boolean);

  return {
    watch(handler) {
      handlers.add(handler);
      for (const { items } of targets)
        for (const each of items.values()) handler.upsert(each, 'resync');
      if (allSynced()) handler.synced();
      return () => void handlers.delete(handler);
    },
    get(uid) {
      const found = item(uid);
      return found && toTarget(found);
    },
    glance: (uid) => item(uid)?.glance,
    labels: (uid) => JSON.parse(item(uid)?.labels ?? '{}') as Record<string, string>,
    watchStops(onStops) {
      stopHandlers.add(onStops);
      if (stops.synced) onStops([...stops.items.values()]);
      return () => void stopHandlers.delete(onStops);
    },
    async secret(target, ref, fresh) {
      if ('secretRef' in ref) return secrets.read(target.namespace, ref.secretRef.name, fresh);
      throw new AppError(
        'secret_unavailable',
        `${targetLabel(target)}: in a cluster, credentials come from a Secret; use secretRef`,
      );
    },
    writeStatus: queue.put,
    async readStatus({ namespace, name }) {
      const { status } = await client.call<{ status?: DatabaseTargetStatus }>({
        method: 'GET',
        path: pathOf({ namespace, name }),
      });
      return withCurrentNames(status);
    },
    async readOwner({ namespace, name, uid }) {
      const { metadata, status } = await client.call<{
        metadata: { uid: string };
        status?: DatabaseTargetStatus;
      }>({
        method: 'GET',
        path: pathOf({ namespace, name }),
        timeout_ms: ownerTimeout_ms,
      });
      return metadata.uid === uid && status?.ownership
        ? { holder: status.ownership.holder, epoch: status.ownership.epoch }
        : undefined;
    },
    settle: queue.settle,
    event(target, event) {
      if (options.events !== false) events.record(target, event);
    },
    async raise(target, ownership): Promise<RaiseResult> {
      const known = item(target.uid);
      const first = ownership.epoch === 1;
      await raisePace();
      // The rest of the status stays as its former owner left it.
      const patch = first
        ? { op: 'add', path: '/status', value: { ownership } }
        : { op: 'add', path: '/status/ownership', value: ownership };
      const result = await patchStatus(client, target, [patch]);
      raises.inc({ result: typeof result === 'string' ? result : 'raised' });
      if (typeof result === 'string') return { kind: result };
      if (known) known.owner = { holder: ownership.holder, epoch: ownership.epoch };
      queue.know(target.uid, result);
      return { kind: 'raised', status: result };
    },
    async writeStopStatus(stop, status) {
      await client.call({
        method: 'PATCH',
        path: `${group}/emergencystops/${stop.name}/status`,
        contentType: jsonPatch,
        body: [
          { op: 'test', path: '/metadata/uid', value: stop.uid },
          { op: 'add', path: '/status', value: status },
        ],
      });
    },
    async createStop(spec) {
      const made = await client.call<Record<string, unknown>>({
        method: 'POST',
        path: `${group}/emergencystops`,
        once: true,
        body: {
          apiVersion: 'dbintel.io/v1alpha1',
          kind: 'EmergencyStop',
          metadata: { generateName: 'stop-' },
          spec,
        },
      });
      return projectStop(made);
    },
    async deleteStop(name) {
      return found(
        client.call({ method: 'DELETE', path: `${group}/emergencystops/${name}` }),
      ).catch((error: unknown) => {
        if (!(error instanceof KubeError) || error.status !== 403) throw error;
        const remedy = `kubectl delete estop ${name}, or grant it (emergencyStop.resumeThroughApi of the chart)`;
        throw new AppError(
          'cluster_failed',
          `this replica may not delete EmergencyStops: ${remedy}`,
          { cause: error },
        );
      });
    },
    async stopExists(name) {
      return found(client.call({ method: 'GET', path: `${group}/emergencystops/${name}` }));
    },
    identity: () => readIdentity(client, logger),
    get watchAge_ms() {
      return Math.max(...targets.map(({ age_ms }) => age_ms));
    },
    get stopsAge_ms() {
      return Math.min(stops.age_ms, poll.stopsAge_ms);
    },
    get answerAge_ms() {
      return poll.stopsAge_ms;
    },
    get attemptAge_ms() {
      return Math.max(...reflectors.map(({ attemptAge_ms }) => attemptAge_ms));
    },
    get problem() {
      return reflectors.map(({ problem }) => problem).find(Boolean);
    },
    silentFor: (ms) => heard.silentFor(ms),
    async close() {
      await queue.close();
      await events.close();
      await Promise.all([poll, ...reflectors].map((each) => each.stop()));
      await client.close();
    },
  };
}

const pathOf = ({ namespace, name }: { namespace: string; name: string }) =>
  `${group}/namespaces/${namespace}/databasetargets/${name}`;

async function found(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (error instanceof KubeError && error.status === 404) return false;
    throw error;
  }
}

/**
 * The one form in which a status is written: only onto the very resource that is meant, and only
 * past the fence.
 */
async function patchStatus(
  client: KubeClient,
  target: TargetIdentity,
  operations: object[],
): Promise<DatabaseTargetStatus | 'fenced' | 'gone'> {
  try {
    const { status } = await client.call<{ status: DatabaseTargetStatus }>({
      method: 'PATCH',
      path: `${pathOf(target)}/status`,
      contentType: jsonPatch,
      body: [{ op: 'test', path: '/metadata/uid', value: target.uid }, ...operations],
    });
    return withCurrentNames(status);
  } catch (error) {
    const refusal = error instanceof KubeError ? refusalOf(error) : undefined;
    if (refusal) return refusal;
    throw error;
  }
}

/**
 * 404, or another uid: gone or recreated. A cause at our field: fenced. Everything else is an
 * error.
 */
export function refusalOf({ status, causes }: KubeError): 'fenced' | 'gone' | undefined {
  if (status === 404) return 'gone';
  if (status !== 422) return undefined;
  if (causes.length === 0) return 'gone';
  return causes.some(
    ({ field, message }) => field === 'status.ownership' && message.includes('fenced:'),
  )
    ? 'fenced'
    : undefined;
}

async function writeStatus(
  client: KubeClient,
  target: TargetIdentity,
  status: DatabaseTargetStatus,
): Promise<'written' | 'fenced' | 'gone'> {
  const value = withFormerNames(status);
  const result = await patchStatus(client, target, [{ op: 'add', path: '/status', value }]);
  return typeof result === 'string' ? result : 'written';
}

/** At most so many a second, in order. */
function createPace(perSecond: number, clock: Clock): () => Promise<void> {
  let next = 0;
  return async () => {
    const now = clock.monotonic();
    next = Math.max(next, now - 1_000) + 1_000 / perSecond;
    if (next > now) await clock.sleep(next - now);
  };
}
