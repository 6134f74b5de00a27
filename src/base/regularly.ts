import { untilBeat } from './beat.ts';
import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';

/** What comes as rarely as this keeps to the beat. */
const beats_ms = 1_000;

/**
 * Does something again and again until it says `done` or is stopped; a failure is the next time's
 * business.
 */
export function regularly(
  clock: Clock,
  every_ms: number,
  logger: Logger,
  work: (ending: AbortSignal) => Promise<unknown>,
): () => Promise<void> {
  const ending = new AbortController();
  const loop = (async () => {
    while (!ending.signal.aborted) {
      const said = await work(ending.signal).catch((error: unknown) =>
        logger.warn({ error }, 'regular work failed; it comes again'),
      );
      if (said === 'done') return;
      const rest_ms = every_ms < beats_ms ? every_ms : untilBeat(clock, every_ms);
      await clock.sleep(rest_ms, ending.signal).catch(() => undefined);
    }
  })();
  return async () => {
    ending.abort();
    await loop;
  };
}
