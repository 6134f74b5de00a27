import type { Connection } from '../mysql-family/connection.ts';
import { digestTextsSql, exampleKey } from '../mysql-family/digests.ts';
import { ownSession } from '../mysql-family/own-session.ts';
import { settingColumns } from '../mysql-family/server-settings.ts';
import { plannedMode } from '../mysql-family/session-mode.ts';
import { sqlText } from '../mysql-family/sql-text.ts';
import {
  isAtLeast,
  type LockedTables,
  type Server,
  type Variant,
} from '../mysql-family/variant.ts';
import { catalogWords } from './catalog-words.ts';
import { health, healthSql, lagSql } from './health.ts';
import { factsSql, readPrerequisites, roleRights } from './prerequisites.ts';
import { roleSql } from './role-sql.ts';
import { countersSql, infoSql, momentsSql, readSnapshot, readTexts, textsSql } from './workload.ts';

const instance = 'CONNECTION_ID() AS connection, @@server_uuid AS id';

const ownSettings = ['temptable_max_ram', 'internal_tmp_mem_storage_engine'];

const serverSql = `
SELECT ${instance}, VERSION() AS version, @@version_comment AS comment,
  @@GLOBAL.read_only AS standby,
  @@performance_schema_max_sql_text_length AS sample_length,
  @@lower_case_table_names AS lowers_names, @@GLOBAL.sql_mode AS sql_mode,
  /*!80014 @@group_replication_consistency IN ('BEFORE', 'AFTER', 'BEFORE_AND_AFTER') AS waits, */
  ${settingColumns(ownSettings)} LIMIT 1`;

/**
 * Pending and granted ones that keep a reader waiting, or only a writer: LOCK TABLES … READ, an
 * ALTER that copies, FLUSH TABLES WITH READ LOCK. Instrumented by default; needs SELECT on
 * performance_schema.
 */
const awaitedSql = `
SELECT DISTINCT OBJECT_TYPE AS object_type, OBJECT_SCHEMA AS table_schema,
  OBJECT_NAME AS table_name, LOCK_TYPE IN ('EXCLUSIVE', 'SHARED_NO_READ_WRITE') AS from_all
FROM performance_schema.metadata_locks
WHERE (OBJECT_TYPE = 'TABLE' AND LOCK_TYPE IN ('EXCLUSIVE', 'SHARED_NO_READ_WRITE',
  'SHARED_NO_WRITE', 'SHARED_READ_ONLY'))
  OR (OBJECT_TYPE = 'GLOBAL' AND LOCK_TYPE = 'SHARED') LIMIT 1000`;

async function awaitedTables(control: Connection, timeout_ms: number): Promise<LockedTables> {
  const rows = await control.query(awaitedSql, timeout_ms);
  const named = (from: '0' | '1') =>
    rows
      .filter((row) => row['from_all'] === from)
      .map((row) =>
        row['object_type'] === 'GLOBAL' ? '*' : `${row['table_schema']}.${row['table_name']}`,
      );
  return { fromAll: new Set(named('1')), fromWriters: new Set(named('0')) };
}

/**
 * A lock is waited for one second, the least there is; a SELECT is planned in a read-only
 * transaction of its own. READ COMMITTED: else planning INSERT … SELECT locks rows. No comments in
 * JSON. JSON format 1: it says how a row is found by its key, where format 2 says that it was
 * fetched already.
 */
function workerSettings(server: Server): string {
  const settings = [
    ...ownSession,
    `sql_mode = ${sqlText(plannedMode(server.sqlMode, {}))}`,
    'lock_wait_timeout = 1',
    'innodb_lock_wait_timeout = 1',
    'wait_timeout = 60',
    'sql_big_selects = 1',
    "transaction_isolation = _utf8mb4'READ-COMMITTED'",
    'transaction_read_only = ON',
    'end_markers_in_json = OFF',
    ...(isAtLeast(server, [8, 3]) ? ['explain_json_format_version = 1'] : []),
  ];
  return `SET ${settings.map((each) => `SESSION ${each}`).join(', ')}`;
}

/** Told only where the consumer `events_stages_current` is on, which it is not by default. */
const progressSql = (connection: string): string => `
SELECT SUBSTRING_INDEX(e.EVENT_NAME, '/', -1) AS phase, e.WORK_COMPLETED AS done,
  e.WORK_ESTIMATED AS total
FROM performance_schema.events_stages_current e
JOIN performance_schema.threads t ON t.THREAD_ID = e.THREAD_ID
WHERE t.PROCESSLIST_ID = ${connection} AND e.EVENT_NAME LIKE 'stage/innodb/alter%'`;

/** Who reads its binary log, and other members of its group. */
const replicasSql = `
SELECT IF(@@performance_schema, (SELECT COUNT(*) FROM performance_schema.threads
    WHERE PROCESSLIST_COMMAND IN ('Binlog Dump', 'Binlog Dump GTID')), NULL)
  + (SELECT GREATEST(COUNT(*) - 1, 0) FROM performance_schema.replication_group_members)
  AS replicas`;

/** Told without performance_schema, too, but for those of a group; a stopped channel counts. */
const sourcesSql = `
SELECT CHANNEL_NAME AS source,
  CHANNEL_NAME IN ('group_replication_applier', 'group_replication_recovery') AS of_group
FROM performance_schema.replication_connection_configuration
UNION ALL SELECT CHANNEL_NAME, 0 FROM performance_schema.replication_group_members
WHERE MEMBER_ID = @@server_uuid AND MEMBER_ROLE = 'SECONDARY'`;
const primariesSql = `
SELECT MEMBER_ID AS member FROM performance_schema.replication_group_members
WHERE MEMBER_ROLE = 'PRIMARY'`;

/** Stored ones are shown to whoever may run them; of `sys` everyone is shown all. */
const loadableSql = `
SELECT LOWER(UDF_NAME) AS name FROM performance_schema.user_defined_functions
UNION SELECT LOWER(ROUTINE_NAME) FROM information_schema.ROUTINES
WHERE ROUTINE_TYPE = 'FUNCTION' AND ROUTINE_SCHEMA <> 'sys'`;

export const mysql: Variant = {
  name: 'mysql',
  oldest: [8, 0],
  serverSql,
  ownSettings,
  catalogWords,
  instanceSql: `SELECT ${instance} LIMIT 1`,
  workerSettings,
  readsAtOnceSql: "SET SESSION group_replication_consistency = 'EVENTUAL'",
  timeoutSql: (timeout_ms) => `SET SESSION max_execution_time = ${Math.ceil(timeout_ms)}`,
  explainsWrites: true,
  runsWhilePlanning: true,
  loadable: { sql: loadableSql, names: 'loaded' },
  awaitedTables,
  snapshot: readSnapshot,
  texts: readTexts,
  health,
  prerequisites: readPrerequisites,
  conversion: (code, message) => {
    const [, index, column] =
      /on index '(.+)' due to type or collation conversion on field '(.+)'/.exec(message) ?? [];
    return code === '1739' && index && column ? { index, column } : undefined;
  },
  roleSql,
  indexes: {
    hide: 'INVISIBLE',
    show: 'VISIBLE',
    progressSql,
    sizesNowSql: 'SET SESSION information_schema_stats_expiry = 0',
    replicasSql,
    sourcesSql,
    primariesSql,
  },
  statements: {
    health: [healthSql, lagSql],
    prerequisites: `${factsSql};${roleRights.sql}`,
    snapshot: [infoSql, countersSql, momentsSql([exampleKey])],
    texts: [textsSql([exampleKey]), digestTextsSql([exampleKey])],
    awaited: [awaitedSql],
  },
};
