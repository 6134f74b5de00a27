import { readHealth } from '../mysql-family/health.ts';

/**
 * One look at the server's health, about 1 ms. PROCESS shows other accounts' lock waits; lag of a
 * replica needs REPLICA MONITOR. Our own two connections are not counted.
 */
export const healthSql = `
SELECT @@GLOBAL.read_only AS standby, @@GLOBAL.max_connections AS max_connections,
  MAX(IF(VARIABLE_NAME = 'THREADS_CONNECTED', VARIABLE_VALUE, 0)) AS connected,
  MAX(IF(VARIABLE_NAME = 'THREADS_RUNNING', VARIABLE_VALUE, 0)) AS running,
  MAX(IF(VARIABLE_NAME = 'INNODB_ROW_LOCK_CURRENT_WAITS', VARIABLE_VALUE, 0)) AS row_waits,
  (UNIX_TIMESTAMP() - MAX(IF(VARIABLE_NAME = 'UPTIME', VARIABLE_VALUE, 0))) * 1000
    AS counted_since,
  (SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for % lock'
    OR STATE = 'Waiting for table flush') AS other_waits
FROM information_schema.GLOBAL_STATUS
WHERE VARIABLE_NAME IN ('THREADS_CONNECTED', 'THREADS_RUNNING', 'INNODB_ROW_LOCK_CURRENT_WAITS',
  'UPTIME')`;

/** Without ALL it tells of the one connection that has no name. */
export const lagSql = 'SHOW ALL REPLICAS STATUS';
export const health = readHealth(healthSql, { sql: lagSql, column: 'Seconds_Behind_Master' });
