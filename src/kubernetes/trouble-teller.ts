import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';

/**
 * What ends a watch, said once and then once in a while for as long as it lasts; and that it is
 * over. A kind that is not installed is asked for every few seconds: a log of that alone hides what
 * is new.
 */
export interface TroubleTeller {
  /** `failures`: of those in a row before this one; the first is nothing to worry about. */
  ended(why: { status: number | undefined; reason: string }, failures: number): void;
  /** The watch tells something. */
  tells(): void;
}

const again_ms = 600_000;

export function createTroubleTeller(
  kind: string,
  { clock, logger }: { clock: Clock; logger: Logger },
): TroubleTeller {
  let told: { what: string; at: number } | undefined;
  return {
    ended({ status, reason }, failures) {
      const fields = { kind, status, reason };
      if (failures === 0) return logger.info(fields, 'the watch ended; trying again');
      // Numbers in the words differ from one try to the next.
      const what = String(status ?? reason);
      const now = clock.monotonic();
      if (told?.what === what && now - told.at < again_ms) return;
      told = { what, at: now };
      logger.warn(fields, 'the watch ends each time; trying on');
    },
    tells() {
      if (told) logger.info({ kind }, 'the watch tells again');
      told = undefined;
    },
  };
}
