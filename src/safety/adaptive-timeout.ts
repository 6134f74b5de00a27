/**
 * The statement timeout follows this server's own EXPLAIN times: four times their p99, between the
 * target's bounds. A timeout doubles it at once; healthy answers narrow it again as the slow ones
 * leave the window. It also bounds how long DDL can queue behind us.
 */
export interface AdaptiveTimeout {
  /** The last answers, milliseconds; a timeout counts as the timeout it hit. */
  recent_ms: number[];
  /** A lower bound while the window is still widening after timeouts. */
  floor_ms: number;
}

export interface TimeoutBounds {
  min_ms: number;
  max_ms: number;
}

/** Of so many values the largest is the 99th percentile. */
const windowSize = 100;
const fewest = 10;
const start_ms = 500;
const headroom = 4;

export const freshTimeout: AdaptiveTimeout = { recent_ms: [], floor_ms: 0 };

export function currentTimeout(
  { recent_ms, floor_ms }: AdaptiveTimeout,
  { min_ms, max_ms }: TimeoutBounds,
): number {
  const wanted = recent_ms.length < fewest ? start_ms : headroom * Math.max(...recent_ms);
  return Math.round(Math.min(max_ms, Math.max(min_ms, wanted, floor_ms)));
}

export function onAnswer(timeout: AdaptiveTimeout, took_ms: number): AdaptiveTimeout {
  const recent_ms = timeout.recent_ms.slice(-(windowSize - 1));
  recent_ms.push(Math.round(took_ms * 100) / 100);
  return { recent_ms, floor_ms: timeout.floor_ms < 1 ? 0 : timeout.floor_ms * 0.97 };
}

export function onTimeout(timeout: AdaptiveTimeout, bounds: TimeoutBounds): AdaptiveTimeout {
  return { ...timeout, floor_ms: Math.min(bounds.max_ms, currentTimeout(timeout, bounds) * 2) };
}
