import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Connection, Row } from './connection.ts';
import { askCatalog, readCatalog } from './transaction.ts';

/**
 * At most one collection session per server. Advisory locks are per database, so: take the key
 * here, then look for another holder of the same key in any database. Two that meet both let go and
 * come back after a random moment.
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
WHERE l.locktype = 'advisory' AND l.classid = ${lockClass} AND l.objid = ${lockObject} AND l.objsubid = 2 AND l.granted AND l.pid <> pg_catalog.pg_backend_pid()`;
/** Ends one session, only if it is still the very one that was seen. Own role suffices. */
const terminateSql = `
SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
WHERE pid = $1::int4 AND backend_start = $2::timestamptz AND application_name = $3`;

export const readHolders = (control: Connection, timeout_ms: number): Promise<Row[]> =>
  readCatalog(control, holdersSql, [], timeout_ms);

const attempts = 3;
/**
 * Who waits holds a connection, so it does not wait long: whoever has the lock keeps it for a
 * cycle.
 */
const [least_ms, spread_ms] = [50, 250];

export interface LockIdentity {
  epoch: number;
  uid: string;
}

/**
 * `dbintel/<epoch>/<uid8>/<holder8>`: by it a newer owner of the same target knows a former one.
 */
export const applicationName = (epoch: number, uid: string, holder: string) =>
  `dbintel/${epoch}/${uid.slice(0, 8)}/${holder.slice(0, 8)}`.slice(0, 63);

export async function takeServerLock(
  control: Connection,
  identity: LockIdentity,
  timeout_ms: number,
  clock: Clock,
  random: Random,
  signal: AbortSignal,
): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    // In this order, in one round trip: the server begins the second when it has ended the first.
    const [taken, others] = await askCatalog(
      control,
      [
        { sql: takeSql, values: [], read: ([row]: Row[]) => row?.['taken'] === 't' },
        { sql: holdersSql, values: [], read: (rows: Row[]) => rows },
      ],
      timeout_ms,
    );
    if (taken && others.length === 0) return true;
    if (taken) await readCatalog(control, releaseSql, [], timeout_ms);
    const former = others.filter((other) => isFormerOwner(other, identity));
    for (const { pid, started, name } of former)
      await readCatalog(control, terminateSql, [pid, started, name], timeout_ms);
    if (attempt === attempts) return false;
    await clock.sleep(least_ms + spread_ms * random.next(), signal);
  }
}

function isFormerOwner({ name }: Row, { epoch, uid }: LockIdentity): boolean {
  const [program, theirs, target] = (name ?? '').split('/');
  return program === 'dbintel' && target === uid.slice(0, 8) && Number(theirs) < epoch;
}
