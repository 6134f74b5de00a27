import type { Clock } from './clock.ts';
import { AppError } from './errors.ts';

/**
 * Waits for `work`, but no longer than `ms`; what happens to the work then is `onLate`'s business
 * (destroy the socket, say).
 */
export const withDeadline = <T>(
  work: Promise<T>,
  ms: number,
  clock: Clock,
  onLate: () => AppError,
): Promise<T> => unless(work, (reject) => clock.after(ms, () => reject(onLate())));

/**
 * Settles as `work` does, unless what `arm` listens for rejects before; it gives what ends the
 * listening. A failure of the work that comes later has been answered already.
 */
export function unless<T>(
  work: Promise<T>,
  arm: (reject: (reason: unknown) => void) => () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const disarm = arm(reject);
    work.then(
      (value) => {
        disarm();
        resolve(value);
      },
      (error: unknown) => {
        disarm();
        reject(error);
      },
    );
  });
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
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return unless(work, (reject) => {
    const abort = () => reject(abortReason(signal));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    return () => signal.removeEventListener('abort', abort);
  });
}
