import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Metrics } from '../../base/metrics.ts';
import { jitter, type Random } from '../../base/random.ts';
import type { Target } from '../../resources/database-target.ts';
import type { DatabaseTargetStatus } from '../../resources/database-target-status.ts';
import { statusChange } from './status-change.ts';

/**
 * Every status write costs the API server and etcd. So: transitions at once, figures with a heartbeat every ten minutes, the latest wins,
 * and never more than the budget. Ten thousand idle targets are seventeen writes a second.
 */
export interface StatusQueue {
  put(target: Target, status: DatabaseTargetStatus): void;
  /** What the API server has of it, so that the first status is compared with the truth. */
  know(uid: string, status: DatabaseTargetStatus): void;
  forget(uid: string): void;
  settle(uids: readonly string[]): Promise<void>;
  /** Writes transitions that wait, then ends. */
  close(): Promise<void>;
  readonly waiting: number;
}

export interface StatusQueueDeps {
  write(target: Target, status: DatabaseTargetStatus): Promise<'written' | 'fenced' | 'gone' | 'failed'>;
  onRefused(uid: string): void;
  clock: Clock;
  random: Random;
  metrics: Metrics;
  logger: Logger;
  perSecond?: number;
}

const heartbeat_ms = 600_000;
/** What is not about readiness may come and go with every cycle: at most one write a minute for it. */
const damping_ms = 60_000;
/** A status that could not be written is tried again after this. */
const retry_ms = 5_000;
const tick_ms = 100;
const atOnce = 8;
/** Of one replica. An API server takes some 130 status writes a second. */
export const statusWritesPerSecond = 50;
const settle_ms = 5_000;

interface Entry {
  target: Target;
  next: DatabaseTargetStatus;
  /** Monotonic; when `next` should be written. Undefined: nothing to write. */
  due: number | undefined;
  transition: boolean;
  written: DatabaseTargetStatus | undefined;
  writtenAt: number;
  inFlight: boolean;
}

export function createStatusQueue(deps: StatusQueueDeps): StatusQueue {
  const { clock, random, logger, perSecond = statusWritesPerSecond } = deps;
  const entries = new Map<string, Entry>();
  const before = new Map<string, DatabaseTargetStatus>();
  const writes = deps.metrics.counter('dbintel_status_writes_total', 'Status writes by what caused them.', ['kind']);
  const failures = deps.metrics.counter('dbintel_status_write_failures_total', 'Status writes that failed or were refused.', ['why']);
  const ending = new AbortController();
  let tokens = perSecond;
  let refilledAt = clock.monotonic();
  let inFlight = 0;

  function put(target: Target, status: DatabaseTargetStatus): void {
    const now = clock.monotonic();
    const entry: Entry = entries.get(target.uid) ?? {
      target,
      next: status,
      due: undefined,
      transition: false,
      written: before.get(target.uid),
      // The heartbeats of targets that came together drift apart from the start.
      writtenAt: now - heartbeat_ms * 0.5 * random.next(),
      inFlight: false,
    };
    before.delete(target.uid);
    entries.set(target.uid, entry);
    entry.target = target;
    entry.next = status;
    schedule(entry, now);
  }

  function schedule(entry: Entry, now: number): void {
    const change = statusChange(entry.written, entry.next);
    entry.transition = change !== 'figures';
    entry.due = change === 'ready' ? now : entry.writtenAt + (change === 'other' ? damping_ms : jitter(heartbeat_ms, 0.1, random));
    if (change === 'other' && entry.writtenAt === 0) entry.due = now;
  }

  async function write(uid: string, entry: Entry): Promise<void> {
    const status = entry.next;
    entry.due = undefined;
    entry.inFlight = true;
    inFlight += 1;
    const kind = entry.transition ? 'transition' : 'heartbeat';
    const result = await deps.write(entry.target, status).catch((error: unknown) => {
      logger.warn({ target: `${entry.target.namespace}/${entry.target.name}`, error }, 'status could not be written; it is tried again');
      return 'failed' as const;
    });
    inFlight -= 1;
    entry.inFlight = false;
    if (result === 'written') {
      writes.inc({ kind });
      entry.written = status;
      entry.writtenAt = clock.monotonic();
      if (entry.next !== status) schedule(entry, clock.monotonic());
      return;
    }
    failures.inc({ why: result });
    if (result === 'failed') {
      entry.due = clock.monotonic() + retry_ms;
      return;
    }
    if (entries.get(uid) === entry) entries.delete(uid);
    if (result === 'fenced') deps.onRefused(uid);
  }

  /** Transitions before heartbeats, longest due first. */
  function pump(now: number): void {
    tokens = Math.min(perSecond, tokens + (perSecond * (now - refilledAt)) / 1_000);
    refilledAt = now;
    const due: [string, Entry][] = [];
    for (const each of entries) if (each[1].due !== undefined && each[1].due <= now && !each[1].inFlight) due.push(each);
    due.sort(([, a], [, b]) => Number(b.transition) - Number(a.transition) || (a.due ?? 0) - (b.due ?? 0));
    for (const [uid, entry] of due) {
      if (tokens < 1 || inFlight >= atOnce) return;
      tokens -= 1;
      void write(uid, entry).then(() => pump(clock.monotonic()));
    }
  }

  const loop = (async () => {
    while (!ending.signal.aborted) {
      pump(clock.monotonic());
      await clock.sleep(tick_ms, ending.signal).catch(() => undefined);
    }
  })();
  const pending = (uids: Iterable<string>) =>
    [...uids].filter((uid) => {
      const entry = entries.get(uid);
      return entry && (entry.inFlight || (entry.due !== undefined && entry.transition));
    });
  async function settle(uids: readonly string[]): Promise<void> {
    const end = clock.monotonic() + settle_ms;
    // Damped transitions do not wait any longer: whoever takes over starts from them.
    for (const uid of pending(uids)) (entries.get(uid) as Entry).due = clock.monotonic();
    while (pending(uids).length && clock.monotonic() < end) {
      pump(clock.monotonic());
      await clock.sleep(20);
    }
  }
  return {
    put,
    know: (uid, status) => void before.set(uid, status),
    forget(uid) {
      entries.delete(uid);
      before.delete(uid);
    },
    settle,
    async close() {
      await settle([...entries.keys()]);
      ending.abort();
      await loop;
    },
    get waiting() {
      return pending(entries.keys()).length;
    },
  };
}
