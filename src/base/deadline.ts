import type { Clock } from './clock.ts';
import { AppError } from './errors.ts';

/**
 * Waits for `work`, but no longer than `ms`; what happens to the work then is `onLate`'s business
 * (destroy the socket, say).
 */
export async function withDeadline<T>(
  work: Promise<T>,
  ms: number,
  clock: Clock,
  onLate: () => AppError,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const cancel = clock.after(ms, () => reject(onLate()));
  work.catch(() => undefined); // a loser's later failure has been answered already
  try {
    return await Promise.race([work, late]);
  } finally {
    cancel();
  }
}

/**
 * Why it was aborted. Whoever aborts work of ours says so with an AppError: one that comes without
 * is a mistake of ours.
 */
export const abortReason = (signal: AbortSignal): AppError =>
  signal.reason instanceof AppError
    ? signal.reason
    : new AppError('internal', 'aborted without a reason', { cause: signal.reason });

/**
 * Rejects as soon as `signal` aborts, with an AppError; the work itself must be stopped by whoever
 * owns it.
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const reason = () => abortReason(signal);
  work.catch(() => undefined); // whoever stopped it has been answered already
  if (signal.aborted) throw reason();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(reason());
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
