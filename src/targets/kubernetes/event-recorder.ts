import { createBoundedQueue } from '../../base/bounded-queue.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { createLru } from '../../base/lru.ts';
import { formatTime } from '../../base/quantity.ts';
import type { KubeClient } from '../../kubernetes/kube-client.ts';
import { apiVersion, type Kind } from '../../resources/kind.ts';
import type { TargetEvent, TargetIdentity } from '../target-store.ts';

/** Of no namespace where it is the whole cluster's. */
export type EventSubject = Pick<TargetIdentity, 'uid' | 'name'> & { namespace?: string };

/**
 * Events beside the resource, as `kubectl describe` shows them. The same event again is counted,
 * not told anew; nobody floods anybody.
 */
export interface EventRecorder {
  record(object: EventSubject, event: TargetEvent): void;
  forget(uid: string): void;
  close(): Promise<void>;
}

const queueLimit = 1_000;
/** Of one object: so many at once, then one in five minutes. */
const burst = 25;
const refill_ms = 300_000;
/** Events that may be counted again: some of each target of a replica. */
const remembered = 10_000;
const timeout_ms = 5_000;
const idle_ms = 60_000;
const close_ms = 5_000;
/** Of Kubernetes. */
const nameLimit = 253;
/** A name ends with none of the signs that are between its parts. */
const shortened = (name: string, most: number) => name.slice(0, most).replace(/[^a-z0-9]+$/, '');
/** The API server refuses longer messages. */
const messageLimit = 1_000;

export interface EventRecorderDeps {
  client: Pick<KubeClient, 'call'>;
  /** Of the objects that events are told of. */
  kind: Pick<Kind, 'kind'>;
  /** Who says so. */
  instance: string;
  clock: Clock;
  logger: Logger;
}

interface Occurrence {
  object: EventSubject;
  event: TargetEvent;
  /** Milliseconds since the epoch. */
  at: number;
}

export function createEventRecorder(deps: EventRecorderDeps): EventRecorder {
  const { clock } = deps;
  const queue = createBoundedQueue<Occurrence>(queueLimit);
  const budget = createBudget(clock);
  const ending = new AbortController();
  let waking = new AbortController();
  const pause = async () => {
    waking = new AbortController();
    await clock.sleep(idle_ms, waking.signal).catch(() => undefined);
  };
  const loop = sendAll(deps, queue.shift, pause, ending.signal);
  return {
    record(object, event) {
      if (!budget.take(object.uid)) return;
      queue.push({ object, event, at: clock.now() });
      waking.abort();
    },
    forget: budget.forget,
    async close() {
      ending.abort();
      waking.abort();
      await Promise.race([loop, clock.sleep(close_ms)]);
    },
  };
}

/** What waits is sent before it ends. */
async function sendAll(
  deps: EventRecorderDeps,
  next: () => Occurrence | undefined,
  pause: () => Promise<void>,
  ending: AbortSignal,
): Promise<void> {
  const send = createSender(deps);
  for (;;) {
    const occurrence = next();
    if (occurrence)
      await send(occurrence).catch((error: unknown) =>
        deps.logger.info({ error }, 'an event could not be told'),
      );
    else if (ending.aborted) return;
    else await pause();
  }
}

function createBudget(clock: Clock) {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take(uid: string): boolean {
      const now = clock.monotonic();
      const { tokens, at } = buckets.get(uid) ?? { tokens: burst, at: now };
      const filled = Math.min(burst, tokens + (now - at) / refill_ms);
      buckets.set(uid, { tokens: filled < 1 ? filled : filled - 1, at: now });
      return filled >= 1;
    },
    forget: (uid: string) => void buckets.delete(uid),
  };
}

function createSender({ client, kind, instance }: EventRecorderDeps) {
  const told = createLru<string, { path: string; count: number }>(remembered);
  let sequence = 0;

  /** False: it has expired, and is told anew. */
  async function countAgain(known: { path: string; count: number }, at: number): Promise<boolean> {
    known.count += 1;
    const patch = {
      contentType: 'application/merge-patch+json',
      body: { count: known.count, lastTimestamp: formatTime(at) },
    };
    return client.call({ method: 'PATCH', path: known.path, ...patch, timeout_ms }).then(
      () => true,
      () => false,
    );
  }
  return async ({ object, event, at }: Occurrence): Promise<void> => {
    const path = `/api/v1/namespaces/${placeOf(object)}/events`;
    const key = `${object.uid} ${event.reason} ${event.message}`;
    const known = told.get(key);
    if (known && (await countAgain(known, at))) return;
    sequence += 1;
    const unique = `${Math.floor(at).toString(16)}${sequence.toString(16)}`;
    const name = `${shortened(object.name, nameLimit - 1 - unique.length)}.${unique}`;
    const body = eventObject(name, { object, event, at }, kind.kind, instance);
    await client.call({ method: 'POST', path, timeout_ms, body });
    told.set(key, { path: `${path}/${name}`, count: 1 });
  };
}

/** Where Kubernetes has events of what is the whole cluster's. */
const placeOf = ({ namespace = 'default' }: EventSubject): string => namespace;

const eventObject = (
  name: string,
  { object, event, at }: Occurrence,
  kind: string,
  instance: string,
) => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name, namespace: placeOf(object) },
  involvedObject: {
    apiVersion,
    kind,
    ...(object.namespace === undefined ? {} : { namespace: object.namespace }),
    name: object.name,
    uid: object.uid,
  },
  ...event,
  message: event.message.slice(0, messageLimit),
  source: { component: 'dbintel' },
  reportingComponent: 'dbintel',
  reportingInstance: instance,
  count: 1,
  firstTimestamp: formatTime(at),
  lastTimestamp: formatTime(at),
});
