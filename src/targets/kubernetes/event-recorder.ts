import { createBoundedQueue } from '../../base/bounded-queue.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { formatTime } from '../../base/quantity.ts';
import type { KubeClient } from '../../kubernetes/kube-client.ts';
import { apiVersion, type Kind } from '../../resources/kind.ts';
import type { Target } from '../../resources/kinds/database-target/target.ts';
import type { TargetEvent } from '../target-store.ts';

/**
 * Events beside the resource, as `kubectl describe` shows them. The same event again is counted,
 * not told anew; nobody floods anybody.
 */
export interface EventRecorder {
  record(target: Target, event: TargetEvent): void;
  forget(uid: string): void;
  close(): Promise<void>;
}

const queueLimit = 1_000;
/** Of one object: so many at once, then one in five minutes. */
const burst = 25;
const refill_ms = 300_000;
const remembered = 10_000;

export interface EventRecorderDeps {
  client: Pick<KubeClient, 'call'>;
  /** Of the objects that events are told of. */
  kind: Pick<Kind, 'kind'>;
  /** Who says so. */
  instance: string;
  clock: Clock;
  logger: Logger;
}

export function createEventRecorder({
  client,
  kind,
  instance,
  clock,
  logger,
}: EventRecorderDeps): EventRecorder {
  const queue = createBoundedQueue<{ target: Target; event: TargetEvent; at: number }>(queueLimit);
  const buckets = new Map<string, { tokens: number; at: number }>();
  const known = new Map<string, { name: string; count: number }>();
  const ending = new AbortController();
  let waking = new AbortController();
  let sequence = 0;

  function allowed(uid: string): boolean {
    const now = clock.monotonic();
    const bucket = buckets.get(uid) ?? { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.at) / refill_ms);
    bucket.at = now;
    buckets.set(uid, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  async function send({
    target,
    event,
    at,
  }: {
    target: Target;
    event: TargetEvent;
    at: number;
  }): Promise<void> {
    const path = `/api/v1/namespaces/${target.namespace}/events`;
    const key = `${target.uid} ${event.reason} ${event.message}`;
    const same = known.get(key);
    if (same) {
      same.count += 1;
      const body = { count: same.count, lastTimestamp: formatTime(at) };
      const patched = await client
        .call({
          method: 'PATCH',
          path: `${path}/${same.name}`,
          contentType: 'application/merge-patch+json',
          body,
          timeout_ms: 5_000,
        })
        .then(
          () => true,
          () => false, // it has expired: told anew below
        );
      if (patched) return;
    }
    sequence += 1;
    const name = `${target.name}.${Math.floor(at).toString(16)}${sequence.toString(16)}`.slice(
      -253,
    );
    await client.call({
      method: 'POST',
      path,
      timeout_ms: 5_000,
      body: {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name, namespace: target.namespace },
        involvedObject: {
          apiVersion,
          kind: kind.kind,
          namespace: target.namespace,
          name: target.name,
          uid: target.uid,
        },
        ...event,
        message: event.message.slice(0, 1_000),
        source: { component: 'dbintel' },
        reportingComponent: 'dbintel',
        reportingInstance: instance,
        count: 1,
        firstTimestamp: formatTime(at),
        lastTimestamp: formatTime(at),
      },
    });
    if (known.size >= remembered) known.delete(known.keys().next().value as string);
    known.set(key, { name, count: 1 });
  }

  const loop = (async () => {
    for (;;) {
      const next = queue.shift();
      if (next)
        await send(next).catch((error: unknown) =>
          logger.info({ error }, 'an event could not be told'),
        );
      else if (ending.signal.aborted) return;
      else {
        waking = new AbortController();
        await clock
          .sleep(60_000, AbortSignal.any([waking.signal, ending.signal]))
          .catch(() => undefined);
      }
    }
  })();
  return {
    record(target, event) {
      if (!allowed(target.uid)) return;
      queue.push({ target, event, at: clock.now() });
      waking.abort();
    },
    forget: (uid) => void buckets.delete(uid),
    async close() {
      ending.abort();
      await Promise.race([loop, clock.sleep(5_000)]);
    },
  };
}
