/**
 * What a replica may do, from when its session was last confirmed. Pure. Times are monotonic and
 * count from *sending* the renewal that was confirmed, so an answer that was long on its way proves
 * nothing about now.
 */
export interface LeaseFacts {
  now: number;
  /** When the last confirmed renewal was sent; undefined before the first. */
  confirmedAt: number | undefined;
  /** When the last attempt ended in an error. */
  failedAt: number | undefined;
  /** The list of targets is followed: something came through within two minutes. */
  watchAlive: boolean;
  onOutage: 'continue' | 'stop';
}

/**
 * none: no session yet · valid · unconfirmed: and nothing shows yet that it is the store that is
 * away · degraded: the store is away · expired: stop everything
 */
export const leaseStates = ['none', 'valid', 'unconfirmed', 'degraded', 'expired'] as const;
export type LeaseState = (typeof leaseStates)[number];

/** Two thirds of the time to live: whoever is silent for longer may have been taken over soon. */
export const confirmedFor_ms = 8_000;
/**
 * An error this fresh shows that the store is down, not that we were paused: a process that was
 * stopped for a minute wakes up with none.
 */
const awakeFor_ms = 4_000;
export const outageLimit_ms = 15 * 60_000;

export function leaseState({
  now,
  confirmedAt,
  failedAt,
  watchAlive,
  onOutage,
}: LeaseFacts): LeaseState {
  if (confirmedAt === undefined) return 'none';
  const silent_ms = now - confirmedAt;
  if (silent_ms <= confirmedFor_ms) return 'valid';
  if (
    silent_ms > outageLimit_ms ||
    (onOutage === 'stop' && failedAt !== undefined && failedAt > confirmedAt)
  )
    return 'expired';
  if (failedAt === undefined || now - failedAt > awakeFor_ms || !watchAlive) return 'unconfirmed';
  return 'degraded';
}

/**
 * New cycles start only in these. Those in flight go on: the database's lock and the API server's
 * fence hold without us.
 */
export const mayStart = (state: LeaseState): boolean => state === 'valid' || state === 'degraded';
