import type { Logger } from '../base/logger.ts';
import type { HistoryQuestions } from './history-questions.ts';
import type { HistoryWriter } from './history-writer.ts';

/** Both halves over one store. */
export type History = HistoryWriter & HistoryQuestions;

export const historyBackendNames = ['sqlite', 'postgres'] as const;
export type HistoryBackendName = (typeof historyBackendNames)[number];

/**
 * Where history can be kept. Each opens at a place, a file's path or a database's URL, and passes
 * test/support/history-contract.ts; a driver is loaded where it is meant.
 */
export const historyBackends: Record<
  HistoryBackendName,
  (place: string, logger: Logger) => Promise<History>
> = {
  sqlite: async (path, logger) =>
    (await import('./sqlite/sqlite-history.ts')).openSqliteHistory(path, logger),
  postgres: async (url, logger) =>
    (await import('./postgres/postgres-history.ts')).openPostgresHistory(url, logger),
};
