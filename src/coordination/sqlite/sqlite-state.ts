import type { DatabaseSync } from 'node:sqlite';
import { untilBeat } from '../../base/beat.ts';
import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import { openedFile } from '../../base/node/opened-file.ts';
import { fileTrouble, isBusy, noteLock, openSqliteFile } from '../../base/node/sqlite-file.ts';
import { createMarks } from '../memory/marks.ts';
import { checkStateSize, type EpochSource, type StateBackend } from '../state-backend.ts';

/**
 * The state of a standalone program, in one file. Other processes (`dbintel stop`) open the same
 * file; WAL lets them.
 */
const schema = `
CREATE TABLE IF NOT EXISTS target (
  id TEXT PRIMARY KEY, epoch INTEGER NOT NULL, saved_epoch INTEGER NOT NULL DEFAULT 0, state BLOB
) STRICT;
CREATE TABLE IF NOT EXISTS flag (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`;
const version = 1;
/** A stop must reach everyone within two seconds; each look wakes a process that is at rest. */
const poll_ms = 1_000;
/** This process stands still for so long; all others that write here take milliseconds. */
const busyTimeout_ms = 1_000;

/**
 * `own`: raised here, and only what was raised here is saved. `given`: they come from elsewhere
 * (the API server), any that is not lower is taken.
 */
type Epochs = 'own' | 'given';
const saveSql: Record<Epochs, string> = {
  own: 'UPDATE target SET saved_epoch = ?2, state = ?3 WHERE id = ?1 AND epoch <= ?2',
  given: `INSERT INTO target (id, epoch, saved_epoch, state) VALUES (?1, ?2, ?2, ?3)
    ON CONFLICT (id) DO UPDATE SET epoch = ?2, saved_epoch = ?2, state = ?3 WHERE epoch <= ?2`,
};

/**
 * `path` may be ':memory:' for a program that ends with its task. Throws AppError('internal') for a
 * file of a newer version. `onTrouble`: the file cannot be looked at; told once, until it can.
 */
export function openSqliteState(
  path: string,
  clock: Clock,
  epochs: Epochs = 'own',
  onTrouble: (error: unknown) => void = () => undefined,
): StateBackend & EpochSource {
  const file = followFile(path);
  const closing = new AbortController();
  const watchers: Watchers = new Set();
  const deps = { clock, signal: closing.signal, onTrouble };
  const polling = pollChanges(file, () => tell(file.db, watchers), deps);
  return {
    ...targetsIn(file, epochs, path),
    ...flagsIn(file, watchers),
    mark: createMarks(clock.monotonic),
    // One process: those who wait in it have taken turns already.
    takeTurn: async () => undefined,
    endTurn: async () => undefined,
    async close() {
      closing.abort();
      await polling;
      file.db.close();
    },
  };
}

interface StateFile {
  readonly db: DatabaseSync;
  /** True: the file was removed or replaced, and what the path names now has been opened. */
  follow(): boolean;
}

/**
 * Whoever removes or replaces the file parts us from all who open it by its name: a stop that they
 * set would reach nobody.
 */
function followFile(path: string): StateFile {
  let db = openFile(path);
  let isThere = openedFile(path);
  return {
    get db() {
      return db;
    },
    follow() {
      if (isThere()) return false;
      const next = openFile(path);
      try {
        carryOver(db, next);
      } catch (error) {
        next.close();
        throw error;
      }
      db.close();
      db = next;
      isThere = openedFile(path);
      return true;
    },
  };
}

function write<T>({ db }: StateFile, work: (db: DatabaseSync) => T): T {
  try {
    const done = work(db);
    noteLock(db, busyTimeout_ms, false);
    return done;
  } catch (error) {
    if (isBusy(error)) noteLock(db, busyTimeout_ms, true);
    throw error;
  }
}

const openFile = (path: string): DatabaseSync =>
  openSqliteFile(path, busyTimeout_ms, (db) => {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    prepareSchema(db, path);
  });

