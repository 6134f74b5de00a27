import { AppError } from '../../base/errors.ts';
import { expectServer, type Known } from '../driver.ts';
import { countIn, numberIn, type Row } from '../row.ts';
import type { Connection } from './connection.ts';
import { sqlState } from './errors.ts';
import type { PostgresNotes } from './notes.ts';
import { askCatalog, type Question, readCatalog } from './transaction.ts';
import { findExtensionSql, type StatementsExtension } from './workload.ts';

/**
 * Before what is sent outside of a transaction of ours, in one message with it. What a transaction
 * is here by default no standby may begin (serializable), or it waits for writers (and deferrable).
 */
const plainly = 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED;';

/**
 * Who answers, and what every connection of ours has before anything else runs on it. The first two
 * statements run in whatever search path the owner of the database has set, where an operator or
 * type of his may fit better than the server's: they hold qualified functions of exact arguments,
 * and no operator, cast or table.
 */
/**
 * When the server started, in microseconds, tells one from every other, and from its own standbys,
 * whatever way leads there. Every role may ask.
 */
const instance = `pg_catalog.pg_backend_pid() AS pid,
  extract(epoch FROM pg_catalog.pg_postmaster_start_time()) AS started,
  pg_catalog.current_setting('server_encoding') AS encoding`;
const instanceSql = `${plainly}
SELECT ${instance}`;

const serverSql = `${plainly}
SELECT ${instance}, pg_catalog.current_setting('server_version') AS version,
  pg_catalog.current_setting('server_version_num') AS version_num,
  pg_catalog.pg_is_in_recovery() AS standby,
  pg_catalog.host(pg_catalog.inet_server_addr()) AS address,
  pg_catalog.inet_server_port() AS port,
  pg_catalog.current_setting('max_locks_per_transaction') AS locks,
  pg_catalog.current_setting('max_connections') AS connections,
  pg_catalog.current_setting('max_prepared_transactions') AS prepared,
  pg_catalog.current_setting('pg_stat_statements.track', true) AS track,
  pg_catalog.has_function_privilege('pg_catalog.pg_stat_file(pg_catalog.text, pg_catalog.bool)',
    'EXECUTE') AS sees_size`;

/**
 * Should we vanish without a word while the server's lock is held, the server must notice: between
 * statements the transaction's own limits do not count. A statement sent behind a BEGIN that was
 * cancelled before it began would have no limits of a transaction: it has these, and may write
 * nothing. Set only after it is known that no pooler would hand these settings to somebody else.
 * Read-only transactions that are serializable and deferrable wait until no other of that kind
 * writes, so ours are neither. Backslashes in literals mean what our parser takes them for,
 * whatever the database's owner has set; times come with all their digits, and names in quotes
 * only where they need them, or another plan would have them. Policies are put into the statement,
 * as they are into production's: switched off, the server refuses each table that has some.
 * SQL_ASCII as the client's encoding means that the server converts nothing: one name in a shared
 * catalog that is of another encoding would fail all rows. A worker in a database of another
 * encoding than ours needs conversion, both ways.
 */
const sessionSql = (clientEncoding: 'SQL_ASCII' | 'UTF8') => `${plainly}
SELECT pg_catalog.set_config('client_encoding', '${clientEncoding}', false),
  pg_catalog.set_config('search_path', 'pg_catalog', false),
  pg_catalog.set_config('standard_conforming_strings', 'on', false),
  pg_catalog.set_config('extra_float_digits', '1', false),
  pg_catalog.set_config('quote_all_identifiers', 'off', false),
  pg_catalog.set_config('row_security', 'on', false),
  pg_catalog.set_config('default_transaction_read_only', 'on', false),
  pg_catalog.set_config('default_transaction_isolation', 'read committed', false),
  pg_catalog.set_config('statement_timeout', '10000', false),
  pg_catalog.set_config('lock_timeout', '100', false),
  pg_catalog.set_config('idle_session_timeout', '120000', false),
  pg_catalog.set_config('tcp_keepalives_idle', '10', false),
  pg_catalog.set_config('tcp_keepalives_interval', '5', false),
  pg_catalog.set_config('tcp_keepalives_count', '3', false)`;

const controlSql = sessionSql('SQL_ASCII');
const workerSql = (encoding: string | null | undefined) =>
  sessionSql(encoding === 'UTF8' || encoding === 'SQL_ASCII' ? 'SQL_ASCII' : 'UTF8');

