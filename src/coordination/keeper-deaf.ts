import type { KeeperFacts, KeeperState } from './keeper-state.ts';
import { type Survey, sessionTtl_ms } from './lease-store.ts';

/**
 * Whether this replica alone does not hear the API server. It starts nothing then, and as long as
 * Redis is well nobody else would: so it gives away what it has. While nobody hears, who has what
 * stays as it is. Pure.
 */

/**
 * Who is told something once a minute may have been told it a minute sooner or later than another
 * when both are told nothing any more; beyond that one of them still hears.
 */
const apart_ms = 90_000;
/** When the API server comes back, not all try again at once: they wait for 30 s at most. */
const patience_ms = 45_000;

type Surroundings = Pick<KeeperFacts, 'now' | 'watchAlive' | 'silent_ms'>;

/** By what the others said; while it hears nothing, that is read anew in each pass. */
export function deafSince(
  state: Pick<KeeperState, 'session' | 'deafSince'>,
  { sessions }: Survey,
  { now, watchAlive, silent_ms }: Surroundings,
): number | undefined {
  const heardLater = sessions.some(
    ({ id, facts: { silentMs, leaves } }) =>
      id !== state.session &&
      !leaves &&
      silentMs !== undefined &&
      // What it said may be as old as its session can be.
      silent_ms - silentMs >= apart_ms + sessionTtl_ms,
  );
  return heardLater && !watchAlive ? (state.deafSince ?? now) : undefined;
}

/** It has been so for long enough, and is. */
export const isDeaf = (
  { deafSince }: Pick<KeeperState, 'deafSince'>,
  { now, watchAlive }: Surroundings,
): boolean => !watchAlive && deafSince !== undefined && now - deafSince >= patience_ms;