/** A stop is lifted by a word, not by a file that is gone; and epochs never fall. */
function carryOver(from: DatabaseSync, to: DatabaseSync): void {
  const flags = from.prepare('SELECT name, value FROM flag').all();
  const targets = from.prepare('SELECT id, epoch, saved_epoch, state FROM target').all();
  to.exec('BEGIN IMMEDIATE');
  const flag = to.prepare('INSERT OR IGNORE INTO flag (name, value) VALUES (?, ?)');
  for (const row of flags) flag.run(String(row['name']), String(row['value']));
  const target = to.prepare(
    `INSERT INTO target (id, epoch, saved_epoch, state) VALUES (?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET epoch = max(epoch, excluded.epoch)`,
  );
  for (const { id, epoch, saved_epoch, state } of targets)
    target.run(String(id), Number(epoch), Number(saved_epoch), state as Uint8Array | null);
  to.exec('COMMIT');
}

const targetsIn = (
  file: StateFile,
  epochs: Epochs,
  path: string,
): EpochSource & Pick<StateBackend, 'loadTarget' | 'saveTarget' | 'deleteTarget'> => ({
  async nextEpoch(target) {
    const sql = `INSERT INTO target (id, epoch) VALUES (?, 1)
      ON CONFLICT (id) DO UPDATE SET epoch = epoch + 1 RETURNING epoch`;
    const row = write(file, (db) => db.prepare(sql).get(target));
    return Number(row?.['epoch']);
  },
  async loadTarget(target) {
    const row = file.db
      .prepare('SELECT saved_epoch, state FROM target WHERE id = ? AND state IS NOT NULL')
      .get(target);
    return row && { epoch: Number(row['saved_epoch']), state: row['state'] as Uint8Array };
  },
  async saveTarget(target, epoch, state) {
    checkStateSize(state);
    try {
      const sql = saveSql[epochs];
      return write(file, (db) => db.prepare(sql).run(target, epoch, state).changes === 1);
    } catch (error) {
      throw fileTrouble(path, error) ?? error;
    }
  },
  async deleteTarget(target) {
    write(file, (db) => db.prepare('DELETE FROM target WHERE id = ?').run(target));
  },
});

type Watchers = Set<(flags: ReadonlyMap<string, unknown>) => void>;

const flagsIn = (
  file: StateFile,
  watchers: Watchers,
): Pick<StateBackend, 'publish' | 'flags' | 'watch'> => ({
  async publish(flag, value) {
    noteLock(file.db, busyTimeout_ms, false); // somebody waits for it
    if (value === undefined) file.db.prepare('DELETE FROM flag WHERE name = ?').run(flag);
    else
      file.db
        .prepare(
          `INSERT INTO flag (name, value) VALUES (?, ?)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
        )
        .run(flag, JSON.stringify(value));
    tell(file.db, watchers); // data_version tells only of other connections' changes
  },
  flags: async () => readFlags(file.db),
  watch(onFlags) {
    watchers.add(onFlags);
    onFlags(readFlags(file.db));
    return () => void watchers.delete(onFlags);
  },
});

const readFlags = (db: DatabaseSync): ReadonlyMap<string, unknown> =>
  new Map(
    db
      .prepare('SELECT name, value FROM flag')
      .all()
      .map((row) => [String(row['name']), JSON.parse(String(row['value'])) as unknown]),
  );

function tell(db: DatabaseSync, watchers: Watchers): void {
  const flags = readFlags(db);
  for (const watcher of watchers) watcher(flags);
}

function prepareSchema(db: DatabaseSync, path: string): void {
  const found = Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  if (found > version)
    throw new AppError(
      'newer_data',
      `${path} was written by a newer version of dbintel (state ${found}, this one knows ` +
        `${version}): run that version again, or give this one another data folder`,
    );
  db.exec(`${schema} PRAGMA user_version = ${version}`);
}

interface Polling {
  clock: Clock;
  signal: AbortSignal;
  onTrouble(error: unknown): void;
}

/** Looks on whatever happens: a program that looks no more is one that no stop reaches. */
async function pollChanges(
  file: StateFile,
  onChange: () => void,
  { clock, signal, onTrouble }: Polling,
): Promise<void> {
  let seen = versionSeen(file.db);
  let troubled = false;
  for (;;) {
    await clock.sleep(untilBeat(clock, poll_ms), signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      const moved = file.follow();
      const now = versionSeen(file.db);
      if (moved || now !== seen) onChange();
      seen = now;
      troubled = false;
    } catch (error) {
      seen = Number.NaN; // what was missed is told then
      if (!troubled) onTrouble(error);
      troubled = true;
    }
  }
}

/** It tells only of changes by other connections. */
const versionSeen = (db: DatabaseSync) =>
  Number(db.prepare('PRAGMA data_version').get()?.['data_version']);
