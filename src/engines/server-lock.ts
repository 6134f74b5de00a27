import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';

/**
 * At most one collection session per server. The lock is the server's own and goes with its
 * connection; how one is taken is the engine's, what follows from an attempt is decided here.
 */
export interface ServerLock<H extends Holder> {
  /** Tries once, without waiting. */
  take(): Promise<LockAttempt<H>>;
  /** Lets go of what `take` took. */
  release(): Promise<unknown>;
  /** Ends the session of a holder, only if it is still the very one that was seen. */
  end(holder: H): Promise<unknown>;
}

export interface LockAttempt<H extends Holder> {
  taken: boolean;
  /** Who else has it; two may, where the server's lock is none of the whole server. */
  others: readonly H[];
}

export interface Holder {
  /** A session of the same target, of an owner that was replaced: it may be ended. */
  former: boolean;
}

export interface LockDecision<H extends Holder> {
  kind: 'held' | 'again' | 'given_up';
  release: boolean;
  end: readonly H[];
}

const attempts = 3;
/**
 * Who waits holds a connection, so it does not wait long: whoever has the lock keeps it for a
 * cycle. Two that meet come back after moments of different length.
 */
const [least_ms, spread_ms] = [50, 250];

/** Held only by who has it alone; two that meet both let go. */
export function decideLock<H extends Holder>(
  { taken, others }: LockAttempt<H>,
  attempt: number,
): LockDecision<H> {
  if (taken && others.length === 0) return { kind: 'held', release: false, end: [] };
  return {
    kind: attempt < attempts ? 'again' : 'given_up',
    release: taken,
    end: others.filter(({ former }) => former),
  };
}

/** False: another collector has it. */
export async function takeServerLock<H extends Holder>(
  lock: ServerLock<H>,
  { clock, random, signal }: { clock: Clock; random: Random; signal: AbortSignal },
): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    const { kind, release, end } = decideLock(await lock.take(), attempt);
    if (release) await lock.release();
    for (const holder of end) await lock.end(holder);
    if (kind !== 'again') return kind === 'held';
    await clock.sleep(least_ms + spread_ms * random.next(), signal);
  }
}
