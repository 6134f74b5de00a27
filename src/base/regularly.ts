import { untilBeat } from './beat.ts';
import type { Clock } from './clock.ts';
import { asAppError } from './errors.ts';
import type { Logger } from './logger.ts';
import { createRarely } from './rarely.ts';

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
  const rarely = createRarely(clock);
  async function attempt(): Promise<unknown> {
    try {
      const said = await work(ending.signal);
      if (rarely.over()) logger.info({}, 'regular work is done again');
      return said;
    } catch (error) {
      if (rarely.isNews(troubleOf(error)))
        logger.warn({ error }, 'regular work failed; it comes again');
      return undefined;
    }
  }
  const loop = (async () => {
    while (!ending.signal.aborted) {
      if ((await attempt()) === 'done') return;
      const rest_ms = every_ms < beats_ms ? every_ms : untilBeat(clock, every_ms);
      await clock.sleep(rest_ms, ending.signal).catch(() => undefined);
    }
  })();
  return async () => {
    ending.abort();
    await loop;
  };
}

/** What does not answer is told in several ways in turn: late, cut, not connected. */
function troubleOf(error: unknown): string {
  const { code, message } = asAppError(error);
  return code === 'internal' ? message : code;
}
