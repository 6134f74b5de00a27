import { butForNumbers } from '../base/but-for-numbers.ts';
import type { Clock } from '../base/clock.ts';
import { untilAborted, withDeadline } from '../base/deadline.ts';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Metrics } from '../base/metrics.ts';
import { createRarely } from '../base/rarely.ts';
import type { PlanBatch } from '../model/batch.ts';
import type { CycleMemory, TargetCounts } from './history-questions.ts';
import type { HistoryWriter } from './history-writer.ts';
import { retentionTeller } from './retention-teller.ts';
import { createWaitingBatches } from './waiting-batches.ts';

/**
 * A history that may be away, for those who must not wait: batches wait in a queue with a limit and
 * are recorded in order when it is back, the oldest go and are counted; what is asked meanwhile is
 * unknown rather than late.
 */
export interface BufferedHistory extends HistoryWriter, CycleMemory {
  /** For how long it has taken nothing; undefined: it takes what it is given. */
  readonly away_ms: number | undefined;
  readonly waiting: number;
}

export interface BufferedOptions {
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  /** Batches. */
  limit?: number;
}

const defaultLimit = 10_000;
/** As many as a backend has connections. */
const atOnce = 4;
/** So many of some 30 KB, which is usual; of the largest there are, a few. */
const mostCharacters = 32_000_000;
const recordDeadline_ms = 5_000;
const readDeadline_ms = 2_000;
/** So long nothing is asked of one that was late: a cycle asks for each of its statements. */
const lateRest_ms = 15_000;
const retry_ms = 3_000;
/** So often one is refused before the next is tried in its place. */
const triesOfOne = 3;
/** Five minutes of tries, while others are taken: it is never taken, whatever room is made. */
const mostTries = 100;
/** At the end: one may be refused; that many in a row are one that is away. */
const lastFailures = 2;
/** Whoever stops a program waits for it, but not for long: this much for all that is tried. */
const lastTries_ms = 10_000;
const closeDeadline_ms = 2_000;

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

