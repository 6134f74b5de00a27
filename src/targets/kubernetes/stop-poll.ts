import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { listBytes } from '../../kubernetes/answer.ts';
import type { KubeClient } from '../../kubernetes/kube-client.ts';
import type { Item } from '../../kubernetes/object-cache.ts';
import type { Reflector } from '../../kubernetes/reflector.ts';

/**
 * Stops must not hang on a watch, which can be silent without anybody noticing for a minute. So
 * they are asked for as well, every second: all EmergencyStops, and the targets that are suspended.
 * Both are few, and resourceVersion=0 has the API server answer from its memory, not from etcd.
 */
export interface StopPoll {
  /** Since the EmergencyStops were last answered, milliseconds. */
  readonly stopsAge_ms: number;
  stop(): Promise<void>;
}

export interface StopPollDeps {
  client: KubeClient;
  clock: Clock;
  logger: Logger;
  stops: { path: string; into: Reflector<Item> };
  suspended: readonly { path: string; into: Reflector<Item> }[];
}

const poll_ms = 1_000;
const timeout_ms = 1_500;
/**
 * Where thousands are suspended, asking takes at most this share of the time; a few cost nobody
 * anything, however long an API server takes to answer.
 */
const busyShare = 0.1;
const fewObjects = 200;

interface List {
  items?: Record<string, unknown>[];
  metadata?: { resourceVersion?: string };
}

export function startStopPoll({ client, clock, logger, stops, suspended }: StopPollDeps): StopPoll {
  const ending = new AbortController();
  const begun = clock.monotonic();
  let answeredAt: number | undefined;

  const list = (path: string, query: Record<string, string> = {}) =>
    client.call<List>({
      method: 'GET',
      path,
      query: { ...query, resourceVersion: '0' },
      most_bytes: listBytes,
      timeout_ms,
      signal: ending.signal,
    });

  /** Again and again; what fails is the watch's and the next round's business. */
  async function repeat(what: string, work: () => Promise<number>): Promise<void> {
    let failed = false;
    while (!ending.signal.aborted) {
      const began = clock.monotonic();
      let found = 0;
      try {
        found = await work();
        failed = false;
      } catch (error) {
        if (!failed && !ending.signal.aborted)
          logger.info(
            { what, reason: (error as Error).message },
            'could not be asked; asking again',
          );
        failed = true;
      }
      const took = clock.monotonic() - began;
      const rest = failed ? poll_ms : found > fewObjects ? took / busyShare - took : 0;
      await clock.sleep(Math.max(poll_ms - took, rest), ending.signal).catch(() => undefined);
    }
  }
  async function askStops(): Promise<number> {
    const { items = [], metadata } = await list(stops.path);
    answeredAt = clock.monotonic();
    if (stops.into.synced) stops.into.offer(items, metadata?.resourceVersion ?? '', true);
    return items.length;
  }
  async function askSuspended(): Promise<number> {
    let found = 0;
    for (const { path, into } of suspended) {
      if (!into.synced) continue;
      const { items = [], metadata } = await list(path, { fieldSelector: 'spec.suspend=true' });
      into.offer(items, metadata?.resourceVersion ?? '', false);
      found += items.length;
    }
    return found;
  }
  const done = Promise.all([
    repeat('emergencystops', askStops),
    repeat('suspended targets', askSuspended),
  ]);
  return {
    get stopsAge_ms() {
      return clock.monotonic() - (answeredAt ?? begun);
    },
    async stop() {
      ending.abort();
      await done;
    },
  };
}
