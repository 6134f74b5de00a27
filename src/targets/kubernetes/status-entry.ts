import { type Backoff, backoffDelay } from '../../base/backoff.ts';
import { formatTime } from '../../base/quantity.ts';
import { jitter } from '../../base/random.ts';
import type { DatabaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import type { TargetIdentity } from '../target-store.ts';
import { type Change, statusChange } from './status-change.ts';

/**
 * When the status of one target is to be written: transitions at once, figures with a heartbeat,
 * the latest wins. Plain data and one pure function; `status-queue.ts` has the budget and the loop.
 */
export interface StatusEntry {
  readonly target: TargetIdentity;
  readonly latest: DatabaseTargetStatus;
  /** Monotonic; when `latest` should be written. Undefined: nothing to write. */
  readonly due: number | undefined;
  /** More than figures has changed. */
  readonly transition: boolean;
  readonly written: DatabaseTargetStatus | undefined;
  readonly writtenAt: number;
  /** How often in a row it could not be written. */
  readonly failures: number;
  /** On its way to the API server. */
  readonly writing: DatabaseTargetStatus | undefined;
  /** Monotonic. Undefined: heartbeats have not begun. */
  readonly nextHeartbeatAt: number | undefined;
}

export type StatusEvent =
  | { readonly kind: 'put'; readonly target: TargetIdentity; readonly status: DatabaseTargetStatus }
  /** `wall`: the time of day, milliseconds since the epoch. */
  | { readonly kind: 'write'; readonly wall: number }
  | { readonly kind: 'written' }
  | { readonly kind: 'failed' }
  /** What waits to be damped does not wait any longer. */
  | { readonly kind: 'hurry' };

export interface StatusFacts {
  /** Monotonic, milliseconds. */
  readonly now: number;
  /** Drawn anew for each event, in [0, 1). */
  readonly chance: number;
}

const heartbeat_ms = 600_000;
/**
 * What is not about readiness may come and go with every cycle: at most one write a minute for it.
 */
const damping_ms = 60_000;
/** What is of no single target is told to all of them, in so long. */
const everybody_ms = 120_000;
/** Where somebody refuses every status, thousands must not be sent for ever at the full rate. */
const retries: Backoff = { first_ms: 5_000, most_ms: 60_000 };
/** Whoever says that the first cycle is about to run soon knows more: wait for that. */
const beginning_ms = 3_000;

/**
 * Of a target that was just taken over. Its last heartbeat may have been at any time of the period.
 */
export const newEntry = (
  target: TargetIdentity,
  latest: DatabaseTargetStatus,
  written: DatabaseTargetStatus | undefined,
  { now, chance }: StatusFacts,
): StatusEntry => ({
  target,
  latest,
  due: undefined,
  transition: false,
  written,
  writtenAt: now - heartbeat_ms * chance,
  failures: 0,
  writing: undefined,
  nextHeartbeatAt: undefined,
});

export function nextEntry(entry: StatusEntry, event: StatusEvent, facts: StatusFacts): StatusEntry {
  switch (event.kind) {
    case 'put':
      return schedule({ ...entry, target: event.target, latest: event.status }, facts);
    case 'write':
      return write(entry, event.wall);
    case 'written':
      return written(entry, facts);
    case 'failed':
      return failed(entry, facts);
    case 'hurry':
      return entry.due === undefined ? entry : { ...entry, due: facts.now };
  }
}

/** In which lane it is now; undefined: there is nothing to write yet. */
export function laneOf(entry: StatusEntry, now: number): 'urgent' | 'routine' | undefined {
  if (entry.due === undefined || entry.due > now || entry.writing) return undefined;
  return entry.transition ? 'urgent' : 'routine';
}

/** It is being written, or a transition waits. */
export const isPending = ({ writing, due, transition }: StatusEntry): boolean =>
  writing !== undefined || (due !== undefined && transition);

/** Figures go with the next heartbeat, which has its time already. */
function schedule(entry: StatusEntry, facts: StatusFacts): StatusEntry {
  const change = statusChange(entry.written, entry.latest);
  const transition = change === 'ready' || change === 'other';
  const fromNow = () => facts.now + delayOf(change, entry, facts);
  if (change === 'history')
    return {
      ...entry,
      transition,
      due: Math.min(entry.due ?? Number.POSITIVE_INFINITY, fromNow()),
    };
  const due = transition || entry.due === undefined ? fromNow() : entry.due;
  return { ...entry, transition, due };
}

/** How long a change may wait. */
function delayOf(change: Change, entry: StatusEntry, { now, chance }: StatusFacts): number {
  if (change === 'ready') return isBeginning(entry.latest) ? beginning_ms : 0;
  if (change === 'history') return everybody_ms * chance;
  const least_ms = change === 'other' ? damping_ms : spread(heartbeat_ms, chance);
  return Math.max(0, entry.writtenAt + least_ms - now);
}

/** A heartbeat says that its owner lives, also where nothing is new. */
function write(entry: StatusEntry, wall: number): StatusEntry {
  const latest = entry.transition ? entry.latest : { ...entry.latest, updatedAt: formatTime(wall) };
  return { ...entry, latest, writing: latest, due: undefined };
}

function failed(entry: StatusEntry, { now, chance }: StatusFacts): StatusEntry {
  const wait_ms = backoffDelay(entry.failures, retries, { next: () => chance });
  return { ...entry, writing: undefined, failures: entry.failures + 1, due: now + wait_ms };
}

function written(before: StatusEntry, facts: StatusFacts): StatusEntry {
  const isLatest = before.latest === before.writing;
  const entry = {
    ...before,
    written: before.writing,
    writtenAt: facts.now,
    writing: undefined,
    failures: 0,
  };
  if (!isLatest) return schedule(entry, facts);
  const nextHeartbeatAt = nextHeartbeat(entry, facts);
  return { ...entry, transition: false, due: nextHeartbeatAt, nextHeartbeatAt };
}

/**
 * Keeps heartbeat phases spread (no thundering herd): the first comes at any time of the period,
 * and what is written in between does not move the next.
 */
function nextHeartbeat({ nextHeartbeatAt }: StatusEntry, { now, chance }: StatusFacts): number {
  if (nextHeartbeatAt === undefined) return now + heartbeat_ms * chance;
  return nextHeartbeatAt > now ? nextHeartbeatAt : now + spread(heartbeat_ms, chance);
}

const spread = (ms: number, chance: number): number => jitter(ms, 0.1, { next: () => chance });

const isBeginning = ({ conditions = [] }: DatabaseTargetStatus): boolean =>
  conditions.some(({ type, status }) => type === 'Reconciling' && status === 'True');