export function createBufferedHistory(
  inner: HistoryWriter & CycleMemory,
  { clock, logger, metrics, limit = defaultLimit }: BufferedOptions,
): BufferedHistory {
  const dropped = metrics.counter(
    'dbintel_history_dropped_batches_total',
    'Batches that were dropped: the history was away for too long, or refuses them.',
  );
  const waits = metrics.gauge(
    'dbintel_history_waiting_batches',
    'Batches that wait for the history, which is away.',
  );
  const said = retentionTeller(logger, metrics);
  const queue = createWaitingBatches({ batches: limit, characters: mostCharacters });
  const refused = new WeakMap<PlanBatch, number>();
  const closing = new AbortController();
  const outdated = new Map<string, number>();
  const lastCounts = new Map<string, TargetCounts>();
  /** Monotonic; undefined: it takes what it is given. */
  let awaySince: number | undefined;
  const rarely = createRarely(clock);
  let unread = false;
  let unaskedUntil = 0;
  let full = false;
  let draining: Promise<void> | undefined;

  function isAway(error: unknown): void {
    awaySince ??= clock.monotonic();
    if (rarely.isNews(butForNumbers(messageOf(error))))
      logger.warn({ error }, 'the history takes nothing; batches wait for it');
  }

  const late = () => new AppError('internal', 'the history did not answer in time');

  /** A former owner's is lost, which is told once for each epoch. */
  async function put(batch: PlanBatch, deadline_ms: number): Promise<boolean> {
    const kept = await withDeadline(inner.record(batch), deadline_ms, clock, late);
    if (kept) return true;
    dropped.inc();
    const { uid, namespace, name, epoch } = batch.target;
    if (outdated.get(uid) !== epoch)
      logger.warn(
        { target: `${namespace}/${name}`, epoch },
        'the history has what a newer owner wrote, and refuses a former one’s batch',
      );
    outdated.set(uid, epoch);
    return false;
  }

  async function record(batch: PlanBatch): Promise<boolean> {
    if (awaySince === undefined && queue.size === 0) {
      try {
        return await put(batch, recordDeadline_ms);
      } catch (error) {
        isAway(error);
      }
    }
    const gone = queue.add(batch);
    if (gone) {
      dropped.inc({}, gone);
      const waiting = queue.size;
      if (!full) logger.error({ waiting }, 'the history is away too long; the oldest go');
      full = true;
    }
    waits.set(queue.size);
    draining ??= Promise.resolve().then(drain);
    return true;
  }

  /**
   * Until the queue is empty, a target's in order and several targets' at once: as fast as they
   * come, or a large fleet's would never get less. A batch that was recorded although the answer
   * was lost is recorded again, which counts nothing twice. One that is refused while others are
   * taken would keep all others waiting for ever.
   */
  async function drain(): Promise<void> {
    while (queue.size && !closing.signal.aborted) {
      const some = queue.oldest(atOnce);
      const failures = (await Promise.all(some.map(putWaiting))).filter((each) => !!each);
      const [failure] = failures;
      if (failure && failures.length === some.length) isAway(failure.error);
      else answers();
      const tired = failures.filter(({ batch }) => triesOf(batch) >= triesOfOne);
      const takes = awaySince === undefined;
      if (tired.length && (takes || (await takesAnother(some))))
        for (const { batch, error } of tired) makeWay(batch, error);
      if (failures.length) await clock.sleep(retry_ms, closing.signal).catch(() => undefined);
    }
    draining = undefined;
  }

  async function putWaiting(
    batch: PlanBatch,
  ): Promise<{ batch: PlanBatch; error: unknown } | undefined> {
    try {
      await put(batch, recordDeadline_ms);
      takeOut(batch);
      return undefined;
    } catch (error) {
      refused.set(batch, triesOf(batch) + 1);
      return { batch, error };
    }
  }

  const triesOf = (batch: PlanBatch) => refused.get(batch) ?? 0;

  /** What is asked is answered by one that takes others. */
  function makeWay(batch: PlanBatch, error: unknown): void {
    awaySince = undefined;
    if (triesOf(batch) < mostTries) return queue.moveBack(batch);
    if (!takeOut(batch)) return;
    dropped.inc();
    const { namespace, name } = batch.target;
    logger.error({ target: `${namespace}/${name}`, error }, 'the history refuses a batch');
  }

  async function takesAnother(tried: readonly PlanBatch[]): Promise<boolean> {
    const another = Array.from({ length: tried.length + 1 }, (_, place) => queue.at(place)).find(
      (batch) => batch && !tried.includes(batch),
    );
    if (!another) return false;
    try {
      await put(another, recordDeadline_ms);
      takeOut(another);
      return true;
    } catch {
      return false;
    }
  }

  /** False: it has been dropped, and counted, meanwhile. */
  function takeOut(batch: PlanBatch): boolean {
    const taken = queue.takeOut(batch);
    waits.set(queue.size);
    return taken;
  }

  /** One more try of each: what waits is worth a moment. */
  async function tryLast(end: number): Promise<void> {
    let [place, failures] = [0, 0];
    for (let next = queue.at(0); next && failures < lastFailures; next = queue.at(place)) {
      if (clock.monotonic() > end) return;
      try {
        await put(next, readDeadline_ms);
        takeOut(next);
        failures = 0;
      } catch {
        place += 1;
        failures += 1;
      }
    }
  }

  function answers(): void {
    if (rarely.over()) logger.info({ waiting: queue.size }, 'the history answers again');
    awaySince = undefined;
    full = false;
  }

  /** What was sent to a server by then is charged all the same, and the cycle goes on. */
  async function read<T>(ask: () => Promise<T>, unknown: T): Promise<T> {
    if (awaySince !== undefined || clock.monotonic() < unaskedUntil) return unknown;
    const tooLate = () => {
      unaskedUntil = clock.monotonic() + lateRest_ms;
      return late();
    };
    try {
      const answer = await withDeadline(ask(), readDeadline_ms, clock, tooLate);
      unread = false;
      return answer;
    } catch (error) {
      if (!unread) logger.warn({ error }, 'the history cannot be read; cycles do without');
      unread = true;
      return unknown;
    }
  }

  return {
    get waiting() {
      return queue.size;
    },
    get away_ms() {
      return awaySince === undefined ? undefined : clock.monotonic() - awaySince;
    },
    record,
    recall: (target, fingerprints) => read(() => inner.recall(target, fingerprints), []),
    previousPlan: (id) => read(() => inner.previousPlan(id), undefined),
    epoch: (target) => read(() => inner.epoch(target), undefined),
    verdicts: (target) => read(() => inner.verdicts(target), undefined),
    proposals: (filter) => read(() => inner.proposals(filter), undefined),
    verdictCounts: () => read(inner.verdictCounts, undefined),
    judge: (target, changes) => read(() => inner.judge(target, changes), undefined),
    async counts(target) {
      const counts = await read(
        () => inner.counts(target),
        lastCounts.get(target) ?? { plans: 0, openFindings: 0, critical: 0, warning: 0 },
      );
      lastCounts.set(target, counts);
      return counts;
    },
    // Whoever keeps stops says it again where it is refused.
    keepStop: (stop) => withDeadline(inner.keepStop(stop), recordDeadline_ms, clock, late),
    recordAdvice: (made) => inner.recordAdvice(made),
    moveProposal: (state, from) => inner.moveProposal(state, from),
    noteIndexes: (look) => inner.noteIndexes(look),
    // What it is at ends by itself; whoever ends the program has cycles to end, too.
    async retain(policy) {
      const { signal } = policy;
      const work = inner.retain(policy).then(said.tell);
      if (!signal) return work;
      return untilAborted(work, signal).catch((error) => {
        if (signal.aborted) return { removed: 0, bySize: 0 };
        throw error;
      });
    },
    async close() {
      const end = clock.monotonic() + lastTries_ms;
      closing.abort();
      await draining;
      await tryLast(end);
      if (queue.size) {
        dropped.inc({}, queue.size);
        logger.error({ dropped: queue.size }, 'the history is away, and what waits for it goes');
      }
      await withDeadline(inner.close(), closeDeadline_ms, clock, late);
    },
  };
}
