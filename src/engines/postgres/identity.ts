import { AppError } from '../../base/errors.ts';
import type { Connection } from './connection.ts';

/** Who answers, and what every connection of ours has before anything else runs on it. */
/** When the server started, in microseconds, tells one from every other, and from its own standbys, whatever way leads there. Every role may ask. */
const instance = `pg_catalog.pg_backend_pid()::text AS pid, (extract(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::int8::text AS started`;
const instanceSql = `SELECT ${instance}`;

const serverSql = `
SELECT ${instance}, pg_catalog.current_setting('server_version') AS version, pg_catalog.current_setting('server_version_num')::int / 10000 AS major,
  pg_catalog.pg_is_in_recovery() AS standby, coalesce(pg_catalog.host(pg_catalog.inet_server_addr()) || ':' || pg_catalog.inet_server_port(), 'local') AS address,
  pg_catalog.current_setting('max_locks_per_transaction')::int * (pg_catalog.current_setting('max_connections')::int + pg_catalog.current_setting('max_prepared_transactions')::int) AS lock_slots,
  pg_catalog.current_setting('pg_stat_statements.track', true) AS track, pg_catalog.current_setting('server_encoding') AS encoding,
  pg_catalog.has_function_privilege('pg_catalog.pg_stat_file(text, boolean)', 'EXECUTE') AS sees_size`;

/**
 * Should we vanish without a word while the server's lock is held, the server must notice: between statements the transaction's own limits do not count.
 * A statement sent behind a BEGIN that was cancelled before it began would have no limits of a transaction: it has these, and may write nothing.
 * Set only after it is known that no pooler would hand these settings to somebody else.
 * SQL_ASCII as the client's encoding means that the server converts nothing: one name in a shared catalog that is of another encoding would fail all rows.
 * A worker in a database of another encoding than ours needs conversion, both ways.
 */
const sessionSql = (clientEncoding: string) => `
SELECT pg_catalog.set_config('client_encoding', ${clientEncoding}, false), pg_catalog.set_config('default_transaction_read_only', 'on', false), pg_catalog.set_config('statement_timeout', '10000', false), pg_catalog.set_config('lock_timeout', '100', false),
  pg_catalog.set_config('idle_session_timeout', '120000', false), pg_catalog.set_config('tcp_keepalives_idle', '10', false),
  pg_catalog.set_config('tcp_keepalives_interval', '5', false), pg_catalog.set_config('tcp_keepalives_count', '3', false)`;

const workerEncoding = "CASE WHEN pg_catalog.current_setting('server_encoding') IN ('UTF8', 'SQL_ASCII') THEN 'SQL_ASCII' ELSE 'UTF8' END";
const controlSql = sessionSql("'SQL_ASCII'");
const workerSql = sessionSql(workerEncoding);

export const sessionStatements = { serverSql, instanceSql, controlSql, workerSql };

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
  new AppError('pooled_connection', 'there is a connection pooler between us and the server; connect to the server itself');

/** The control connection, before any setting or lock: is there a pooler in between? Its announced pid is not the backend's. */
export async function identify(control: Connection, timeout_ms: number): Promise<ServerIdentity> {
  const [row] = await control.query(serverSql, undefined, timeout_ms);
  if (Number(row?.['pid']) !== control.pid) throw pooled();
  await control.query(controlSql, undefined, timeout_ms);
  const major = Number(row?.['major']);
  if (major < 14) throw new AppError('unsupported_version', `PostgreSQL ${row?.['version']} is older than 14`);
  return {
    version: row?.['version'] ?? '',
    major,
    standby: row?.['standby'] === 't',
    started: row?.['started'] ?? '',
    address: row?.['address'] ?? '',
    encoding: row?.['encoding'] ?? '',
    seesSize: row?.['sees_size'] === 't',
    lockSlots: Number(row?.['lock_slots']),
    track: row?.['track'] ?? '',
  };
}

/** A worker. Lock, brake and watchdog are on the control connection's server: a statement must not run on another. */
export async function identifyWorker(worker: Connection, { started }: ServerIdentity, timeout_ms: number): Promise<void> {
  const [row] = await worker.query(instanceSql, undefined, timeout_ms);
  if (row?.['started'] !== started)
    throw new AppError('several_servers', 'the second connection of the cycle reached another server than the first');
  if (Number(row['pid']) !== worker.pid) throw pooled();
  await worker.query(workerSql, undefined, timeout_ms);
}
