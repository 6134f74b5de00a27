import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Config } from '../config.ts';
import { historyBackends } from '../history/backends.ts';
import { type BufferedHistory, createBufferedHistory } from '../history/buffered-history.ts';
import type { ListenPort } from './ports.ts';

export interface OpenedHistory {
  /** For cycles: never late, at worst unknown. */
  history: BufferedHistory;
  /** For people: what cannot be had is an error. */
  questions: ListenPort['history'];
}

/**
 * The history that is configured: a file of this process, or a PostgreSQL database that replicas
 * share.
 */
export async function openHistory(
  { DBINTEL_HISTORY_URL: url, DBINTEL_DATA: folder }: Config,
  deps: { clock: Clock; logger: Logger; metrics: Metrics },
): Promise<OpenedHistory> {
  const history = url
    ? await historyBackends.postgres(url, deps.logger)
    : await historyBackends.sqlite(join(folder, 'history.db'), deps.logger);
  return { history: createBufferedHistory(history, deps), questions: history };
}
