import { AsyncLocalStorage } from 'node:async_hooks';
import { AppError } from '../errors.ts';
import type { Logger } from '../logger.ts';

/**
 * The last guard. What a library throws into the event loop, or rejects where nobody listens, would
 * end the process and with it every other target's collection. Each target's work runs under its
 * name; what is thrown there is that target's failure. What belongs to no target is told and
 * survived, unless it repeats: then something that all of them need is broken, and the program ends
 * in order, to be started anew.
 */
export interface Work {
  /** `shop/orders`; of what all of them need, its name: `Redis`. */
  target: string;
  /** Ends what is going on; called once for each fault. */
  fault(error: AppError): void;
}

const current = new AsyncLocalStorage<Work>();

/** Everything that comes out of `work`, sockets and timers too, is the target's. */
export const workOf = <T>(work: Work, run: () => T): T => current.run(work, run);

/**
 * So many that belong to no target in this time, and a program that should run for ever is taken
 * for broken.
 */
export const strayLimit = 3;
const strayWindow_ms = 60_000;
/** One of a target's is told in this time, however many come. */
const tellEvery_ms = 10_000;

export interface FaultPolicy {
  logger: Logger;
  /** Milliseconds that only grow. */
  monotonic(): number;
  /** So many stray faults within a minute, and `onBroken` is called. */
  strays: number;
  onBroken(): void;
}

/** Pure of the process: what one fault does. */
export function createFaultHandler({
  logger,
  monotonic,
  strays: limit,
  onBroken,
}: FaultPolicy): (error: unknown) => void {
  const told = new Map<string, number>();
  let strays: number[] = [];
  let broken = false;
  return (error) => {
    const now = monotonic();
    const work = current.getStore();
    if (work) {
      if (now - (told.get(work.target) ?? -tellEvery_ms) >= tellEvery_ms) {
        told.set(work.target, now);
        logger.error(
          { code: 'library_fault', target: work.target, ...describe(error) },
          'a library threw where nobody catches; what it worked for has failed',
        );
      }
      work.fault(
        new AppError(
          'library_fault',
          `a library threw where nobody catches (${describe(error).at})`,
          { cause: error },
        ),
      );
      return;
    }
    strays = [...strays.filter((at) => now - at < strayWindow_ms), now];
    logger.error(
      { code: 'internal', ...describe(error) },
      'thrown where nobody catches, for no target; going on',
    );
    if (strays.length < limit || broken) return;
    broken = true;
    onBroken();
  };
}

/** What was thrown and where; never its message, which may quote a server or a row. */
function describe(error: unknown): { name: string; at: string } {
  const frame =
    error instanceof Error
      ? /at .*?([^/\s(]+\/[^/\s]+:\d+):\d+\)?$/m.exec(error.stack ?? '')?.[1]
      : undefined;
  return { name: error instanceof Error ? error.name : typeof error, at: frame ?? 'place unknown' };
}

/**
 * From here on nothing that is thrown anywhere ends the process by itself. Returns how to take that
 * back.
 */
export function guardProcess(policy: FaultPolicy): () => void {
  const handle = createFaultHandler(policy);
  process.on('uncaughtException', handle).on('unhandledRejection', handle);
  return () => void process.off('uncaughtException', handle).off('unhandledRejection', handle);
}
