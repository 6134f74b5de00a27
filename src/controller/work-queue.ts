import { type Backoff, backoffDelay } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Random } from '../base/random.ts';

/**
 * Deduplicating priority queue of keys. A key is in it once, however often it is added, and never
 * worked on twice at a time; one that fails comes back later. What a person waits for goes before
 * what is done for completeness.
 */
export interface WorkQueue {
  add(key: string, priority: Priority): void;
  /**
   * Comes back after a growing wait; `forget` ends the growth, and so does a long time without.
   * Tells how often in a row it was asked for.
   */
  retry(key: string): number;
  /** It waits to come back. */
  rests(key: string): boolean;
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
/** What has not failed for so long has recovered. */
const recovered_ms = 300_000;
/** Work is mostly waiting: for a cycle to end, for an answer. */
const concurrency = 64;
/** After so much work in one go everything else has its turn. */
const slice_ms = 4;
const buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

interface Failures {
  inRow: number;
  /** Since when the last one is over and done with. */
  recoveredAt: number;
  /** The wait of the last one is not over. */
  rests: boolean;
}

interface Queue {
  deps: WorkQueueDeps;
  meters: ReturnType<typeof createMeters>;
  waiting: Map<string, { priority: Priority; at: number }>;
  /** Those that wait, by priority, in their order. */
  lanes: Map<Priority, Set<string>>;
  working: Set<string>;
  /** Added while they were worked on. */
  again: Map<string, Priority>;
  failures: Map<string, Failures>;
  closed: boolean;
  pumping: boolean;
  progressAt: number;
  /** Who waits for something to be finished. */
  onFinished: (() => void)[];
}

export function createWorkQueue(deps: WorkQueueDeps): WorkQueue {
  const queue: Queue = {
    deps,
    meters: createMeters(deps.name, deps.metrics),
    waiting: new Map(),
    lanes: new Map(order.map((priority) => [priority, new Set<string>()])),
    working: new Set(),
    again: new Map(),
    failures: new Map(),
    closed: false,
    pumping: false,
    progressAt: deps.clock.monotonic(),
    onFinished: [],
  };
  const { waiting, failures, working } = queue;
  return {
    add: (key, priority) => add(queue, key, priority),
    retry: (key) => retry(queue, key),
    rests: (key) => failures.get(key)?.rests === true,
    forget: (key) => void failures.delete(key),
    get depth() {
      return waiting.size;
    },
    get stuck_ms() {
      return waiting.size ? deps.clock.monotonic() - queue.progressAt : 0;
    },
    async close() {
      queue.closed = true;
      while (working.size) await new Promise<void>((resolve) => queue.onFinished.push(resolve));
    },
  };
}

function add(queue: Queue, key: string, priority: Priority): void {
  const { deps, meters, waiting, lanes, working, again } = queue;
  if (queue.closed) return;
  if (working.has(key)) {
    again.set(key, better(again.get(key), priority));
    return;
  }
  const now = deps.clock.monotonic();
  const known = waiting.get(key);
  const best = better(known?.priority, priority);
  if (known && known.priority === best) return;
  if (known) lanes.get(known.priority)?.delete(key);
  else meters.added();
  if (waiting.size === 0) queue.progressAt = now;
  waiting.set(key, { priority: best, at: known?.at ?? now });
  lanes.get(best)?.add(key);
  void pump(queue);
}

function take({ deps, meters, waiting, lanes }: Queue): string | undefined {
  for (const lane of lanes.values()) {
    const [key] = lane;
    if (key === undefined) continue;
    lane.delete(key);
    meters.waited(deps.clock.monotonic() - (waiting.get(key)?.at ?? 0));
    waiting.delete(key);
    return key;
  }
  return undefined;
}

async function pump(queue: Queue): Promise<void> {
  const { clock } = queue.deps;
  if (queue.pumping) return;
  queue.pumping = true;
  let sliceBegan = clock.monotonic();
  await Promise.resolve(); // whoever adds many adds them first
  while (queue.working.size < concurrency) {
    const key = queue.closed ? undefined : take(queue);
    if (key === undefined) break;
    void workOn(queue, key);
    if (clock.monotonic() - sliceBegan < slice_ms) continue;
    await clock.sleep(0);
    sliceBegan = clock.monotonic();
  }
  queue.pumping = false;
}

async function workOn(queue: Queue, key: string): Promise<void> {
  const { deps, meters, working, again, onFinished } = queue;
  const began = deps.clock.monotonic();
  queue.progressAt = began;
  working.add(key);
  let result: Result = 'success';
  try {
    await deps.work(key);
  } catch (error) {
    result = 'error';
    deps.logger.error({ key, error }, 'could not be reconciled; it is tried again');
    retry(queue, key);
  }
  const now = deps.clock.monotonic();
  meters.worked(now - began, result);
  working.delete(key);
  queue.progressAt = now;
  const next = again.get(key);
  again.delete(key);
  if (next) add(queue, key, next);
  for (const finished of onFinished.splice(0)) finished();
  void pump(queue);
}

function retry(queue: Queue, key: string): number {
  const { deps, meters, failures } = queue;
  const now = deps.clock.monotonic();
  const before = failures.get(key);
  const count = before && now < before.recoveredAt ? before.inRow : 0;
  const wait_ms = backoffDelay(count, retries, deps.random);
  const failed = { inRow: count + 1, recoveredAt: now + wait_ms + recovered_ms, rests: true };
  failures.set(key, failed);
  meters.retried();
  deps.clock.after(wait_ms, () => {
    failed.rests = false;
    add(queue, key, 'owner');
  });
  return failed.inRow;
}

type Result = 'success' | 'error';

/** Under the names that controllers have everywhere. */
function createMeters(name: string, metrics: Metrics) {
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
  return {
    added: () => adds.inc({ name }),
    retried: () => retried.inc({ name }),
    waited: (ms: number) => waited.observe(ms / 1_000, { name }),
    worked(ms: number, result: Result) {
      worked.observe(ms / 1_000, { name });
      times.observe(ms / 1_000, { controller: name });
      results.inc({ controller: name, result });
    },
  };
}

const better = (a: Priority | undefined, b: Priority): Priority =>
  a && order.indexOf(a) < order.indexOf(b) ? a : b;
