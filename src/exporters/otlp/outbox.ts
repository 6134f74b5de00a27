/**
 * What waits for a receiver: a queue with a limit in bytes, out of which batches with limits of
 * their own are taken. Full: the oldest goes.
 */
export interface Outbox<T> {
  queue: Queued<T>[];
  bytes: number;
}

export interface Queued<T> {
  readonly item: T;
  readonly bytes: number;
}

export const outboxLimits = {
  /** What a receiver that is away may cost a replica's memory, for each signal. */
  queueBytes: 32 * 2 ** 20,
  /** Below what receivers take in one request. */
  batchBytes: 2 ** 20,
  batchItems: 500,
} as const;

export const emptyOutbox = <T>(): Outbox<T> => ({ queue: [], bytes: 0 });

/** Gives how many of the oldest went to make room. */
export function enqueue<T>(outbox: Outbox<T>, queued: Queued<T>): number {
  outbox.queue.push(queued);
  outbox.bytes += queued.bytes;
  let dropped = 0;
  while (outbox.bytes > outboxLimits.queueBytes) {
    outbox.bytes -= outbox.queue.shift()?.bytes ?? 0;
    dropped += 1;
  }
  return dropped;
}

/** The oldest, as many as fit a batch: one at least, however large. */
export function takeBatch<T>(outbox: Outbox<T>): Queued<T>[] {
  let [bytes, count] = [0, 0];
  for (const queued of outbox.queue) {
    if (count === outboxLimits.batchItems) break;
    if (count > 0 && bytes + queued.bytes > outboxLimits.batchBytes) break;
    bytes += queued.bytes;
    count += 1;
  }
  const batch = outbox.queue.slice(0, count);
  outbox.queue = outbox.queue.slice(count);
  outbox.bytes -= bytes;
  return batch;
}
