import { digestTextsSql, exampleKey } from '../mysql-family/digests.ts';
import { ownSession } from '../mysql-family/own-session.ts';
import { settingColumns } from '../mysql-family/server-settings.ts';
import { plannedMode } from '../mysql-family/session-mode.ts';
import { sqlText } from '../mysql-family/sql-text.ts';
import { nothingLocked, type Server, type Variant } from '../mysql-family/variant.ts';
import { catalogWords } from './catalog-words.ts';
import { health, healthSql, lagSql } from './health.ts';
import { factsSql, historySpanSql, readPrerequisites, roleRights } from './prerequisites.ts';
import { roleSql } from './role-sql.ts';
import {
  consumersSql,
  countersSql,
  historySql,
  infoSql,
  processListSql,
  readSnapshot,
  readTexts,
  slowLogLengthSql,
  slowLogSql,
} from './workload.ts';

/** server_uid came with 10.6.?; a server without one is known by its address. */
const instance = `CONNECTION_ID() AS connection,
  COALESCE((SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_VARIABLES
    WHERE VARIABLE_NAME = 'SERVER_UID'), CONCAT(@@hostname, ':', @@port)) AS id`;

/** From 3 on it joins by a hash table. */
const ownSettings = ['join_cache_level'];

/**
 * Asked before anything is set: limits of rows that the server gives a new session do not hold for
 * it.
 */
const unlimited = 'SET STATEMENT sql_big_selects = 1 FOR SELECT';

const serverSql = `
${unlimited} ${instance}, VERSION() AS version, @@version_comment AS comment,
  @@GLOBAL.read_only AS standby, @@performance_schema_max_sql_text_length AS sample_length,
  @@lower_case_table_names AS lowers_names, @@GLOBAL.sql_mode AS sql_mode,
  (SELECT VARIABLE_VALUE <> '0' FROM information_schema.SESSION_VARIABLES
    WHERE VARIABLE_NAME = 'WSREP_SYNC_WAIT') AS waits,
  ${settingColumns(ownSettings)} LIMIT 1`;

/**
 * READ ONLY is what keeps planning from writing: MariaDB's EXPLAIN runs stored functions, and
 * commits what they wrote. A lock is not waited for at all.
 */
const workerSettings = (server: Server) =>
  `SET ${[
    ...ownSession,
    `sql_mode = ${sqlText(plannedMode(server.sqlMode, {}))}`,
    'lock_wait_timeout = 0',
    'innodb_lock_wait_timeout = 1',
    'wait_timeout = 60',
    'sql_big_selects = 1',
    "tx_isolation = _utf8mb4'READ-COMMITTED'",
    'tx_read_only = ON',
  ]
    .map((each) => `SESSION ${each}`)
    .join(', ')}`;

const progressSql = (connection: string): string => `
SELECT STATE AS phase, ROUND((STAGE - 1) * 100 + PROGRESS) AS done, MAX_STAGE * 100 AS total
FROM information_schema.PROCESSLIST WHERE ID = ${connection} AND MAX_STAGE > 0`;

/** Who reads its binary log, and other nodes of its cluster. */
const replicasSql = `
SELECT IF(@@performance_schema, (SELECT COUNT(*) FROM performance_schema.threads
    WHERE PROCESSLIST_COMMAND = 'Binlog Dump'), NULL)
  + COALESCE((SELECT GREATEST(CAST(VARIABLE_VALUE AS SIGNED) - 1, 0)
    FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'WSREP_CLUSTER_SIZE'), 0)
  AS replicas`;

/** Who may read mysql.func is no collector. */
const ownFunctionsSql = `
SELECT LOWER(\`FUNCTION\`) AS name FROM information_schema.SQL_FUNCTIONS
UNION SELECT LOWER(WORD) FROM information_schema.KEYWORDS`;

export const mariadb: Variant = {
  name: 'mariadb',
  oldest: [10, 6],
  serverSql,
  ownSettings,
  catalogWords,
  instanceSql: `${unlimited} ${instance} LIMIT 1`,
  workerSettings,
  readsAtOnceSql: 'SET SESSION wsrep_sync_wait = 0',
  timeoutSql: (timeout_ms) => `SET SESSION max_statement_time = ${(timeout_ms / 1_000).toFixed(3)}`,
  explainsWrites: false,
  runsWhilePlanning: false,
  loadable: { sql: ownFunctionsSql, names: 'own' },
  awaitedTables: async () => nothingLocked, // lock_wait_timeout is 0: nothing is joined
  snapshot: readSnapshot,
  texts: readTexts,
  health,
  prerequisites: readPrerequisites,
  conversion: (code, message) => {
    const [, index, column] =
      /^Cannot use key `([^`]+)` part\[0\] for lookup: `[^`]+`\.`[^`]+`\.`([^`]+)` of type/.exec(
        message,
      ) ?? [];
    return code === '1105' && index && column ? { index, column } : undefined;
  },
  roleSql,
  indexes: {
    hide: 'IGNORED',
    show: 'NOT IGNORED',
    progressSql,
    replicasSql,
    sourcesSql: lagSql,
  },
  statements: {
    health: [healthSql, lagSql],
    prerequisites: `${factsSql};${roleRights.sql};${historySpanSql}`,
    snapshot: [infoSql, countersSql],
    texts: [
      digestTextsSql([exampleKey]),
      consumersSql,
      historySql('events_statements_history_long', [exampleKey]),
      slowLogSql,
      slowLogLengthSql,
      processListSql,
    ],
    awaited: [],
  },
};
