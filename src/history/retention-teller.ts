import type { Logger } from '../base/logger.ts';
import type { Metrics } from '../base/metrics.ts';
import { formatSize } from '../base/quantity.ts';
import type { Retained } from './history-writer.ts';

/** What the history takes, and what had to go, for people and for alerts. */
export function retentionTeller(
  logger: Logger,
  metrics: Metrics,
): { tell(retained: Retained): Retained } {
  const takes = metrics.gauge(
    'dbintel_history_bytes',
    'What the history takes: its file, or its schema in PostgreSQL; looked at once an hour.',
  );
  const limits = metrics.gauge(
    'dbintel_history_limit_bytes',
    'What its file may take: DBINTEL_KEEP_SIZE, or four fifths of the volume where that is less.',
  );
  const gone = metrics.counter(
    'dbintel_history_removed_rows_total',
    'Rows that retention removed: they were too old, or the file is at its limit of size.',
    ['reason'],
  );
  let told: 'within' | 'cut' | 'over' = 'within';
  return {
    tell(retained) {
      const { removed, bySize, bytes, limit } = retained;
      gone.inc({ reason: 'age' }, removed);
      gone.inc({ reason: 'size' }, bySize);
      if (bytes !== undefined) takes.set(bytes);
      if (limit !== undefined) limits.set(limit);
      const now = retained.over ? 'over' : bySize ? 'cut' : 'within';
      const fields = { size: formatSize(bytes ?? 0), limit: formatSize(limit ?? 0), rows: bySize };
      if (now !== told && now === 'cut') logger.warn(fields, atLimit);
      if (now !== told && now === 'over') logger.error(fields, overLimit);
      // It stays near its limit, and cuts again when there is enough to cut.
      if (now !== 'within' || (bytes ?? 0) < (limit ?? 0) * wellBelow) told = now;
      return retained;
    },
  };
}

const wellBelow = 0.8;

const atLimit =
  'the history is at its limit of size, DBINTEL_KEEP_SIZE: the oldest goes before its days are ' +
  'over';
const overLimit =
  'the history is larger than its limit of size, DBINTEL_KEEP_SIZE, and all that is left is of ' +
  'the last days: raise the limit, or collect fewer statements';
