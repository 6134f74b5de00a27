import { deadlineOf } from '../advice/machine.ts';
import type { LoopCommand, LoopReason } from '../advice/machine-state.ts';
import { asAppError } from '../base/errors.ts';
import type { IndexWork } from '../engines/index-work.ts';
import type { WorkFailure } from '../model/index-seen.ts';
import type { ExecutorPorts, Recommendation } from './ports.ts';

/**
 * While the server works: what runs is ended by a stop, by a deletion, by its deadline, by our own
 * end, and, of a build, by a replica that stays too far behind; and it is told how far it is.
 */
export interface Watched {
  command: Exclude<LoopCommand['kind'], 'release' | 'cancel'>;
  recommendation: Recommendation;
  work: IndexWork;
}
export type WatchedFailure = Omit<WorkFailure, 'reason'> & { reason: LoopReason };

/** How often it is asked whether what runs has to end. */
const watch_ms = 2_000;
/** A replica that is late in one look may have caught up in the next. */
const mostLateLooks = 3;
/** The server is asked again to end what it did not end at the first word. */
const insist_ms = 500;
/** A third of what a pod has for its end: there is something to be removed and written after it. */
const mostEnding_ms = 15_000;

/** `left`: it still runs, and nobody waits for it any more. */
export async function underWatch(
  running: Promise<WorkFailure | undefined>,
  watched: Watched,
  ports: ExecutorPorts,
  signal: AbortSignal,
): Promise<WatchedFailure | 'left' | undefined> {
  const over = new AbortController();
  const ends = AbortSignal.any([signal, over.signal]);
  const why = whyIt(watched, ports);
  let ended: LoopReason | undefined;
  const safely = async (look: () => Promise<unknown>) => {
    try {
      await look();
    } catch (error) {
      const { code } = asAppError(error);
      const { label } = watched.recommendation;
      ports.logger.warn({ recommendation: label, code }, 'it is not watched now');
    }
  };
  const cancel = async (reason: LoopReason | undefined) => {
    if (reason === undefined || over.signal.aborted) return;
    ended ??= reason;
    await watched.work.cancel();
  };
  const watch = async () => {
    while (!ends.aborted) {
      await ports.clock.sleep(watch_ms, ends).catch(() => undefined);
      if (!ends.aborted) await safely(async () => cancel(await why()));
    }
  };
  const leave = async () => {
    await untilAborted(ends);
    const until = ports.clock.monotonic() + mostEndingOf(watched);
    while (!over.signal.aborted && ports.clock.monotonic() < until) {
      if (isOurBuild(watched)) await safely(() => cancel('program_ending'));
      await ports.clock.sleep(insist_ms, over.signal).catch(() => undefined);
    }
    return 'left' as const;
  };
  const watching = watch();
  const leaving = leave();
  try {
    const failed = await Promise.race([running, leaving]);
    if (failed === 'left' || failed?.reason !== 'cancelled' || ended === undefined) return failed;
    return { reason: ended, final: ended === 'deadline' };
  } finally {
    over.abort();
    await Promise.all([watching, leaving]);
  }
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Nobody would see a stop, a replica or a deadline any more that should end it. */
const isOurBuild = ({ command, recommendation }: Watched): boolean =>
  command === 'build' && recommendation.state.phase === 'Applying';

/** To bring back what is missed goes on at the server; what is short is waited for. */
const mostEndingOf = ({ recommendation }: Watched): number =>
  recommendation.state.phase === 'RollingBack' ? 0 : mostEnding_ms;

/** Why what runs has to end, as asked at the moment; undefined: it may go on. */
function whyIt(watched: Watched, ports: ExecutorPorts): () => Promise<LoopReason | undefined> {
  const { recommendation, work } = watched;
  const deadline = deadlineOf(recommendation.state) ?? Number.POSITIVE_INFINITY;
  let late = 0;
  return async () => {
    const gate = ports.gate(recommendation);
    if (gate.kind === 'closed' && gate.stop) return gate.reason;
    if (ports.clock.now() >= deadline) return 'deadline';
    // Of the server before of the store: that one is away does not hide what the other would say.
    late = (await isLate(watched, ports)) ? late + 1 : 0;
    if (late >= mostLateLooks) return 'brake_replication_lag';
    if (await isDeleted(recommendation, ports)) return 'cancelled';
    const far = await work.progress();
    if (far) ports.logger.info({ recommendation: recommendation.label, ...far }, 'building');
    return undefined;
  };
}

async function isDeleted(
  recommendation: Recommendation,
  { store }: Pick<ExecutorPorts, 'store'>,
): Promise<boolean> {
  const there = await store.read(recommendation);
  return !there || there.deleted;
}

/** To bring back an index that is missed comes before a replica. */
async function isLate(
  { command, recommendation, work }: Watched,
  { brake }: ExecutorPorts,
): Promise<boolean> {
  if (command !== 'build' || recommendation.state.phase !== 'Applying') return false;
  const seen = await brake(recommendation, work);
  return seen.kind === 'closed' && seen.reason === 'brake_replication_lag';
}
