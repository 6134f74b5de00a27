import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Code } from '../codes.ts';
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
    throw fileTrouble(path, error) ?? new Error(words(path, error, damaged), { cause: error });
  }
}

/** SQLite’s words name no file, and tell nobody what to do. */
const words = (path: string, error: unknown, remedy: string) =>
  `${path} cannot be used (${(error as Error).message}): ${remedy}`;
const damaged = 'where it is damaged, move it away with its -wal and -shm, and a new one is made';

/** By the numbers of SQLite: FULL, CORRUPT and NOTADB, and what a file system refuses. */
const troubles: readonly { numbers: readonly number[]; code: Code; remedy: string }[] = [
  { numbers: [13], code: 'disk_full', remedy: 'make room on its volume' },
  { numbers: [11, 26], code: 'file_damaged', remedy: damaged },
  {
    numbers: [3, 8, 10, 14],
    code: 'file_unusable',
    remedy: 'look at its volume and its rights',
  },
];

/** Undefined: nothing that is wrong with the file. What has a code already stays as it is. */
export function fileTrouble(path: string, error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  const met = troubles.find(({ numbers }) => numbers.includes(codeOf(error)));
  const found = met?.code === 'file_unusable' && isFull(path) ? troubles[0] : met;
  return found && new AppError(found.code, words(path, error, found.remedy), { cause: error });
}

/** Where a helper of the file cannot grow, SQLite speaks of an error of input and output. */
function isFull(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize < helper_bytes;
  } catch {
    return false;
  }
}
/** Its -shm grows by so much. */
const helper_bytes = 32_768;

/** Its number, without what it says beyond that. */
const codeOf = (error: unknown) => Number((error as { errcode?: number }).errcode) & 0xff;

/** SQLITE_BUSY: another one has the lock. */
export const isBusy = (error: unknown): boolean => codeOf(error) === 5;

const hurried = new WeakSet<DatabaseSync>();

/**
 * What was refused for another one's lock is not waited for again, and neither is what comes after
 * it, until something is written: a lock that stays (a backup, a forgotten shell) would have this
 * process stand still for most of the time.
 */
export function noteLock(db: DatabaseSync, timeout_ms: number, isRefused: boolean): void {
  if (isRefused === hurried.has(db)) return;
  db.exec(`PRAGMA busy_timeout = ${isRefused ? 0 : timeout_ms}`);
  if (isRefused) hurried.add(db);
  else hurried.delete(db);
}
