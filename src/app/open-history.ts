import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Metrics } from '../base/metrics.ts';
import type { Config } from '../config.ts';
import { createBufferedHistory } from '../history/buffered-history.ts';
import type { CycleMemory, HistoryQuestions } from '../history/history-questions.ts';
import type { HistoryWriter } from '../history/history-writer.ts';
import { openSqliteHistory } from '../history/sqlite/sqlite-history.ts';

export interface OpenedHistory {
  /** For cycles: never late, at worst unknown. */
  history: HistoryWriter & CycleMemory;
  /** For people: what cannot be had is an error. */
  asked: HistoryQuestions;
}

/**
 * The history that is configured: a file of this process, or a PostgreSQL database that replicas
 * share.
 */
export async function openHistory(
  config: Config,
  deps: { clock: Clock; logger: Logger; metrics: Metrics },
): Promise<OpenedHistory> {
  if (!config.DBINTEL_HISTORY_URL) {
    const history = openSqliteHistory(join(config.DBINTEL_DATA, 'history.db'));
    return { history, asked: history };
  }
  const { openPostgresHistory } = await import('../history/postgres/postgres-history.ts');
  const asked = openPostgresHistory(config.DBINTEL_HISTORY_URL, deps.logger);
  return { history: createBufferedHistory(asked, deps), asked };
}
