import { type Backoff, backoffDelay } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Random } from '../base/random.ts';

/**
 * Keys that want to be looked at. A key is in it once, however often it is added, and never worked
 * on twice at a time; one that fails comes back later. What a person waits for goes before what is
 * done for completeness.
 */
export interface WorkQueue {
  add(key: string, priority: Priority): void;
  /** Comes back after a growing wait; `forget` ends the growth. */
  retry(key: string): void;
  forget(key: string): void;
  readonly depth: number;
  /** Since a worker last took or finished something, or there was nothing to do, milliseconds. */
  readonly stuck_ms: number;
  /** Takes nothing new, waits for what is being worked on. */
  close(): Promise<void>;
}

export type Priority = 'edit' | 'owner' | 'resync';
const order: readonly Priority[] = ['edit', 'owner', 'resync'];

export interface WorkQueueDeps {
  /** For metrics. */
  name: string;
  work(key: string): Promise<void>;
  clock: Clock;
  random: Random;
  logger: Logger;
  metrics: Metrics;
}

const retries: Backoff = { first_ms: 1_000, most_ms: 60_000 };
/** Work is mostly waiting: for a cycle to end, for an answer. */
const concurrency = 64;
/** After so much work in one go everything else has its turn. */
const slice_ms = 4;
const buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

export function createWorkQueue({
  name,
  work,
  clock,
  random,
  logger,
  metrics,
}: WorkQueueDeps): WorkQueue {
  const waiting = new Map<string, { priority: Priority; at: number }>();
  const lanes = new Map(order.map((priority) => [priority, new Set<string>()]));
  const working = new Set<string>();
  const again = new Map<string, Priority>();
  const failures = new Map<string, number>();
  const labels = { name };
  const adds = metrics.counter('workqueue_adds_total', 'Keys added.', ['name']);
  const retried = metrics.counter(
    'workqueue_retries_total',
    'Keys that came back after a failure.',
    ['name'],
  );
  const waited = metrics.histogram(
    'workqueue_queue_duration_seconds',
    'How long a key waited.',
    buckets,
    ['name'],
  );
  const worked = metrics.histogram(
    'workqueue_work_duration_seconds',
    'How long a key was worked on.',
    buckets,
    ['name'],
  );
  const results = metrics.counter(
    'controller_runtime_reconcile_total',
    'Reconciliations by result.',
    ['controller', 'result'],
  );
  const times = metrics.histogram(
    'controller_runtime_reconcile_time_seconds',
    'Duration of a reconciliation.',
    buckets,
    ['controller'],
  );
  let closed = false;
  let pumping = false;
  let progressAt = clock.monotonic();
  let idle: (() => void)[] = [];

  function add(key: string, priority: Priority): void {
    if (closed) return;
    if (working.has(key)) {
      again.set(key, better(again.get(key), priority));
      return;
    }
    const known = waiting.get(key);
    const now = better(known?.priority, priority);
    if (known && known.priority === now) return;
    if (known) lanes.get(known.priority)?.delete(key);
    else adds.inc(labels);
    if (waiting.size === 0) progressAt = clock.monotonic();
    waiting.set(key, { priority: now, at: known?.at ?? clock.monotonic() });
    lanes.get(now)?.add(key);
    void pump();
  }

  function take(): string | undefined {
    for (const lane of lanes.values()) {
      const [key] = lane;
      if (key === undefined) continue;
      lane.delete(key);
      waited.observe((clock.monotonic() - (waiting.get(key)?.at ?? 0)) / 1_000, labels);
      waiting.delete(key);
      return key;
    }
    return undefined;
  }

  async function pump(): Promise<void> {
    if (pumping) return;
    pumping = true;
    let sliceBegan = clock.monotonic();
    await Promise.resolve(); // whoever adds many adds them first
    while (working.size < concurrency) {
      const key = closed ? undefined : take();
      if (key === undefined) break;
      void one(key);
      if (clock.monotonic() - sliceBegan < slice_ms) continue;
      await clock.sleep(0);
      sliceBegan = clock.monotonic();
    }
    pumping = false;
  }

  async function one(key: string): Promise<void> {
    const began = clock.monotonic();
    progressAt = began;
    working.add(key);
    let result = 'success';
    try {
      await work(key);
    } catch (error) {
      result = 'error';
      logger.error({ key, error }, 'could not be reconciled; it is tried again');
      retry(key);
    }
    const seconds = (clock.monotonic() - began) / 1_000;
    worked.observe(seconds, labels);
    times.observe(seconds, { controller: name });
    results.inc({ controller: name, result });
    working.delete(key);
    progressAt = clock.monotonic();
    const next = again.get(key);
    again.delete(key);
    if (next) add(key, next);
    for (const wake of idle) wake();
    idle = [];
    void pump();
  }

  function retry(key: string): void {
    const count = failures.get(key) ?? 0;
    failures.set(key, count + 1);
    retried.inc(labels);
    clock.after(backoffDelay(count, retries, random), () => add(key, 'owner'));
  }

  return {
    add,
    retry,
    forget: (key) => void failures.delete(key),
    get depth() {
      return waiting.size;
    },
    get stuck_ms() {
      return waiting.size ? clock.monotonic() - progressAt : 0;
    },
    async close() {
      closed = true;
      while (working.size) await new Promise<void>((resolve) => idle.push(resolve));
    },
  };
}

const better = (a: Priority | undefined, b: Priority): Priority =>
  a && order.indexOf(a) < order.indexOf(b) ? a : b;
