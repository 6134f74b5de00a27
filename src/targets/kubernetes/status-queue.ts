import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Counter, Metrics } from '../../base/metrics.ts';
import type { Random } from '../../base/random.ts';
import type { DatabaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import type { TargetIdentity } from '../target-store.ts';
import {
  isPending,
  laneOf,
  newEntry,
  nextEntry,
  type StatusEntry,
  type StatusEvent,
} from './status-entry.ts';

/**
 * Every status write costs the API server and etcd. So: transitions at once, figures with a
 * heartbeat every ten minutes, the latest wins, and never more than the budget. Ten thousand idle
 * targets are seventeen writes a second.
 */
export interface StatusQueue {
  put(target: TargetIdentity, status: DatabaseTargetStatus): void;
  /** What the API server has of it, so that the first status is compared with the truth. */
  know(uid: string, status: DatabaseTargetStatus): void;
  forget(uid: string): void;
  settle(uids: readonly string[]): Promise<void>;
  /** Writes transitions that wait, then ends. */
  close(): Promise<void>;
  readonly waiting: number;
}

export interface StatusQueueDeps {
  write(
    target: TargetIdentity,
    status: DatabaseTargetStatus,
  ): Promise<'written' | 'fenced' | 'gone' | 'failed'>;
  onRefused(uid: string): void;
  clock: Clock;
  random: Random;
  metrics: Metrics;
  logger: Logger;
  perSecond?: number;
}

type WriteResult = 'written' | 'fenced' | 'gone' | 'failed';

const tick_ms = 100;
/** Writes on their way at a time. */
const concurrency = 8;
/** Of one replica. An API server takes some 130 status writes a second. */
export const statusWritesPerSecond = 50;
const settle_ms = 5_000;
const sweep_ms = 1_000;

/** Everything that the queue knows. */
interface Queue {
  readonly deps: StatusQueueDeps;
  readonly perSecond: number;
  readonly entries: Map<string, StatusEntry>;
  /** What the API server has of targets of which nothing was put yet. */
  readonly known: Map<string, DatabaseTargetStatus>;
  /**
   * What is due, in the order in which it became so; urgent goes first. Everything else is looked
   * through once a second.
   */
  readonly lanes: { readonly urgent: Set<string>; readonly routine: Set<string> };
  readonly writes: Counter;
  readonly failures: Counter;
  tokens: number;
  refilledAt: number;
  sweptAt: number;
  writing: number;
}

export function createStatusQueue(deps: StatusQueueDeps): StatusQueue {
  const queue = openQueue(deps);
  const ending = new AbortController();
  const loop = (async () => {
    while (!ending.signal.aborted) {
      sweep(queue);
      pump(queue);
      await deps.clock.sleep(tick_ms, ending.signal).catch(() => undefined);
    }
  })();
  return {
    put: (target, status) => change(queue, target.uid, { kind: 'put', target, status }),
    know: (uid, status) => void queue.known.set(uid, status),
    forget(uid) {
      leave(queue, uid);
      queue.entries.delete(uid);
      queue.known.delete(uid);
    },
    settle: (uids) => settle(queue, uids),
    async close() {
      await settle(queue, [...queue.entries.keys()]);
      ending.abort();
      await loop;
    },
    get waiting() {
      return pending(queue, queue.entries.keys()).length;
    },
  };
}

function openQueue(deps: StatusQueueDeps): Queue {
  const { clock, metrics, perSecond = statusWritesPerSecond } = deps;
  const now = clock.monotonic();
  return {
    deps,
    perSecond,
    entries: new Map(),
    known: new Map(),
    lanes: { urgent: new Set(), routine: new Set() },
    writes: metrics.counter('dbintel_status_writes_total', 'Status writes by what caused them.', [
      'kind',
    ]),
    failures: metrics.counter(
      'dbintel_status_write_failures_total',
      'Status writes that failed or were refused.',
      ['why'],
    ),
    tokens: perSecond,
    refilledAt: now,
    sweptAt: now,
    writing: 0,
  };
}

const factsOf = ({ deps: { clock, random } }: Queue) => ({
  now: clock.monotonic(),
  chance: random.next(),
});

/** Puts what has come of the event in its lane. */
function change(queue: Queue, uid: string, event: StatusEvent): void {
  const facts = factsOf(queue);
  const before = queue.entries.get(uid) ?? (event.kind === 'put' ? begin(queue, event) : undefined);
  if (!before) return;
  const entry = nextEntry(before, event, facts);
  queue.entries.set(uid, entry);
  leave(queue, uid);
  const lane = laneOf(entry, facts.now);
  if (!lane) return;
  queue.lanes[lane].add(uid);
  pump(queue);
}

function begin(queue: Queue, { target, status }: StatusEvent & { kind: 'put' }): StatusEntry {
  const written = queue.known.get(target.uid);
  queue.known.delete(target.uid);
  return newEntry(target, status, written, factsOf(queue));
}

function leave({ lanes }: Queue, uid: string): void {
  lanes.urgent.delete(uid);
  lanes.routine.delete(uid);
}

/** Writes what is due, as far as the budget goes. */
function pump(queue: Queue): void {
  const now = queue.deps.clock.monotonic();
  const gained = (queue.perSecond * (now - queue.refilledAt)) / 1_000;
  queue.tokens = Math.min(queue.perSecond, queue.tokens + gained);
  queue.refilledAt = now;
  for (const lane of [queue.lanes.urgent, queue.lanes.routine]) {
    for (const uid of lane) {
      if (queue.tokens < 1 || queue.writing >= concurrency) return;
      lane.delete(uid);
      queue.tokens -= 1;
      void write(queue, uid);
    }
  }
}

async function write(queue: Queue, uid: string): Promise<void> {
  const { clock } = queue.deps;
  const before = queue.entries.get(uid);
  if (!before) return;
  const entry = nextEntry(before, { kind: 'write', wall: clock.now() }, factsOf(queue));
  queue.entries.set(uid, entry);
  queue.writing += 1;
  const result = await attempt(queue.deps, entry);
  queue.writing -= 1;
  if (result === 'written')
    queue.writes.inc({ kind: entry.transition ? 'transition' : 'heartbeat' });
  else queue.failures.inc({ why: result });
  const isSame = queue.entries.get(uid)?.writing === entry.writing;
  if (result === 'written' || result === 'failed') {
    if (isSame) change(queue, uid, { kind: result });
  } else if (isSame) {
    leave(queue, uid);
    queue.entries.delete(uid);
  }
  if (result === 'fenced') queue.deps.onRefused(uid);
  pump(queue);
}

const attempt = (
  { write: send, logger }: StatusQueueDeps,
  { target, latest, failures }: StatusEntry,
): Promise<WriteResult> =>
  send(target, latest).catch((error: unknown) => {
    if (failures === 0)
      logger.warn(
        { target: `${target.namespace}/${target.name}`, error },
        'status could not be written; it is tried again',
      );
    return 'failed';
  });

/** Brings what has become due into its lane, once a second. */
function sweep(queue: Queue): void {
  const now = queue.deps.clock.monotonic();
  if (now - queue.sweptAt < sweep_ms) return;
  queue.sweptAt = now;
  const { urgent, routine } = queue.lanes;
  for (const [uid, entry] of queue.entries) {
    const lane = laneOf(entry, now);
    if (lane && !urgent.has(uid) && !routine.has(uid)) queue.lanes[lane].add(uid);
  }
}

const pending = ({ entries }: Queue, uids: Iterable<string>): string[] =>
  [...uids].filter((uid) => {
    const entry = entries.get(uid);
    return entry !== undefined && isPending(entry);
  });

/** Whoever takes over starts from what is written: damped transitions wait no longer. */
async function settle(queue: Queue, uids: readonly string[]): Promise<void> {
  const { clock } = queue.deps;
  const end = clock.monotonic() + settle_ms;
  for (const uid of pending(queue, uids)) change(queue, uid, { kind: 'hurry' });
  while (pending(queue, uids).length && clock.monotonic() < end) await clock.sleep(20);
}
