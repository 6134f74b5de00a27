import type { Clock } from '../../base/clock.ts';
import type { HealthSample } from '../health-sample.ts';
import type { Connection } from '../mysql-family/connection.ts';
import { readReplicaLag } from '../mysql-family/replica.ts';

/** One look at the server's health, about 1 ms. Needs SELECT on performance_schema; lag of a replica needs REPLICATION CLIENT. Our own two connections are not counted. */
export const healthSql = `
SELECT @@GLOBAL.read_only AS standby, @@GLOBAL.max_connections AS max_connections,
  MAX(IF(VARIABLE_NAME = 'Threads_connected', VARIABLE_VALUE, 0)) AS connected, MAX(IF(VARIABLE_NAME = 'Threads_running', VARIABLE_VALUE, 0)) AS running,
  MAX(IF(VARIABLE_NAME = 'Innodb_row_lock_current_waits', VARIABLE_VALUE, 0)) AS row_waits,
  (SELECT COUNT(*) FROM performance_schema.threads WHERE PROCESSLIST_STATE LIKE 'Waiting for % lock') AS other_waits
FROM performance_schema.global_status WHERE VARIABLE_NAME IN ('Threads_connected', 'Threads_running', 'Innodb_row_lock_current_waits')`;

export async function readHealth(control: Connection, timeout_ms: number, clock: Clock): Promise<HealthSample> {
  const started = clock.monotonic();
  const [row] = await control.query(healthSql, timeout_ms);
  const took_ms = clock.monotonic() - started;
  const lag = await readReplicaLag(control, 'SHOW REPLICA STATUS', 'Seconds_Behind_Source', timeout_ms);
  return {
    role: row?.['standby'] === '1' ? 'standby' : 'primary',
    ...(lag === undefined ? {} : { replicationLag_ms: lag }),
    connectionsUsed: Number(row?.['connected']) / Number(row?.['max_connections']),
    activeSessions: Math.max(0, Number(row?.['running']) - 1),
    lockWaiters: Number(row?.['row_waits']) + Number(row?.['other_waits']),
    took_ms,
  };
}
