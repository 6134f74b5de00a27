import { deadlineOf } from '../advice/machine-moves.ts';
import type { LoopCommand, LoopReason } from '../advice/machine-state.ts';
import { asAppError } from '../base/errors.ts';
import type { IndexWork } from '../engines/index-work.ts';
import type { WorkFailure } from '../model/index-seen.ts';
import type { ExecutorPorts, Recommendation } from './ports.ts';
import { within } from './within.ts';

/**
 * While the server works: what runs is ended by a stop, by a deletion, by its deadline, by our own
 * end, by who waits for it and keeps others waiting, and, of a build, by a replica that stays too
 * far behind; and it is told how far it is.
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

/** A watch that does not see says so, now and again. */
const reminder_ms = 300_000;
/** Whether it is deleted; slower than that is not seen. */
const mostAsking_ms = 5_000;

/** Why what runs has to end, as asked at the moment; undefined: it may go on. */
type Look = (signal: AbortSignal) => Promise<LoopReason | undefined>;

/** `left`: it still runs, and nobody waits for it any more. */
export async function underWatch(
  running: Promise<WorkFailure | undefined>,
  watched: Watched,
  ports: ExecutorPorts,
  signal: AbortSignal,
): Promise<WatchedFailure | 'left' | undefined> {
  const over = new AbortController();
  const ends = AbortSignal.any([signal, over.signal]);
  let ended: LoopReason | undefined;
  const end = async (reason: LoopReason) => {
    if (over.signal.aborted) return;
    ended ??= reason;
    await watched.work.cancel();
  };
  /** Each by itself: what one waits for keeps no other. */
  const watch = async (what: string, look: Look) => {
    const safely = createSafely(what, watched, ports);
    const atEnd = createSafely(`its end by ${what}`, watched, ports);
    while (!ends.aborted) {
      await ports.clock.sleep(watch_ms, ends).catch(() => undefined);
      if (ends.aborted) return;
      const reason = await safely(() => look(ends), ends);
      if (reason !== undefined && !ends.aborted) await atEnd(() => end(reason), over.signal);
    }
  };
  const leave = async () => {
    await onceAborted(ends);
    const safely = createSafely('its end', watched, ports);
    const until = ports.clock.monotonic() + mostEndingOf(watched);
    while (!over.signal.aborted && ports.clock.monotonic() < until) {
      if (isOurBuild(watched)) await safely(() => end('program_ending'), over.signal);
      await ports.clock.sleep(insist_ms, over.signal).catch(() => undefined);
    }
    return 'left' as const;
  };
  const watching = Object.entries(looksOf(watched, ports)).map(([what, look]) => watch(what, look));
  const leaving = leave();
  try {
    const failed = await Promise.race([running, leaving]);
    if (failed === 'left' || failed?.reason !== 'cancelled' || ended === undefined) return failed;
    return { reason: ended, final: ended === 'deadline' };
  } finally {
    over.abort();
    await Promise.all([...watching, leaving]);
  }
}

const onceAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

type Safely = <T>(look: () => Promise<T>, until: AbortSignal) => Promise<T | undefined>;

/** A failure is the next time's business. Said when it begins, while it lasts, and when it ends. */
function createSafely(
  what: string,
  { recommendation: { label } }: Watched,
  { clock, logger }: ExecutorPorts,
): Safely {
  let saidAt: number | undefined;
  return async (look, until) => {
    try {
      const seen = await look();
      if (saidAt !== undefined) logger.info({ recommendation: label, what }, 'it is seen again');
      saidAt = undefined;
      return seen;
    } catch (error) {
      const now = clock.monotonic();
      if (until.aborted || (saidAt !== undefined && now - saidAt < reminder_ms)) return undefined;
      saidAt = now;
      const { code } = asAppError(error);
      logger.warn({ recommendation: label, what, code }, 'it runs, and this is not seen now');
      return undefined;
    }
  };
}

/** Nobody would see a stop, a replica or a deadline any more that should end it. */
const isOurBuild = ({ command, recommendation }: Watched): boolean =>
  command === 'build' && recommendation.state.phase === 'Applying';

/** To bring back what is missed goes on at the server; what is short is waited for. */
const mostEndingOf = ({ recommendation }: Watched): number =>
  recommendation.state.phase === 'RollingBack' ? 0 : mostEnding_ms;

function looksOf(watched: Watched, ports: ExecutorPorts): Record<string, Look> {
  const { recommendation, work } = watched;
  const { clock, store, logger } = ports;
  const deadline = deadlineOf(recommendation.state) ?? Number.POSITIVE_INFINITY;
  let late = 0;
  return {
    async stop() {
      const gate = ports.gate(recommendation);
      if (gate.kind === 'closed' && gate.stop) return gate.reason;
      return clock.now() >= deadline ? 'deadline' : undefined;
    },
    async replica() {
      late = (await isLate(watched, ports)) ? late + 1 : 0;
      return late >= mostLateLooks ? 'brake_replication_lag' : undefined;
    },
    async deletion(signal) {
      const there = await within(mostAsking_ms, clock, signal, (until) =>
        store.read(recommendation, { signal: until, alone: true }),
      );
      return !there || there.deleted ? 'cancelled' : undefined;
    },
    async awaited() {
      return (await work.isAwaited()) ? 'others_waited' : undefined;
    },
    async progress() {
      const far = await work.progress();
      if (far) logger.info({ recommendation: recommendation.label, ...far }, 'building');
      return undefined;
    },
  };
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
