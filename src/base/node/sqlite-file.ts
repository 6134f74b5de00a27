import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../errors.ts';

/**
 * A file as `prepare` leaves it, or none that is open. Whatever fails names it, unless it has words
 * of its own. `timeout_ms`: how long this process stands still for another one’s lock.
 */
export function openSqliteFile(
  path: string,
  timeout_ms: number,
  prepare: (db: DatabaseSync) => void,
): DatabaseSync {
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(path, { timeout: timeout_ms });
    prepare(db);
    return db;
  } catch (error) {
    db?.close();
    throw error instanceof AppError ? error : damagedFile(path, error);
  }
}

/** SQLite’s words name no file, and tell nobody what to do. */
export const damagedFile = (path: string, error: unknown): Error =>
  new Error(
    `${path} cannot be used (${(error as Error).message}): where it is damaged, move it away ` +
      'with its -wal and -shm, and a new one is made',
    { cause: error },
  );

/** Its number, without what it says beyond that. */
const codeOf = (error: unknown) => Number((error as { errcode?: number }).errcode) & 0xff;

/** SQLITE_CORRUPT, SQLITE_NOTADB. */
export const isDamage = (error: unknown): boolean => [11, 26].includes(codeOf(error));

/** SQLITE_BUSY: another one has the lock. */
export const isBusy = (error: unknown): boolean => codeOf(error) === 5;
