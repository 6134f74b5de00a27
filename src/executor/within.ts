import type { Clock } from '../base/clock.ts';
import { untilAborted } from '../base/deadline.ts';
import { AppError } from '../base/errors.ts';

/**
 * Asks whoever keeps recommendations, and waits no longer than `ms`, nor beyond `signal`: then it
 * is told to stop. Throws AppError.
 */
export async function within<T>(
  ms: number,
  clock: Clock,
  signal: AbortSignal,
  ask: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const disarm = clock.after(ms, () =>
    late.abort(new AppError('cluster_failed', `no answer within ${ms} ms`)),
  );
  const ends = AbortSignal.any([signal, late.signal]);
  try {
    return await untilAborted(ask(ends), ends);
  } finally {
    disarm();
  }
}
