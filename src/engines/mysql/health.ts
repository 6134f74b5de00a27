import { readHealth } from '../mysql-family/health.ts';

/**
 * One look at the server's health, about 1 ms. Needs SELECT on performance_schema; lag of a replica
 * needs REPLICATION CLIENT. Our own two connections are not counted.
 */
export const healthSql = `
SELECT @@GLOBAL.read_only AS standby, @@GLOBAL.max_connections AS max_connections,
  MAX(IF(VARIABLE_NAME = 'Threads_connected', VARIABLE_VALUE, 0)) AS connected,
  MAX(IF(VARIABLE_NAME = 'Threads_running', VARIABLE_VALUE, 0)) AS running,
  MAX(IF(VARIABLE_NAME = 'Innodb_row_lock_current_waits', VARIABLE_VALUE, 0)) AS row_waits,
  (UNIX_TIMESTAMP() - MAX(IF(VARIABLE_NAME = 'Uptime', VARIABLE_VALUE, 0))) * 1000
    AS counted_since,
  (SELECT COUNT(*) FROM performance_schema.threads
    WHERE PROCESSLIST_STATE LIKE 'Waiting for % lock'
      OR PROCESSLIST_STATE = 'Waiting for table flush') AS other_waits
FROM performance_schema.global_status
WHERE VARIABLE_NAME IN ('Threads_connected', 'Threads_running', 'Innodb_row_lock_current_waits',
  'Uptime')`;

/** A row for each channel. */
export const lagSql = 'SHOW REPLICA STATUS';
export const health = readHealth(healthSql, { sql: lagSql, column: 'Seconds_Behind_Source' });
