import { type Backoff, backoffDelay } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Counter } from '../../base/metrics.ts';
import type { Random } from '../../base/random.ts';
import { emptyOutbox, enqueue, type Outbox, type Queued, takeBatch } from './outbox.ts';
import type { Post } from './post.ts';

/**
 * One signal's way to the receiver: what `outbox.ts` holds is sent batch by batch, each with
 * patience and an end. Whoever adds never waits. What a receiver refuses as too large or malformed
 * is halved until the one item is found that it is about: only that is lost. One that refuses all
 * (a key that is over, a wrong path) is asked once a batch.
 */
export interface Sender<T> {
  add(item: T, bytes: number): void;
  /** Sends what is queued, as far as it goes within the deadline. */
  flush(deadline_ms: number): Promise<void>;
  /** What is on its way is not waited for: others have to end, too. */
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

/** Why a record is lost. */
export const losses = ['queue_full', 'refused', 'rejected', 'gave_up', 'closed'] as const;

/** What comes together goes together. */
const linger_ms = 1_000;
/** Whoever adds wakes the sender; this only bounds the timer. */
const idle_ms = 3_600_000;
const retries: Backoff = { first_ms: 500, most_ms: 30_000 };
/**
 * With the pauses in between about five minutes; what is older is worth less than what comes after
 * it.
 */
const attemptLimit = 15;
/** More in a row are about no item: the largest batch is halved nine times. */
const mostRefusals = 20;

/** Everything that a sender knows. */
interface Sending<T> {
  readonly options: SenderOptions<T>;
  readonly outbox: Outbox<T>;
  readonly closing: AbortController;
  /** Ends the wait of an empty outbox. */
  wake: AbortController;
  /** Resolves when everything was sent or given up. */
  emptied: PromiseWithResolvers<void>;
  /** Nothing is queued, and nothing on its way. */
  resting: boolean;
  /** Aborted: somebody waits for that. No lingering, and what was put off is tried once more. */
  hurrying: AbortController;
  /** The receiver did not take the last batch, and people were told. */
  troubled: boolean;
  /** Refusals since it last took something. */
  refusals: number;
}

export function createSender<T>(options: SenderOptions<T>): Sender<T> {
  const sending: Sending<T> = {
    options,
    outbox: emptyOutbox(),
    closing: new AbortController(),
    wake: new AbortController(),
    emptied: Promise.withResolvers(),
    resting: true,
    hurrying: new AbortController(),
    troubled: false,
    refusals: 0,
  };
  const running = run(sending);
  return {
    add(item, bytes) {
      lose(sending, 'queue_full', enqueue(sending.outbox, { item, bytes }));
      sending.wake.abort();
    },
    flush: (deadline_ms) => flush(sending, deadline_ms),
    async close() {
      lose(sending, 'closed', sending.outbox.queue.length);
      sending.closing.abort();
      await running;
    },
  };
}

function lose<T>(
  { options: { dropped, signal } }: Sending<T>,
  why: (typeof losses)[number],
  count: number,
): void {
  if (count > 0) dropped.inc({ signal, why }, count);
}

async function run<T>(sending: Sending<T>): Promise<void> {
  while (!sending.closing.signal.aborted) {
    if (sending.outbox.queue.length === 0) await rest(sending);
    else await deliver(sending, takeBatch(sending.outbox));
  }
}

/** Until something is added, and a moment longer. */
async function rest<T>(sending: Sending<T>): Promise<void> {
  const closing = sending.closing.signal;
  sending.emptied.resolve();
  sending.resting = true;
  sending.hurrying = new AbortController();
  sending.wake = new AbortController();
  await pause(sending, idle_ms, AbortSignal.any([sending.wake.signal, closing]));
  sending.resting = false;
  await pause(sending, linger_ms, AbortSignal.any([sending.hurrying.signal, closing]));
}

const pause = <T>({ options }: Sending<T>, ms: number, signal: AbortSignal): Promise<void> =>
  options.clock.sleep(ms, signal).catch(() => undefined);

async function flush<T>(sending: Sending<T>, deadline_ms: number): Promise<void> {
  if (sending.outbox.queue.length === 0 && sending.resting) return;
  sending.emptied = Promise.withResolvers();
  sending.hurrying.abort();
  sending.wake.abort();
  const late = Promise.withResolvers<void>();
  const cancel = sending.options.clock.after(deadline_ms, late.resolve);
  await Promise.race([sending.emptied.promise, late.promise]);
  cancel();
}

/** Until it is taken, refused for good, or given up. */
async function deliver<T>(sending: Sending<T>, batch: readonly Queued<T>[]): Promise<void> {
  const { serialize, post, random } = sending.options;
  const closing = sending.closing.signal;
  const body = serialize(batch.map(({ item }) => item));
  for (let attempt = 0; attempt < attemptLimit && !closing.aborted; attempt += 1) {
    const answer = await post(body, closing);
    if (answer.kind === 'taken') return taken(sending, batch.length, answer.rejected);
    if (answer.kind === 'refused') return refused(sending, batch, answer.why);
    if (closing.aborted) break;
    tell(sending, answer.why, 'the OTLP receiver does not take records; they wait, up to a limit');
    const delay_ms = answer.retryAfter_ms ?? backoffDelay(attempt, retries, random);
    await pause(sending, delay_ms, untilHurried(sending));
  }
  lose(sending, closing.aborted ? 'closed' : 'gave_up', batch.length);
}

/** Who waits has it tried once more at once, and not over and over. */
const untilHurried = <T>({ closing, hurrying }: Sending<T>): AbortSignal =>
  hurrying.signal.aborted ? closing.signal : AbortSignal.any([hurrying.signal, closing.signal]);

function taken<T>(sending: Sending<T>, count: number, said: number): void {
  const { signal, logger, sent } = sending.options;
  // It counts points where we count cycles.
  const rejected = Math.min(Math.max(said, 0), count);
  if (sending.troubled) logger.info({ signal }, 'the OTLP receiver takes records again');
  sending.troubled = false;
  sending.refusals = 0;
  if (rejected) logger.warn({ signal, rejected: said }, 'the OTLP receiver took a batch in part');
  lose(sending, 'rejected', rejected);
  sent.inc({ signal }, count - rejected);
}

async function refused<T>(
  sending: Sending<T>,
  batch: readonly Queued<T>[],
  why: string,
): Promise<void> {
  sending.refusals += 1;
  if (sending.refusals > mostRefusals) {
    tell(sending, why, 'the OTLP receiver refuses all records; they are lost');
    return lose(sending, 'refused', batch.length);
  }
  if (batch.length === 1) {
    const { signal, logger } = sending.options;
    logger.warn({ signal, why, bytes: batch[0]?.bytes }, 'the OTLP receiver refused a record');
    return lose(sending, 'refused', 1);
  }
  const half = Math.ceil(batch.length / 2);
  await deliver(sending, batch.slice(0, half));
  await deliver(sending, batch.slice(half));
}

function tell<T>(sending: Sending<T>, why: string, words: string): void {
  const { signal, logger } = sending.options;
  if (!sending.troubled) logger.warn({ signal, why }, words);
  sending.troubled = true;
}
