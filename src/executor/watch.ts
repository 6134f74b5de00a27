import type { LoopCommand } from '../advice/machine-state.ts';
import { asAppError } from '../base/errors.ts';
import type { IndexWork } from '../engines/index-work.ts';
import type { WorkFailure } from '../model/index-seen.ts';
import type { ExecutorPorts, Recommendation } from './ports.ts';

/**
 * While the server works: what runs is ended by a stop, by a deletion, and, of a build, by a
 * replica that stays too far behind; and it is told how far it is.
 */
export interface Watched {
  command: LoopCommand['kind'];
  recommendation: Recommendation;
  work: IndexWork;
}
export type WatchedFailure = Omit<WorkFailure, 'reason'> & {
  reason: WorkFailure['reason'] | 'brake_replication_lag';
};

/** How often it is asked whether what runs has to end. */
const watch_ms = 2_000;
/** A replica that is late in one look may have caught up in the next. */
const mostLateLooks = 3;

export async function underWatch(
  running: Promise<WorkFailure | undefined>,
  watched: Watched,
  ports: ExecutorPorts,
  signal: AbortSignal,
): Promise<WatchedFailure | undefined> {
  const over = new AbortController();
  const ends = AbortSignal.any([signal, over.signal]);
  const { recommendation, work } = watched;
  let late = 0;
  const look = async (): Promise<boolean> => {
    const gate = ports.gate(recommendation);
    if (gate.kind === 'closed' && gate.stop) return true;
    // Of the server before of the store: that one is away does not hide what the other would say.
    late = (await isLate(watched, ports)) ? late + 1 : 0;
    if (late >= mostLateLooks || (await isDeleted(recommendation, ports))) return true;
    const far = await work.progress();
    if (far) ports.logger.info({ recommendation: recommendation.label, ...far }, 'building');
    return false;
  };
  const watch = async () => {
    while (!ends.aborted) {
      await ports.clock.sleep(watch_ms, ends).catch(() => undefined);
      if (ends.aborted) return;
      try {
        if (await look()) await work.cancel();
      } catch (error) {
        const { code } = asAppError(error);
        ports.logger.warn({ recommendation: recommendation.label, code }, 'it is not watched now');
      }
    }
  };
  const watching = watch();
  try {
    const failed = await running;
    return failed?.reason === 'cancelled' && late >= mostLateLooks
      ? { reason: 'brake_replication_lag', final: false }
      : failed;
  } finally {
    over.abort();
    await watching;
  }
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
