import * as z from 'zod';
import type { Clock } from '../../base/clock.ts';
import type { HealthSample } from '../../model/health-sample.ts';
import { countIn, jsonIn, numberOr, type Row } from '../row.ts';
import { catalogSql } from './catalog-sql.ts';
import type { Connection } from './connection.ts';
import { bytesOf, nameReader } from './encoding.ts';
import { readCatalog } from './transaction.ts';

/**
 * One look at the server's health. $1: standbys whose lag does not count. Needs pg_read_all_stats
 * to see other roles' sessions. Costs about 1 ms. Sessions of our own are not counted: we must not
 * brake on ourselves. A standby that has replayed all there is has no lag, however long ago the
 * last transaction was: its startup process waits for more, from a stream or an archive, or it
 * holds back on purpose (recovery_min_apply_delay). One that is paused, or busy, is as late as the
 * last transaction that it replayed. What is reserved for administrators no application may have.
 */
export const healthSql = catalogSql(`
SELECT pg_catalog.pg_is_in_recovery() AS standby,
  CASE WHEN pg_catalog.pg_is_in_recovery()
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity s WHERE s.backend_type = 'startup'
      AND s.wait_event IN ('RecoveryWalStream', 'RecoveryRetrieveRetryInterval',
        'RecoveryApplyDelay'))
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver w WHERE w.status = 'streaming'
      AND pg_catalog.pg_last_wal_receive_lsn() <= pg_catalog.pg_last_wal_replay_lsn())
    THEN pg_catalog.date_part('epoch',
      pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp()) * 1000 END
        AS standby_lag,
  (SELECT pg_catalog.max(pg_catalog.date_part('epoch', replay_lag) * 1000)
    FROM pg_catalog.pg_stat_replication
    WHERE application_name <> ALL ($1::text[])) AS primary_lag,
  pg_catalog.count(*) FILTER (WHERE a.backend_type = 'client backend') AS connections,
  pg_catalog.current_setting('max_connections')::int4
    - pg_catalog.current_setting('superuser_reserved_connections')::int4
    - COALESCE(pg_catalog.current_setting('reserved_connections', true)::int4, 0)
    AS max_connections,
  pg_catalog.count(*) FILTER (WHERE a.backend_type = 'client backend'
    AND a.datname = pg_catalog.current_database()) AS connections_here,
  (SELECT d.datconnlimit FROM pg_catalog.pg_database d
    WHERE d.datname = pg_catalog.current_database()) AS limit_here,
  pg_catalog.count(*) FILTER (WHERE a.state = 'active' AND a.backend_type = 'client backend')
    AS active,
  pg_catalog.count(*) FILTER (WHERE a.wait_event_type = 'Lock') AS lock_waiters,
  (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
      'name', ${bytesOf('d.datname::text')},
      'used', pg_catalog.pg_stat_get_db_numbackends(d.oid), 'limit', d.datconnlimit))
    FROM pg_catalog.pg_database d WHERE d.datconnlimit > 0
      AND d.datname <> pg_catalog.current_database()) AS limited
FROM pg_catalog.pg_stat_activity a WHERE a.pid <> pg_catalog.pg_backend_pid()`);

/** A database with a CONNECTION LIMIT, which counts sessions of ours like those of applications. */
export interface LimitedDatabase {
  name: string;
  used: number;
  limit: number;
}

const limited = z.array(z.object({ name: z.string(), used: z.int(), limit: z.int() }));

function limitedIn(row: Row | undefined): LimitedDatabase[] {
  const nameOf = nameReader();
  return jsonIn(row ?? {}, 'limited', limited, []).map(({ name, ...counts }) => ({
    name: nameOf(name),
    ...counts,
  }));
}

export async function readHealth(
  control: Connection,
  exceptStandbys: readonly string[],
  timeout_ms: number,
  clock: Clock,
): Promise<HealthSample & { limited: readonly LimitedDatabase[] }> {
  const started = clock.monotonic();
  const [row] = await readCatalog(control, healthSql, [exceptStandbys], timeout_ms);
  const lag = numberOr(row, 'standby_lag', undefined) ?? numberOr(row, 'primary_lag', undefined);
  const limitHere = numberOr(row, 'limit_here', -1);
  return {
    role: row?.['standby'] === 't' ? 'standby' : 'primary',
    ...(lag === undefined ? {} : { replicationLag_ms: lag }),
    connectionsUsed: Math.max(
      countIn(row, 'connections') / Math.max(1, countIn(row, 'max_connections')),
      limitHere > 0 ? countIn(row, 'connections_here') / limitHere : 0,
    ),
    activeSessions: countIn(row, 'active'),
    lockWaiters: countIn(row, 'lock_waiters'),
    took_ms: clock.monotonic() - started,
    limited: limitedIn(row),
  };
}
