import type { Logger } from '../../base/logger.ts';
import type { History } from '../backends.ts';
import { openDatabase } from './database.ts';
import { createQuestions } from './questions.ts';
import { createWriter } from './writer.ts';

/**
 * The embedded default: one file, one transaction per batch, WAL. A crash loses at most the batch
 * in flight. Bodies of plans are compressed JSON and written once; a plan that is seen again costs
 * one update and one roll-up.
 */
export function openSqliteHistory(path: string, logger?: Logger): History {
  const db = openDatabase(path, logger);
  return { ...createWriter(db), ...createQuestions(db) };
}
