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
   * Calls back once after `ms`, unless cancelled. Pending I/O is handled first, so that a stalled
   * event loop is not mistaken for a slow peer. Does not keep the process alive by itself.
   */
  after(ms: number, callback: () => void): Cancel;
}

export type Cancel = () => void;
