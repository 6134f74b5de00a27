import { jitter, type Random } from './random.ts';

export interface Backoff {
  first_ms: number;
  most_ms: number;
}

/** The wait before attempt `attempt` (0 is the first retry): doubled each time, capped, ± 20 %. */
export function backoffDelay(
  attempt: number,
  { first_ms, most_ms }: Backoff,
  random: Random,
): number {
  return Math.min(most_ms, jitter(first_ms * 2 ** Math.min(attempt, 30), 0.2, random));
}
