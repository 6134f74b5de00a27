/**
 * Time comes in as a Clock, so that every decision can be replayed and every wait has a deadline
 * that a test can reach at once.
 */
export interface Clock {
  /** Wall time, milliseconds since the epoch. For what people read. */
  now(): number;
  /** Milliseconds that only grow. For measuring and for deadlines. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /**
   * Calls back once after `ms`, unless cancelled. What has come by then is heard first: a process
   * that was held up itself takes no punctual answer for a late one. Does not keep the process
   * alive by itself.
   */
  after(ms: number, callback: () => void): Cancel;
}

export type Cancel = () => void;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const abort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', abort, { once: true });
    }),
  after: (ms, callback) => {
    let turn: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      turn = setImmediate(callback);
    }, ms).unref();
    return () => {
      clearTimeout(timer);
      clearImmediate(turn);
    };
  },
};
