import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { AppError } from '../errors.ts';
import { isBusy, openSqliteFile } from './sqlite-file.ts';

/**
 * A folder for one program at a time, made where there is none: the system itself lets go of what a
 * killed one held. Throws AppError('invalid_config') where another one has it.
 */
export function holdFolder(folder: string): { close(): void } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return openSqliteFile(fileOf(folder), patience_ms, (db) => lock(db, folder));
}

/** Whoever only asks holds it for an instant. */
const patience_ms = 500;

/** Whether a program has it; nothing is made to find out. */
export function isHeld(folder: string): boolean {
  const file = fileOf(folder);
  if (!existsSync(file)) return false;
  let held = false;
  openSqliteFile(file, 0, (db) => {
    held = isReadBusy(db);
  }).close();
  return held;
}

function isReadBusy(db: DatabaseSync): boolean {
  try {
    db.exec('SELECT 1 FROM sqlite_schema');
    return false;
  } catch (error) {
    if (isBusy(error)) return true;
    throw error;
  }
}

const fileOf = (folder: string) => join(folder, 'in-use.db');

function lock(db: DatabaseSync, folder: string): void {
  try {
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    if (!isBusy(error)) throw error;
    throw new AppError(
      'invalid_config',
      `another dbintel standalone runs on ${folder}: end it, or name another folder with --data`,
    );
  }
}
