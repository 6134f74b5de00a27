import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { migrate } from './migrations.ts';

/** The file, brought up to date, with its statements prepared once. */
export interface Database {
  prepare(sql: string): StatementSync;
  /** False: rolled back. */
  transaction(work: () => boolean): boolean;
  close(): void;
}

const busyTimeout_ms = 5_000;

/** Throws AppError('newer_data') for a file of a newer version, which stays as it is. */
export function openDatabase(path: string): Database {
  const db = new DatabaseSync(path, { timeout: busyTimeout_ms });
  try {
    migrate(db, path);
  } catch (error) {
    db.close();
    throw error;
  }
  const statements = new Map<string, StatementSync>();
  return {
    prepare(sql) {
      const known = statements.get(sql) ?? db.prepare(sql);
      statements.set(sql, known);
      return known;
    },
    transaction(work) {
      db.exec('BEGIN IMMEDIATE');
      try {
        const done = work();
        db.exec(done ? 'COMMIT' : 'ROLLBACK');
        return done;
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    },
    close: () => db.close(),
  };
}
