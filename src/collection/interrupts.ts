import type { Clock } from '../base/clock.ts';
import { abortReason } from '../base/deadline.ts';
import type { AppError } from '../base/errors.ts';

/** What a collector waits for, and how others cut it short: a pause, a queue, a cycle, its life. */
export interface Interrupts {
  /** Aborts when the collector ends. */
  readonly ended: AbortSignal;
  /** Until the time is over, somebody wakes it, or it ends. */
  pause(ms: number): Promise<void>;
  /** Aborts when it need not wait for its turn any more. */
  enterQueue(): AbortSignal;
  /** Aborts at once where what would have ended the cycle came between two of them. */
  beginCycle(): AbortSignal;
  endCycle(): void;
  wake(): void;
  leaveQueue(): void;
  /** The cycle in flight, if there is one. */
  abortCycle(reason: AppError): void;
  /** The cycle in flight, or the next. */
  abortNext(reason: AppError): void;
  /** The cycle in flight goes on until `done`, unless `signal` aborts: then for its reason. */
  end(done: Promise<void>, signal?: AbortSignal): Promise<void>;
}

export function createInterrupts(clock: Clock): Interrupts {
  const ending = new AbortController();
  let [pausing, queueing] = [new AbortController(), new AbortController()];
  let cycle: AbortController | undefined;
  let early: AppError | undefined;
  return {
    ended: ending.signal,
    async pause(ms) {
      pausing = new AbortController();
      if (ending.signal.aborted) return;
      await clock.sleep(ms, pausing.signal).catch(() => undefined);
    },
    enterQueue() {
      queueing = new AbortController();
      return queueing.signal;
    },
    beginCycle() {
      cycle = new AbortController();
      if (early) cycle.abort(early);
      early = undefined;
      return cycle.signal;
    },
    endCycle() {
      cycle = undefined;
    },
    wake: () => pausing.abort(),
    leaveQueue: () => queueing.abort(),
    abortCycle: (reason) => cycle?.abort(reason),
    abortNext(reason) {
      if (cycle) cycle.abort(reason);
      else early = reason;
    },
    async end(done, signal) {
      for (const each of [ending, pausing, queueing]) each.abort();
      const cancel = () => signal && cycle?.abort(abortReason(signal));
      signal?.addEventListener('abort', cancel, { once: true });
      if (signal?.aborted) cancel();
      await done;
      signal?.removeEventListener('abort', cancel);
    },
  };
}
