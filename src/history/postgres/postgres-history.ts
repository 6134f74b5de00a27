import type { Logger } from '../../base/logger.ts';
import type { History } from '../backends.ts';
import { openDatabase } from './database.ts';
import { createQuestions } from './questions.ts';
import { createWriter } from './writer.ts';

/**
 * History that all replicas share, in the schema `dbintel` of a PostgreSQL database of its own. One
 * transaction a batch, a handful of statements whatever its size: rows go as one JSON document each
 * kind. Every statement has a limit; whoever must not wait for it wraps it (`buffered-history.ts`).
 */
export function openPostgresHistory(url: string, logger: Logger): History {
  const db = openDatabase(url, logger);
  return { ...createWriter(db), ...createQuestions(db) };
}
