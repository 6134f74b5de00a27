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
