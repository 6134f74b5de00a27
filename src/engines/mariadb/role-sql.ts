import type { ProductSql } from '../mysql-family/variant.ts';
import { columnStatisticsRead } from './catalog-words.ts';

export const roleSql: ProductSql = {
  heading: `-- Prepares MariaDB 10.6–11 for dbintel. Run as an administrator.
-- It creates an account that can read statistics and plan SELECTs, and nothing else: no write, no\
 SUPER, at most four connections.
-- performance_schema is off by default; in the configuration file, then restart:
--   [mysqld]
--   performance_schema = ON
--   performance_schema_consumer_events_statements_current = ON
--   performance_schema_consumer_events_statements_history = ON
--   performance_schema_consumer_events_statements_history_long = ON   -- texts with their values:\
 MariaDB keeps them nowhere else`,
  identified: "IDENTIFIED BY '…'",
  rights: (role) => `GRANT PROCESS ON *.* TO ${role};                          -- other sessions:\
 who waits for locks, what runs
GRANT SELECT ON mysql.innodb_index_stats TO ${role};       -- how even columns are, sizes of\
 indexes; leave out where you may not grant it
GRANT SELECT (${columnStatisticsRead.join(', ')})
  ON mysql.column_stats TO ${role};                        -- the same from ANALYZE … PERSISTENT;\
 not the values that stand beside it
-- GRANT REPLICA MONITOR ON *.* TO ${role};               -- replicas only: how far they are\
 behind`,
  lockedAccount:
    "CREATE USER IF NOT EXISTS $ACCOUNT IDENTIFIED VIA mysql_native_password USING 'invalid' " +
    'ACCOUNT LOCK;',
  writes: false,
};
