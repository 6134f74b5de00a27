import type { EventLoopUtilization } from 'node:perf_hooks';

/** With less of its time the loop is at rest. */
const restShare = 0.05;
/**
 * Looked at together: what is done once a second takes more than that share of the tick that it
 * falls in, and a cycle has its pauses.
 */
const window_ms = 2_000;

type Used = Pick<EventLoopUtilization, 'idle' | 'active'>;

/** Whether a loop is at rest, by how long it did something since it was asked before. */
export function senseRest(begun: Used): (now: Used) => boolean {
  let from = begun;
  let resting = false;
  return (now) => {
    const active = now.active - from.active;
    const span = active + now.idle - from.idle;
    const over = span >= window_ms;
    if (resting ? active >= restShare * window_ms : over) resting = active < restShare * span;
    if (over) from = now;
    return resting;
  };
}
