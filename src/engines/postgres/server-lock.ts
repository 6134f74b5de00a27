import { isFormerOwner, type LockIdentity } from '../connection-name.ts';
import type { Row } from '../row.ts';
import type { Holder, ServerLock } from '../server-lock.ts';
import type { Connection } from './connection.ts';
import { asLoggedIn } from './sql-names.ts';
import { askCatalog, readCatalog } from './transaction.ts';

/**
 * Advisory locks are per database, so: take the key here, then look for another holder of the same
 * key in any database.
 */
const lockClass = 0x64_62; // "db"
const lockObject = 0x69_6e_74; // "int"

const takeSql = `SELECT pg_catalog.pg_try_advisory_lock(${lockClass}, ${lockObject}) AS taken`;
const releaseSql = `SELECT pg_catalog.pg_advisory_unlock(${lockClass}, ${lockObject})`;
/**
 * Reads pg_locks and pg_stat_activity (every role sees the locks; names of own sessions). Returns
 * other holders of the key.
 */
const holdersSql = `
SELECT l.pid::text, a.application_name AS name, a.backend_start::text AS started
FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.classid = ${lockClass} AND l.objid = ${lockObject}
  AND l.objsubid = 2 AND l.granted AND l.pid <> pg_catalog.pg_backend_pid()`;
/** Ends one session, only if it is still the very one that was seen. Own role suffices. */
const terminateSql = `
SELECT ${asLoggedIn('pg_catalog.pg_terminate_backend(pid)')} FROM pg_catalog.pg_stat_activity
WHERE pid = $1::int4 AND backend_start = $2::timestamptz AND application_name = $3`;

export const readHolders = (control: Connection, timeout_ms: number): Promise<Row[]> =>
  readCatalog(control, holdersSql, [], timeout_ms);

interface SessionOfServer extends Holder {
  row: Row;
}

export const serverLock = (
  control: Connection,
  identity: LockIdentity,
  timeout_ms: number,
): ServerLock<SessionOfServer> => ({
  async take() {
    // In this order, in one round trip: the server begins the second when it has ended the first.
    const [taken, others] = await askCatalog(
      control,
      [
        { sql: takeSql, values: [], read: ([row]: Row[]) => row?.['taken'] === 't' },
        { sql: holdersSql, values: [], read: (rows: Row[]) => rows },
      ],
      timeout_ms,
    );
    return {
      taken,
      others: others.map((row) => ({ row, former: isFormerOwner(row['name'] ?? '', identity) })),
    };
  },
  release: () => readCatalog(control, releaseSql, [], timeout_ms),
  end: ({ row: { pid, started, name } }) =>
    readCatalog(control, terminateSql, [pid, started, name], timeout_ms),
});
