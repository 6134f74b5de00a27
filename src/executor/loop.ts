import { asAppError } from '../base/errors.ts';
import { pass } from './pass.ts';
import type { ExecutorPorts, Recommendation } from './ports.ts';

/**
 * The executor's life: every so often, one pass over each recommendation that is not over. One at a
 * time: an index is built where nothing else of ours is at work, and nobody is in a hurry.
 */
export interface ExecutorLoop {
  /** Since everything was looked at, milliseconds; undefined: not yet. */
  readonly age_ms: number | undefined;
  /** It is looking, or building, at this moment. */
  readonly busy: boolean;
  stop(): Promise<void>;
}

/** People who have approved something look whether anything happens. */
const between_ms = 10_000;
/** What is in force is watched for days: each look is two connections, and a page of history. */
const watched_ms = 600_000;

export function startExecutorLoop(ports: ExecutorPorts): ExecutorLoop {
  const { clock, logger } = ports;
  const end = new AbortController();
  let lookedAt: number | undefined;
  let busy = false;
  const seen = new Map<string, number>();
  const live = async () => {
    while (!end.signal.aborted) {
      busy = true;
      try {
        await lookAtAll(ports, seen, end.signal);
        lookedAt = clock.monotonic();
      } catch (error) {
        const { code, message } = asAppError(error);
        logger.error({ code, message }, 'recommendations could not be read');
      }
      busy = false;
      await clock.sleep(between_ms, end.signal).catch(() => undefined);
    }
  };
  const living = live();
  return {
    get age_ms() {
      return lookedAt === undefined ? undefined : clock.monotonic() - lookedAt;
    },
    get busy() {
      return busy;
    },
    async stop() {
      end.abort();
      await living;
    },
  };
}

/** What fails with one of them does not keep the others waiting. */
async function lookAtAll(
  ports: ExecutorPorts,
  seen: Map<string, number>,
  signal: AbortSignal,
): Promise<void> {
  const all = await ports.store.list(signal);
  const there = new Set(all.map(({ uid }) => uid));
  for (const uid of seen.keys()) if (!there.has(uid)) seen.delete(uid);
  for (const recommendation of all) {
    if (signal.aborted) return;
    const { uid, label } = recommendation;
    const now = ports.clock.monotonic();
    if (isQuiet(recommendation) && now < (seen.get(uid) ?? Number.NEGATIVE_INFINITY) + watched_ms)
      continue;
    seen.set(uid, now);
    try {
      await pass(recommendation, ports, signal);
    } catch (error) {
      const { code, message } = asAppError(error);
      ports.logger.warn({ recommendation: label, code, message }, 'it is looked at again');
    }
  }
}

/** In force, and nobody has said otherwise. */
const isQuiet = ({ state, approval, subject, deleted }: Recommendation): boolean =>
  (state.phase === 'Observing' || state.phase === 'Hidden') &&
  !deleted &&
  approval?.contentHash === subject.contentHash &&
  !approval.rejects;
