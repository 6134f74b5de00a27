import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Metrics } from '../../base/metrics.ts';
import { formatTime } from '../../base/quantity.ts';
import { jitter, type Random } from '../../base/random.ts';
import type { DatabaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import type { TargetIdentity } from '../target-store.ts';
import { type Change, statusChange } from './status-change.ts';

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

const heartbeat_ms = 600_000;
/**
 * What is not about readiness may come and go with every cycle: at most one write a minute for it.
 */
const damping_ms = 60_000;
/** A status that could not be written is tried again after this. */
const retry_ms = 5_000;
const tick_ms = 100;
const atOnce = 8;
/** Of one replica. An API server takes some 130 status writes a second. */
export const statusWritesPerSecond = 50;
const settle_ms = 5_000;

/** Whoever says that the first cycle is about to run soon knows more: wait for that. */
const beginning_ms = 3_000;
const sweep_ms = 1_000;

interface Entry {
  target: TargetIdentity;
  next: DatabaseTargetStatus;
  /** Monotonic; when `next` should be written. Undefined: nothing to write. */
  due: number | undefined;
  transition: boolean;
  written: DatabaseTargetStatus | undefined;
  writtenAt: number;
  inFlight: boolean;
  /** Monotonic; when its heart beats next. Undefined: it has not begun. */
  beatsAt: number | undefined;
}

export function createStatusQueue(deps: StatusQueueDeps): StatusQueue {
  const { clock, random, logger, perSecond = statusWritesPerSecond } = deps;
  const entries = new Map<string, Entry>();
  const before = new Map<string, DatabaseTargetStatus>();
  /**
   * What is due, in the order in which it became so: transitions, then heartbeats. Everything else
   * is looked through once a second.
   */
  const [urgent, routine] = [new Map<string, Entry>(), new Map<string, Entry>()];
  const writes = deps.metrics.counter(
    'dbintel_status_writes_total',
    'Status writes by what caused them.',
    ['kind'],
  );
  const failures = deps.metrics.counter(
    'dbintel_status_write_failures_total',
    'Status writes that failed or were refused.',
    ['why'],
  );
  const ending = new AbortController();
  let tokens = perSecond;
  let refilledAt = clock.monotonic();
  let sweptAt = clock.monotonic();
  let inFlight = 0;

  function put(target: TargetIdentity, status: DatabaseTargetStatus): void {
    const now = clock.monotonic();
    const entry: Entry = entries.get(target.uid) ?? {
      target,
      next: status,
      due: undefined,
      transition: false,
      written: before.get(target.uid),
      // Of a target that was taken over: its last heartbeat may have been at any time of the
      // period.
      writtenAt: now - heartbeat_ms * random.next(),
      inFlight: false,
      beatsAt: undefined,
    };
    before.delete(target.uid);
    entries.set(target.uid, entry);
    entry.target = target;
    entry.next = status;
    schedule(target.uid, entry, now);
  }

  function schedule(uid: string, entry: Entry, now: number): void {
    const change = statusChange(entry.written, entry.next);
    entry.transition = change !== 'figures';
    // Figures go with the next heartbeat, which has its time already.
    if (change !== 'figures' || entry.due === undefined)
      entry.due = now + patience(change, entry, now);
    queue(uid, entry, now);
  }

  /** How long a change may wait. */
  function patience(change: Change, { next, writtenAt }: Entry, now: number): number {
    if (change === 'ready') return isBeginning(next) ? beginning_ms : 0;
    return Math.max(
      0,
      writtenAt + (change === 'other' ? damping_ms : jitter(heartbeat_ms, 0.1, random)) - now,
    );
  }

  function queue(uid: string, entry: Entry, now: number): void {
    urgent.delete(uid);
    routine.delete(uid);
    if (entry.due === undefined || entry.due > now || entry.inFlight) return;
    (entry.transition ? urgent : routine).set(uid, entry);
    pump(now);
  }

  async function write(uid: string, entry: Entry): Promise<void> {
    const kind = entry.transition ? 'transition' : 'heartbeat';
    // A heartbeat says that its owner lives, also where nothing is new.
    if (!entry.transition) entry.next = { ...entry.next, updatedAt: formatTime(clock.now()) };
    const status = entry.next;
    entry.due = undefined;
    entry.inFlight = true;
    inFlight += 1;
    const result = await deps.write(entry.target, status).catch((error: unknown) => {
      logger.warn(
        { target: `${entry.target.namespace}/${entry.target.name}`, error },
        'status could not be written; it is tried again',
      );
      return 'failed' as const;
    });
    inFlight -= 1;
    entry.inFlight = false;
    settleWrite(uid, entry, status, result, kind);
    pump(clock.monotonic());
  }

  function settleWrite(
    uid: string,
    entry: Entry,
    status: DatabaseTargetStatus,
    result: Awaited<ReturnType<StatusQueueDeps['write']>>,
    kind: string,
  ): void {
    const now = clock.monotonic();
    if (result === 'written') {
      writes.inc({ kind });
      entry.written = status;
      entry.writtenAt = now;
      if (entry.next === status) entry.due = nextHeartbeat(entry, now);
      else schedule(uid, entry, now);
      entry.transition &&= entry.next !== status;
      return;
    }
    failures.inc({ why: result });
    if (result === 'failed') {
      entry.due = now + retry_ms;
      return;
    }
    if (entries.get(uid) === entry) entries.delete(uid);
    if (result === 'fenced') deps.onRefused(uid);
  }

  /**
   * The first one comes at any time of the period: targets that came together drift apart. What is
   * written in between does not move the next one: what changes together would beat together.
   */
  function nextHeartbeat(entry: Entry, now: number): number {
    const { beatsAt } = entry;
    if (beatsAt !== undefined && beatsAt > now) return beatsAt;
    const wait_ms =
      beatsAt === undefined ? heartbeat_ms * random.next() : jitter(heartbeat_ms, 0.1, random);
    entry.beatsAt = now + wait_ms;
    return entry.beatsAt;
  }

  function pump(now: number): void {
    tokens = Math.min(perSecond, tokens + (perSecond * (now - refilledAt)) / 1_000);
    refilledAt = now;
    for (const lane of [urgent, routine]) {
      for (const [uid, entry] of lane) {
        if (tokens < 1 || inFlight >= atOnce) return;
        lane.delete(uid);
        tokens -= 1;
        void write(uid, entry);
      }
    }
  }

  /** Brings what has become due into its lane. */
  function sweep(now: number): void {
    sweptAt = now;
    for (const [uid, entry] of entries)
      if (
        entry.due !== undefined &&
        entry.due <= now &&
        !entry.inFlight &&
        !urgent.has(uid) &&
        !routine.has(uid)
      )
        (entry.transition ? urgent : routine).set(uid, entry);
  }

  const loop = (async () => {
    while (!ending.signal.aborted) {
      const now = clock.monotonic();
      if (now - sweptAt >= sweep_ms) sweep(now);
      pump(now);
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
    for (const uid of pending(uids)) {
      const entry = entries.get(uid) as Entry;
      if (entry.due === undefined) continue;
      entry.due = clock.monotonic();
      queue(uid, entry, entry.due);
    }
    while (pending(uids).length && clock.monotonic() < end) await clock.sleep(20);
  }
  return {
    put,
    know: (uid, status) => void before.set(uid, status),
    forget(uid) {
      for (const map of [entries, before, urgent, routine]) map.delete(uid);
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

const isBeginning = ({ conditions = [] }: DatabaseTargetStatus): boolean =>
  conditions.some(({ type, status }) => type === 'Reconciling' && status === 'True');
