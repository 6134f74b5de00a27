import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { AppError } from '../../base/errors.ts';
import { type Logger, silentLogger } from '../../base/logger.ts';
import { openedFile } from '../../base/node/opened-file.ts';
import { fileTrouble, isBusy, noteLock, openSqliteFile } from '../../base/node/sqlite-file.ts';
import { migrate } from './migrations.ts';
import { leaveUnread, readBack, setAside, unread } from './salvage.ts';

/**
 * The file, brought up to date, with its statements prepared once. One that cannot be opened is
 * tried again with each use; one that was removed or replaced is followed, but in a transaction;
 * one that is damaged is set aside and made anew with what can be read of it.
 */
export interface Database {
  /** Where it is. */
  readonly path: string;
  prepare(sql: string): Statement;
  /** False: rolled back. */
  transaction(work: () => boolean): boolean;
  close(): void;
}

export type Statement = Pick<StatementSync, 'all' | 'get' | 'iterate' | 'run'>;

/** Nothing else runs in this process while it waits for another one's lock. */
const busyTimeout_ms = 500;

/** Throws AppError('newer_data') for a file of a newer version, which stays as it is. */
export function openDatabase(path: string, logger: Logger = silentLogger): Database {
  let opened: OpenFile | undefined;
  let closed = false;
  function leave(): void {
    const left = opened;
    opened = undefined;
    try {
      left?.db.close();
    } catch {
      // what is damaged may not be closed in order
    }
  }
  /** What is read only when it is opened stays so: one that was refused is opened anew. */
  function told(error: unknown): unknown {
    const trouble = fileTrouble(path, error);
    if (opened && isBusy(error)) noteLock(opened.db, busyTimeout_ms, true);
    if (trouble?.code === 'file_unusable') leave();
    if (trouble?.code === 'file_damaged') {
      leave();
      makeAnew(trouble);
    }
    return trouble ?? error;
  }
  let reading: string | undefined;
  function read(aside: string): void {
    reading = aside;
    void readBack(aside, database, logger).finally(() => {
      if (!closed) reading = undefined;
    });
  }
  function makeAnew(damage: AppError): void {
    const aside = setAside(path);
    if (!aside) return;
    logger.error({ error: damage, aside }, 'the history is damaged: set aside, and made anew');
    read(aside);
  }
  const followed = (): OpenFile => {
    if (closed) throw new AppError('program_ending', 'the history is closed');
    if (opened && !opened.isThere()) leave();
    opened ??= openFile(path);
    return opened;
  };
  const used = (sql: string): StatementSync => {
    const { db, statements } = opened?.db.isTransaction ? opened : followed();
    const known = statements.get(sql) ?? db.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  /** Of a transaction, whoever began it looks at what failed. */
  const guarded = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw opened?.db.isTransaction ? error : told(error);
    }
  };
  const database: Database = {
    path,
    prepare: (sql) => ({
      all: (...values: never[]) => guarded(() => used(sql).all(...values)),
      get: (...values: never[]) => guarded(() => used(sql).get(...values)),
      run: (...values: never[]) => guarded(() => used(sql).run(...values)),
      iterate: (...values: never[]) => guarded(() => used(sql).iterate(...values)),
    }),
    transaction(work) {
      try {
        const { db } = followed();
        db.exec('BEGIN IMMEDIATE');
        noteLock(db, busyTimeout_ms, false);
        const done = work();
        db.exec(done ? 'COMMIT' : 'ROLLBACK');
        return done;
      } catch (error) {
        rollBack(opened);
        throw told(error);
      }
    },
    close() {
      closed = true;
      if (reading) leaveUnread(reading);
      opened?.db.close();
    },
  };
  const left = unread(path);
  try {
    followed();
    if (left) read(left);
  } catch (error) {
    if (error instanceof AppError && error.code === 'newer_data') throw error;
    told(error);
  }
  return database;
}

/** A full disk, for one, has rolled it back already; one that is damaged cannot. */
function rollBack(opened: OpenFile | undefined): void {
  try {
    if (opened?.db.isTransaction) opened.db.exec('ROLLBACK');
  } catch {
    // told by what failed first
  }
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
