import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { AppError } from '../../base/errors.ts';
import { openedFile } from '../../base/node/opened-file.ts';
import { damagedFile, isDamage, openSqliteFile } from '../../base/node/sqlite-file.ts';
import { migrate } from './migrations.ts';

/**
 * The file, brought up to date, with its statements prepared once. One that cannot be opened is
 * tried again with each use; one that was removed or replaced is followed, but in a transaction.
 */
export interface Database {
  prepare(sql: string): StatementSync;
  /** False: rolled back. */
  transaction(work: () => boolean): boolean;
  close(): void;
}

/** Nothing else runs in this process while it waits for another one's lock. */
const busyTimeout_ms = 500;

/** Throws AppError('newer_data') for a file of a newer version, which stays as it is. */
export function openDatabase(path: string): Database {
  let opened: OpenFile | undefined;
  let closed = false;
  const followed = (): OpenFile => {
    if (closed) throw new AppError('program_ending', 'the history is closed');
    if (opened && !opened.isThere()) {
      opened.db.close();
      opened = undefined;
    }
    opened ??= openFile(path);
    return opened;
  };
  try {
    followed();
  } catch (error) {
    if (error instanceof AppError) throw error;
  }
  return {
    prepare(sql) {
      const { db, statements } = opened?.db.isTransaction ? opened : followed();
      const known = statements.get(sql) ?? db.prepare(sql);
      statements.set(sql, known);
      return known;
    },
    transaction(work) {
      const { db } = followed();
      try {
        db.exec('BEGIN IMMEDIATE');
        const done = work();
        db.exec(done ? 'COMMIT' : 'ROLLBACK');
        return done;
      } catch (error) {
        // A full disk, for one, has rolled it back already.
        if (db.isTransaction) db.exec('ROLLBACK');
        throw isDamage(error) ? damagedFile(path, error) : error;
      }
    },
    close() {
      closed = true;
      opened?.db.close();
    },
  };
}

interface OpenFile {
  db: DatabaseSync;
  statements: Map<string, StatementSync>;
  isThere(): boolean;
}

function openFile(path: string): OpenFile {
  const db = openSqliteFile(path, busyTimeout_ms, (opened) => migrate(opened, path));
  return { db, statements: new Map(), isThere: openedFile(path) };
}
