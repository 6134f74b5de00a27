import type { Clock } from '../../base/clock.ts';
import type { HealthSample } from '../health-sample.ts';
import type { Connection } from '../mysql-family/connection.ts';
import { readReplicaLag } from '../mysql-family/replica.ts';

/** One look at the server's health, about 1 ms. PROCESS shows other accounts' lock waits; lag of a replica needs REPLICA MONITOR. Our own two connections are not counted. */
export const healthSql = `
SELECT @@GLOBAL.read_only AS standby, @@GLOBAL.max_connections AS max_connections,
  MAX(IF(VARIABLE_NAME = 'THREADS_CONNECTED', VARIABLE_VALUE, 0)) AS connected, MAX(IF(VARIABLE_NAME = 'THREADS_RUNNING', VARIABLE_VALUE, 0)) AS running,
  MAX(IF(VARIABLE_NAME = 'INNODB_ROW_LOCK_CURRENT_WAITS', VARIABLE_VALUE, 0)) AS row_waits,
  (SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for % lock') AS other_waits
FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME IN ('THREADS_CONNECTED', 'THREADS_RUNNING', 'INNODB_ROW_LOCK_CURRENT_WAITS')`;

export async function readHealth(control: Connection, timeout_ms: number, clock: Clock): Promise<HealthSample> {
  const started = clock.monotonic();
  const [row] = await control.query(healthSql, timeout_ms);
  const took_ms = clock.monotonic() - started;
  const lag = await readReplicaLag(control, 'SHOW REPLICA STATUS', 'Seconds_Behind_Master', timeout_ms);
  return {
    role: row?.['standby'] === '1' ? 'standby' : 'primary',
    ...(lag === undefined ? {} : { replicationLag_ms: lag }),
    connectionsUsed: Number(row?.['connected']) / Number(row?.['max_connections']),
    activeSessions: Math.max(0, Number(row?.['running']) - 1),
    lockWaiters: Number(row?.['row_waits']) + Number(row?.['other_waits']),
    took_ms,
  };
}
