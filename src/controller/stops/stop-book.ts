import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { SessionFacts } from '../../coordination/lease-store.ts';
import type { Stop, StopRecord } from '../../model/stop.ts';

/**
 * What every stop did while it was in force, kept for who asks when it is over. Every replica keeps
 * what it sees; a history that is away is told later.
 */
export interface StopBook {
  /**
   * Those in force, and what replicas say of them; what was in force before and is not, is over.
   */
  see(stops: readonly Stop[], replicas: readonly ReplicaFacts[]): void;
  /** Before `see` says that they are over: who lifts them. */
  lifting(stops: readonly Stop[], by: string): void;
  write(): Promise<void>;
}

export type ReplicaFacts = Pick<SessionFacts, 'name' | 'stops' | 'cancelled'>;

export interface StopBookDeps {
  keep(stop: StopRecord): Promise<void>;
  covered(scope: Stop['scope']): number;
  clock: Pick<Clock, 'now'>;
  logger: Logger;
}

/** Who asks later takes a stop that was not seen in force for thrice as long for over. */
const tellAgain_ms = 60_000;
/** Over, and not told to the history yet: an outage of days has no more. */
const mostUnwritten = 500;

interface Entry {
  record: StopRecord;
  written?: StopRecord;
  liftedBy?: string;
}

export function createStopBook({ keep, covered, clock, logger }: StopBookDeps): StopBook {
  const entries = new Map<string, Entry>();
  let isTold = false;
  return {
    see(stops, replicas) {
      const now = clock.now();
      for (const stop of stops) {
        const before = entries.get(keyOf(stop));
        const seen = { replicas, covered: covered(stop.scope), now };
        entries.set(keyOf(stop), { ...before, record: nextRecord(before?.record, stop, seen) });
      }
      const inForce = new Set(stops.map(keyOf));
      for (const [key, entry] of entries) if (!inForce.has(key)) entry.record = ended(entry, now);
      const over = [...entries].filter(([, { record }]) => record.liftedAt !== undefined);
      for (const [key] of over.slice(0, Math.max(0, over.length - mostUnwritten)))
        entries.delete(key);
    },
    lifting(stops, by) {
      for (const stop of stops) {
        const entry = entries.get(keyOf(stop));
        if (entry) entry.liftedBy = by;
      }
    },
    async write() {
      for (const [key, entry] of entries) {
        const { record, written } = entry;
        if (written && !isWorthTelling(written, record)) continue;
        try {
          await keep(record);
          isTold = false;
        } catch (error) {
          if (!isTold)
            logger.warn({ error }, 'what a stop did could not be kept; it is tried again');
          isTold = true;
          // Others come first the next time: it may be this one alone that cannot be kept.
          entries.delete(key);
          entries.set(key, entry);
          return;
        }
        const now = entries.get(key);
        if (!now) continue;
        now.written = record;
        if (record.liftedAt !== undefined) entries.delete(key);
      }
    },
  };
}

/** A name may be used again. */
const keyOf = ({ id, since }: Stop) => `${since} ${id}`;

function ended({ record, liftedBy }: Entry, now: number): StopRecord {
  if (record.liftedAt !== undefined) return record;
  return { ...record, liftedAt: now, ...(liftedBy === undefined ? {} : { liftedBy }) };
}

interface Seen {
  replicas: readonly ReplicaFacts[];
  covered: number;
  now: number;
}

/**
 * What was once confirmed or cancelled stays so: a replica that goes takes nothing with it. Pure.
 */
export function nextRecord(
  before: StopRecord | undefined,
  stop: Stop,
  { replicas, covered, now }: Seen,
): StopRecord {
  const known = new Map(before?.replicas.map((each) => [each.pod, each]));
  for (const { name: pod, stops, cancelled } of replicas) {
    const was = known.get(pod);
    const confirmedAt = was?.confirmedAt ?? (stops[stop.id] === undefined ? undefined : now);
    known.set(pod, {
      pod,
      ...(confirmedAt === undefined ? {} : { confirmedAt }),
      cancelled: Math.max(was?.cancelled ?? 0, cancelled?.[stop.id] ?? 0),
      stillRunning: stops[stop.id] ?? 0,
    });
  }
  const { id, scope, reason, since, by } = stop;
  const asked = { id, scope, reason, since, ...(by === undefined ? {} : { by }) };
  return { ...asked, covered, replicas: [...known.values()], seenAt: now };
}

const isWorthTelling = (written: StopRecord, record: StopRecord): boolean =>
  record.seenAt - written.seenAt >= tellAgain_ms ||
  !isDeepStrictEqual({ ...record, seenAt: 0 }, { ...written, seenAt: 0 });
