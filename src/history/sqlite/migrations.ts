import type { DatabaseSync } from 'node:sqlite';
import { AppError } from '../../base/errors.ts';

/**
 * Each entry brings the file from its index to the next version, which older programs refuse to
 * open. Released ones are never edited: test/support/history-migrations.ts opens files of every
 * version.
 */
export const migrations: readonly string[] = [
  `
CREATE TABLE target (
  uid TEXT PRIMARY KEY, namespace TEXT NOT NULL, name TEXT NOT NULL, engine TEXT NOT NULL,
  epoch INTEGER NOT NULL) STRICT;
CREATE TABLE query (
  target TEXT NOT NULL, fingerprint TEXT NOT NULL, native_id TEXT NOT NULL, database TEXT NOT NULL,
  text TEXT, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL, latest_hash TEXT,
  latest_cost REAL, latest_code TEXT,
  PRIMARY KEY (target, fingerprint)) STRICT, WITHOUT ROWID;
CREATE TABLE plan (
  target TEXT NOT NULL, fingerprint TEXT NOT NULL, hash TEXT NOT NULL, first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL, cost REAL NOT NULL, parameters TEXT NOT NULL,
  dominant_op TEXT NOT NULL, body BLOB NOT NULL,
  UNIQUE (target, fingerprint, hash)) STRICT;
CREATE INDEX plan_last_seen ON plan (last_seen);
CREATE TABLE sighting (
  target TEXT NOT NULL, fingerprint TEXT NOT NULL, hash TEXT NOT NULL, hour INTEGER NOT NULL,
  count INTEGER NOT NULL, cost_min REAL NOT NULL, cost_max REAL NOT NULL,
  PRIMARY KEY (target, fingerprint, hash, hour)) STRICT, WITHOUT ROWID;
CREATE TABLE usage (
  target TEXT NOT NULL, fingerprint TEXT NOT NULL, hour INTEGER NOT NULL, calls INTEGER NOT NULL,
  total_ms REAL NOT NULL, rows INTEGER NOT NULL, temp_blocks INTEGER NOT NULL,
  PRIMARY KEY (target, hour, fingerprint)) STRICT, WITHOUT ROWID;
CREATE TABLE finding (
  target TEXT NOT NULL, fingerprint TEXT NOT NULL, rule TEXT NOT NULL, hash TEXT NOT NULL,
  severity TEXT NOT NULL, message TEXT NOT NULL, fix TEXT NOT NULL, nodes TEXT NOT NULL,
  time_share REAL NOT NULL, first_seen INTEGER NOT NULL, last_seen INTEGER NOT NULL,
  resolved_at INTEGER,
  PRIMARY KEY (target, fingerprint, rule)) STRICT, WITHOUT ROWID;
CREATE TABLE cycle (
  target TEXT NOT NULL, at INTEGER NOT NULL, number INTEGER NOT NULL, report TEXT NOT NULL,
  PRIMARY KEY (target, at, number)) STRICT, WITHOUT ROWID;
`,
];

/** As columns that came later: an older program leaves them out. */
const addedTables = `
CREATE TABLE IF NOT EXISTS verdict (
  target TEXT NOT NULL, fingerprint TEXT NOT NULL, rule TEXT NOT NULL, verdict TEXT NOT NULL,
  verdict_why TEXT, verdict_until INTEGER, verdict_by TEXT NOT NULL, verdict_at INTEGER NOT NULL,
  verdict_declared INTEGER NOT NULL,
  PRIMARY KEY (target, fingerprint, rule)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stop (
  id TEXT NOT NULL, since INTEGER NOT NULL, scope TEXT NOT NULL, reason TEXT NOT NULL,
  asked_by TEXT, covered INTEGER NOT NULL, seen_at INTEGER NOT NULL, lifted_at INTEGER,
  lifted_by TEXT,
  PRIMARY KEY (id, since)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stop_replica (
  id TEXT NOT NULL, since INTEGER NOT NULL, pod TEXT NOT NULL, confirmed_at INTEGER,
  cancelled INTEGER NOT NULL, running INTEGER NOT NULL, seen_at INTEGER NOT NULL,
  PRIMARY KEY (id, since, pod)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS advice_run (
  target TEXT NOT NULL, at INTEGER NOT NULL, report TEXT NOT NULL,
  PRIMARY KEY (target, at)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS proposal (
  id TEXT PRIMARY KEY, target TEXT NOT NULL, made_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL, benefit REAL NOT NULL, phase TEXT NOT NULL,
  phase_since INTEGER NOT NULL, phase_by TEXT, outcome TEXT, proposal TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS proposal_target ON proposal (target);
CREATE TABLE IF NOT EXISTS proposed_plan (
  proposal TEXT NOT NULL, fingerprint TEXT NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (proposal, fingerprint)) STRICT;
CREATE TABLE IF NOT EXISTS index_look (
  target TEXT NOT NULL, database TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (target, database)) STRICT`;

/** Made where there is room for it: what is asked is answered without, but later. */
const addedIndex = 'CREATE INDEX IF NOT EXISTS query_last_seen ON query (last_seen)';

/**
 * Columns that came later and that an older program leaves out: the version stays, so that it can
 * still open the file, after a downgrade or where replicas are replaced one after the other.
 */
const additions = [
  { table: 'query', column: 'user_name', type: 'TEXT' },
  { table: 'plan', column: 'context_at', type: 'INTEGER' },
  { table: 'plan', column: 'former_hash', type: 'TEXT' },
  { table: 'finding', column: 'category', type: 'TEXT' },
  { table: 'finding', column: 'saves', type: 'REAL' },
  { table: 'finding', column: 'confidence', type: 'REAL' },
  { table: 'finding', column: 'also', type: 'TEXT' },
] as const;

/**
 * Brings the file up to date, each step in its own transaction. Throws AppError('newer_data') for a
 * file of a newer program, and has written nothing then.
 */
export function migrate(db: DatabaseSync, path: string): void {
  const version = () => Number(db.prepare('PRAGMA user_version').get()?.['user_version']);
  const found = version();
  if (found > migrations.length)
    throw new AppError(
      'newer_data',
      `${path} was written by a newer version of dbintel (history ${found}, this one knows ` +
        `${migrations.length}): run that version again, or give this one another data folder`,
    );
  // A file that is made now can give back what it does not need any more; others use it again.
  if (found === 0) db.exec('PRAGMA auto_vacuum = INCREMENTAL');
  db.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8000; ' +
      `PRAGMA journal_size_limit = ${mostJournal_bytes}`,
  );
  // Another process may have done it meanwhile.
  for (const [from, sql] of migrations.entries())
    if (from >= found)
      inTransaction(db, () => {
        if (version() === from) db.exec(`${sql} PRAGMA user_version = ${from + 1};`);
      });
  db.exec(addedTables);
  try {
    db.exec(addedIndex);
  } catch {
    // the next time that it is opened
  }
  if (missing(db).length > 0)
    inTransaction(db, () => {
      for (const { table, column, type } of missing(db))
        db.exec(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`);
    });
}

/** What a large transaction has made of the -wal beyond this is given back. */
const mostJournal_bytes = 16 * 1_024 ** 2;

const missing = (db: DatabaseSync) =>
  additions.filter(
    ({ table, column }) =>
      !db.prepare('SELECT 1 FROM pragma_table_info(?) WHERE name = ?').get(table, column),
  );

function inTransaction(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    work();
    db.exec('COMMIT');
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK'); // a full disk has rolled it back already
    throw error;
  }
}
