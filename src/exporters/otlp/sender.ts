import { type Backoff, backoffDelay } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Counter } from '../../base/metrics.ts';
import type { Random } from '../../base/random.ts';
import type { Answer, Post } from './post.ts';

/**
 * One signal's way to the receiver: a queue with a limit in bytes, batches with a limit of their
 * own, retries with patience and an end. Whoever adds never waits. What a receiver refuses as too
 * large or malformed is halved until the one item is found that it is about: only that is lost.
 */
export interface Sender<T> {
  add(item: T, bytes: number): void;
  readonly queued: number;
  /** Sends what is queued, as far as it goes within the deadline. */
  flush(deadline_ms: number): Promise<void>;
  close(): Promise<void>;
}

export interface SenderOptions<T> {
  signal: string;
  serialize(items: T[]): Uint8Array;
  post: Post;
  clock: Clock;
  random: Random;
  logger: Logger;
  dropped: Counter;
  sent: Counter;
}

export const senderLimits = {
  queueBytes: 32 * 2 ** 20,
  batchBytes: 2 ** 20,
  batchItems: 500,
  linger_ms: 1_000,
} as const;
const retries: Backoff = { first_ms: 500, most_ms: 30_000 };
/**
 * With the pauses in between about five minutes; what is older is worth less than what comes after
 * it.
 */
const attemptLimit = 15;

interface Queued<T> {
  item: T;
  bytes: number;
}

export function createSender<T>({
  signal,
  serialize,
  post,
  clock,
  random,
  logger,
  dropped,
  sent,
}: SenderOptions<T>): Sender<T> {
  let queue: Queued<T>[] = [];
  let bytes = 0;
  let troubled = false;
  let wake = new AbortController();
  let hurry = false;
  let emptied = Promise.withResolvers<void>();
  const closing = new AbortController();
  const lose = (why: string, count = 1) => dropped.inc({ signal, why }, count);

  function takeBatch(): Queued<T>[] {
    let [size, count] = [0, 0];
    while (
      count < queue.length &&
      count < senderLimits.batchItems &&
      (count === 0 || size + (queue[count] as Queued<T>).bytes <= senderLimits.batchBytes)
    )
      size += (queue[count++] as Queued<T>).bytes;
    const batch = queue.slice(0, count);
    queue = queue.slice(count);
    bytes -= size;
    return batch;
  }

  /** Until it is taken, refused for good, or given up. */
  async function deliver(batch: Queued<T>[]): Promise<void> {
    if (batch.length === 0) return;
    const body = serialize(batch.map(({ item }) => item));
    for (let attempt = 0; attempt < attemptLimit && !closing.signal.aborted; attempt += 1) {
      const answer = await post(body);
      if (answer.kind === 'taken') {
        if (troubled) logger.info({ signal }, 'the OTLP receiver takes records again');
        troubled = false;
        if (answer.rejected) lose('rejected', answer.rejected);
        return sent.inc({ signal }, batch.length - answer.rejected);
      }
      if (answer.kind === 'refused') return refused(batch, answer);
      if (!troubled)
        logger.warn(
          { signal, why: answer.why },
          'the OTLP receiver does not take records; they wait, up to a limit',
        );
      troubled = true;
      await clock
        .sleep(answer.retryAfter_ms ?? backoffDelay(attempt, retries, random), closing.signal)
        .catch(() => undefined);
    }
    lose('gave_up', batch.length);
  }

  async function refused(
    batch: Queued<T>[],
    { why }: Extract<Answer, { kind: 'refused' }>,
  ): Promise<void> {
    if (batch.length === 1) {
      logger.warn({ signal, why, bytes: batch[0]?.bytes }, 'the OTLP receiver refused a record');
      return lose('refused');
    }
    const half = Math.ceil(batch.length / 2);
    await deliver(batch.slice(0, half));
    await deliver(batch.slice(half));
  }

  const loop = (async () => {
    while (!closing.signal.aborted) {
      if (queue.length === 0) {
        emptied.resolve();
        hurry = false;
        wake = new AbortController();
        await clock
          .sleep(3_600_000, AbortSignal.any([wake.signal, closing.signal]))
          .catch(() => undefined);
        // A moment of patience: what comes together goes together.
        if (!hurry && !closing.signal.aborted)
          await clock.sleep(senderLimits.linger_ms, closing.signal).catch(() => undefined);
        continue;
      }
      await deliver(takeBatch());
    }
  })();

  return {
    add(item, size) {
      queue.push({ item, bytes: size });
      bytes += size;
      while (bytes > senderLimits.queueBytes) {
        bytes -= (queue.shift() as Queued<T>).bytes;
        lose('queue_full');
      }
      wake.abort();
    },
    get queued() {
      return queue.length;
    },
    async flush(deadline_ms) {
      if (queue.length === 0) return;
      emptied = Promise.withResolvers();
      hurry = true;
      wake.abort();
      const late = Promise.withResolvers<void>();
      const cancel = clock.after(deadline_ms, late.resolve);
      await Promise.race([emptied.promise, late.promise]);
      cancel();
    },
    async close() {
      if (queue.length) lose('closed', queue.length);
      closing.abort();
      await loop;
    },
  };
}