export const sessionStatements = {
  serverSql,
  instanceSql,
  controlSql,
  workerSql: workerSql('UTF8'),
};

export interface ServerIdentity {
  version: string;
  major: number;
  standby: boolean;
  /** Microseconds since the epoch; no other server has the same. */
  started: string;
  address: string;
  encoding: string;
  /** May ask for the size of the file of texts. */
  seesSize: boolean;
  lockSlots: number;
  track: string;
}

const pooled = () =>
  new AppError(
    'pooled_connection',
    'there is a connection pooler between us and the server; connect to the server itself',
  );

/** Seconds with six decimals → microseconds. */
const startedAt = (row: Row | undefined): string => (row?.['started'] ?? '').replace('.', '');

/**
 * The control connection, before any setting or lock: is there a pooler in between? Its announced
 * pid is not the backend's.
 */
export async function identify(control: Connection, timeout_ms: number): Promise<ServerIdentity> {
  const [row] = await control.query(serverSql, undefined, timeout_ms);
  if (Number(row?.['pid']) !== control.pid) throw pooled();
  await control.query(controlSql, undefined, timeout_ms);
  const major = Math.floor(numberIn(row, 'version_num') / 10_000);
  if (major < 14)
    throw new AppError('unsupported_version', `PostgreSQL ${row?.['version']} is older than 14`);
  return {
    version: row?.['version'] ?? '',
    major,
    standby: row?.['standby'] === 't',
    started: startedAt(row),
    address: row?.['address'] == null ? 'local' : `${row['address']}:${row['port']}`,
    encoding: row?.['encoding'] ?? '',
    seesSize: row?.['sees_size'] === 't',
    lockSlots: countIn(row, 'locks') * (countIn(row, 'connections') + countIn(row, 'prepared')),
    track: row?.['track'] ?? '',
  };
}

/** A worker: before any setting, is it where control is? */
export async function identifyWorker(
  worker: Connection,
  known: Known,
  timeout_ms: number,
): Promise<void> {
  const [row] = await worker.query(instanceSql, undefined, timeout_ms);
  expectServer(known, startedAt(row));
  if (Number(row?.['pid']) !== worker.pid) throw pooled();
  await worker.query(workerSql(row?.['encoding']), undefined, timeout_ms);
}

const extension: Question<StatementsExtension | undefined> = {
  sql: findExtensionSql,
  values: [],
  read: ([row]) =>
    row && {
      schema: row['schema'] ?? '',
      version: row['version'] ?? '',
      lacks: (['usage', 'execute'] as const).filter((right) => row[right] === 'f'),
    },
};

export async function readExtension(
  connection: Connection,
  timeout_ms: number,
): Promise<StatementsExtension | undefined> {
  const [found] = await askCatalog(connection, [extension], timeout_ms);
  return found;
}

const seesLineage: Question<boolean> = {
  sql: `SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()',
    'EXECUTE') AS sees`,
  values: [],
  read: ([row]) => row?.['sees'] === 't',
};
const lineageSql = 'SELECT system_identifier AS id FROM pg_catalog.pg_control_system()';

export const lineageStatements = [seesLineage.sql, lineageSql];

/**
 * The extension, and what the server and its physical copies have in common, where it is not known
 * of this start of the server: its address, where that may not be asked or cannot be read.
 */
export async function readOrigin(
  control: Connection,
  { address, started }: ServerIdentity,
  last: PostgresNotes['server'],
  timeout_ms: number,
): Promise<{ extension: StatementsExtension | undefined; lineage: string }> {
  const before = last?.started === started ? last.lineage : undefined;
  if (before !== undefined)
    return { extension: await readExtension(control, timeout_ms), lineage: before };
  const [found, sees] = await askCatalog(control, [extension, seesLineage], timeout_ms);
  const lineage = sees ? await readLineage(control, timeout_ms) : undefined;
  return { extension: found, lineage: lineage ?? address };
}

/** Undefined where the server finds its own file damaged, as it is for a moment while written. */
async function readLineage(control: Connection, timeout_ms: number): Promise<string | undefined> {
  try {
    const [row] = await readCatalog(control, lineageSql, [], timeout_ms);
    return row?.['id'] ?? undefined;
  } catch (error) {
    if (sqlState(error instanceof AppError ? error.cause : error) === undefined) throw error;
    return undefined;
  }
}
