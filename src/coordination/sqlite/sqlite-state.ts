import { DatabaseSync } from 'node:sqlite';
import { untilBeat } from '../../base/beat.ts';
import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
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
 * file of a newer version.
 */
export function openSqliteState(
  path: string,
  clock: Clock,
  epochs: Epochs = 'own',
): StateBackend & EpochSource {
  const db = new DatabaseSync(path, { timeout: 5_000 });
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  prepareSchema(db, path);
  const closing = new AbortController();
  const watchers: Watchers = new Set();
  const polling = pollChanges(db, () => tell(db, watchers), clock, closing.signal);
  return {
    ...targetsIn(db, epochs),
    ...flagsIn(db, watchers),
    mark: createMarks(clock.monotonic),
    // One process: those who wait in it have taken turns already.
    takeTurn: async () => undefined,
    endTurn: async () => undefined,
    async close() {
      closing.abort();
      await polling;
      db.close();
    },
  };
}

const targetsIn = (
  db: DatabaseSync,
  epochs: Epochs,
): EpochSource & Pick<StateBackend, 'loadTarget' | 'saveTarget' | 'deleteTarget'> => ({
  async nextEpoch(target) {
    const row = db
      .prepare(
        `INSERT INTO target (id, epoch) VALUES (?, 1)
         ON CONFLICT (id) DO UPDATE SET epoch = epoch + 1 RETURNING epoch`,
      )
      .get(target);
    return Number(row?.['epoch']);
  },
  async loadTarget(target) {
    const row = db
      .prepare('SELECT saved_epoch, state FROM target WHERE id = ? AND state IS NOT NULL')
      .get(target);
    return row && { epoch: Number(row['saved_epoch']), state: row['state'] as Uint8Array };
  },
  async saveTarget(target, epoch, state) {
    checkStateSize(state);
    return db.prepare(saveSql[epochs]).run(target, epoch, state).changes === 1;
  },
  async deleteTarget(target) {
    db.prepare('DELETE FROM target WHERE id = ?').run(target);
  },
});

type Watchers = Set<(flags: ReadonlyMap<string, unknown>) => void>;

const flagsIn = (
  db: DatabaseSync,
  watchers: Watchers,
): Pick<StateBackend, 'publish' | 'flags' | 'watch'> => ({
  async publish(flag, value) {
    if (value === undefined) db.prepare('DELETE FROM flag WHERE name = ?').run(flag);
    else
      db.prepare(
        `INSERT INTO flag (name, value) VALUES (?, ?)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      ).run(flag, JSON.stringify(value));
    tell(db, watchers); // data_version tells only of other connections' changes
  },
  flags: async () => readFlags(db),
  watch(onFlags) {
    watchers.add(onFlags);
    onFlags(readFlags(db));
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

async function pollChanges(
  db: DatabaseSync,
  onChange: () => void,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const version = db.prepare('PRAGMA data_version');
  const look = () => Number(version.get()?.['data_version']);
  let seen = look();
  for (;;) {
    await clock.sleep(untilBeat(clock, poll_ms), signal).catch(() => undefined);
    if (signal.aborted) return;
    const now = look();
    if (now !== seen) onChange();
    seen = now;
  }
}
