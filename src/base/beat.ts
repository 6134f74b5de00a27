import type { Clock } from './clock.ts';

/** A timer may come this much early, and belongs to the beat before it. */
const early_ms = 20;

/**
 * Until the next whole multiple of `every_ms`: what looks at something each second then looks at
 * the same moment, and a process at rest is woken once for all of it.
 */
export function untilBeat(clock: Pick<Clock, 'monotonic'>, every_ms: number): number {
  const rest_ms = every_ms - (clock.monotonic() % every_ms);
  return rest_ms < early_ms ? rest_ms + every_ms : rest_ms;
}
