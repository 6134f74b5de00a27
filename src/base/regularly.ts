import type { Clock } from './clock.ts';
import type { Logger } from './logger.ts';

/**
 * Does something again and again until it says `done` or is stopped; a failure is the next time's
 * business.
 */
export function regularly(
  clock: Clock,
  every_ms: number,
  logger: Logger,
  work: () => Promise<unknown>,
): () => Promise<void> {
  const ending = new AbortController();
  const loop = (async () => {
    while (!ending.signal.aborted) {
      const said = await work().catch((error: unknown) =>
        logger.warn({ error }, 'regular work failed; it comes again'),
      );
      if (said === 'done') return;
      await clock.sleep(every_ms, ending.signal).catch(() => undefined);
    }
  })();
  return async () => {
    ending.abort();
    await loop;
  };
}
