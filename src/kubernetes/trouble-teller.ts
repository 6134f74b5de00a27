import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { createRarely } from '../base/rarely.ts';

/** What ends a watch, and that it is over. */
export interface TroubleTeller {
  /** `failures`: of those in a row before this one; the first is nothing to worry about. */
  ended(why: { status: number | undefined; reason: string }, failures: number): void;
  /** The watch tells something. */
  tells(): void;
}

export function createTroubleTeller(
  kind: string,
  { clock, logger }: { clock: Clock; logger: Logger },
): TroubleTeller {
  const { isNews, over } = createRarely(clock);
  return {
    ended({ status, reason }, failures) {
      const fields = { kind, status, reason };
      if (failures === 0) logger.info(fields, 'the watch ended; trying again');
      // Numbers in the words differ from one try to the next.
      else if (isNews(String(status ?? reason)))
        logger.warn(fields, 'the watch ends each time; trying on');
    },
    tells() {
      if (over()) logger.info({ kind }, 'the watch tells again');
    },
  };
}
