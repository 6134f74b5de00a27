/**
 * How long ago the program was last heard, in the three words that the header shows. It speaks
 * every few seconds even if nothing happens, so silence means something.
 */
export type LiveState = 'live' | 'late' | 'lost';

const lateAfter_ms = 10_000;
const lostAfter_ms = 30_000;

/** `heardAt` and `now` by the same clock; undefined: never yet. */
export function liveState(heardAt: number | undefined, now: number): LiveState {
  if (heardAt === undefined) return 'late';
  const silent = now - heardAt;
  return silent < lateAfter_ms ? 'live' : silent < lostAfter_ms ? 'late' : 'lost';
}
