import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { AppError } from '../errors.ts';
import { damagedFile } from './damaged-file.ts';

/** SQLite’s, where another process has the lock. */
const busy = 5;

/**
 * A folder for one program at a time: the system itself lets go of what a killed one held. Throws
 * AppError('invalid_config') where another one has it.
 */
export function holdFolder(folder: string): { close(): void } {
  const path = join(folder, 'in-use.db');
  const db = connect(path);
  try {
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db.close();
    if ((error as { errcode?: number }).errcode !== busy) throw damagedFile(path, error);
    throw new AppError(
      'invalid_config',
      `another dbintel standalone runs on ${folder}: end it, or name another folder with --data`,
    );
  }
}

function connect(path: string): DatabaseSync {
  try {
    return new DatabaseSync(path, { timeout: 0 });
  } catch (error) {
    throw damagedFile(path, error);
  }
}
