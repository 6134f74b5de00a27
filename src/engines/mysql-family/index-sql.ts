import { createHash } from 'node:crypto';
import type { IndexDef } from '../../model/index-def.ts';
import { sqlText } from './sql-text.ts';

/** What an executor's sessions ask of MySQL and MariaDB beside their DDL. */

/**
 * DDL waits for everybody who has the table open, and whoever comes after it waits for the DDL: two
 * seconds at most. A build itself may take hours; a program that was killed leaves its session to
 * end what it does. MariaDB drops what a foreign key needs where nobody has keys checked. What the
 * server is strict about is no more than this: dates that are none may stand in what is there.
 */
export const buildSessionSql =
  'SET SESSION lock_wait_timeout = 2, innodb_lock_wait_timeout = 2, wait_timeout = 86400, ' +
  "foreign_key_checks = 1, sql_mode = 'STRICT_ALL_TABLES'";

/** One executor builds on a server at a time. */
export const lockSql = "SELECT GET_LOCK('dbintel-executor', 0) AS taken";

/** And one acts on a table. The name of a lock is short. */
export function tableLockSql({ schema, table }: IndexDef): string {
  const name = createHash('sha256').update(`${schema}.${table}`).digest('hex').slice(0, 32);
  return `SELECT GET_LOCK('dbintel-table:${name}', 0) AS taken`;
}

/** Another lock has the recommendation's name: who holds it is the session that works on it. */
const workLock = (uid: string): string =>
  `dbintel-executor:${uid.replaceAll(/[^A-Za-z0-9-]/g, '').slice(0, 36)}`;
export const nameSql = (uid: string): string => `SELECT GET_LOCK('${workLock(uid)}', 0) AS taken`;
export const workerSql = (uid: string): string => `SELECT IS_USED_LOCK('${workLock(uid)}') AS id`;

/**
 * Whoever waits for the table while it is built, and whoever locks the server for a backup: what is
 * built holds both until its end, and others wait behind them. Not while our session waits itself,
 * which is for two seconds, nor in its last step, which is all but done. A table of that name in
 * another database is another.
 */
export const awaitedSql = ({ schema, table }: IndexDef, uid: string): string => `
SELECT COUNT(*) AS waiting FROM information_schema.PROCESSLIST w
JOIN information_schema.PROCESSLIST p ON p.ID <> w.ID
WHERE w.ID = IS_USED_LOCK('${workLock(uid)}') AND w.COMMAND = 'Query'
  AND w.STATE NOT LIKE 'Waiting%' AND w.STATE NOT LIKE 'commit%' AND p.TIME >= 1
  AND (p.STATE REGEXP '^Waiting for (global read|backup|commit) lock'
    OR p.STATE REGEXP '^Waiting for (table|schema) (metadata lock|flush)'
      AND (p.INFO REGEXP ${sqlText(wholeName(schema, table))}
        OR p.DB = ${sqlText(schema)} AND p.INFO REGEXP ${sqlText(bareName(table))}))`;

/** In the text of a statement; one that stands alone is of the database that is in use. */
const wholeName = (schema: string, table: string): string =>
  `(?i)(^|[^[:alnum:]_$])${asPattern(schema)}[\`"]?[[:space:]]*[.][[:space:]]*[\`"]?` +
  `${asPattern(table)}${nameEnd}`;
const bareName = (table: string): string =>
  `(?i)(^|[^[:alnum:]_$.\`"])[\`"]?${asPattern(table)}${nameEnd}`;
const nameEnd = '([^[:alnum:]_$]|$)';
const asPattern = (name: string): string => name.replaceAll(/\W/gu, '.');

/**
 * INNODB_TRX has times of the machine’s zone, NOW() that of the session. A statement’s own
 * transaction begins after it: that one is younger than nothing.
 */
const machineNow = "CONVERT_TZ(UTC_TIMESTAMP(), '+00:00', 'SYSTEM')";

/**
 * A transaction that is open keeps the tables that it has read from being changed. Those of others
 * are seen with PROCESS.
 */
export const preflightSql = ({ schema, table }: IndexDef): string => `
SELECT @@GLOBAL.read_only AS standby,
  (SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_TYPE = 'BASE TABLE'
    AND TABLE_SCHEMA = ${sqlText(schema)} AND TABLE_NAME = ${sqlText(table)}) AS there,
  (SELECT COALESCE(SUM(trx_query LIKE 'ALTER TABLE%'), 0)
    FROM information_schema.INNODB_TRX) AS altering,
  (SELECT GREATEST(0, COALESCE(MAX(TIMESTAMPDIFF(SECOND, trx_started, ${machineNow})), 0))
    FROM information_schema.INNODB_TRX) AS oldest`;

/**
 * Keys that are longer than the server takes: MariaDB cuts them without a word, as MySQL does where
 * it is not strict, and builds another index than was approved.
 */
export const longKeysSql = ({ schema, table, keys }: IndexDef): string => {
  const bytes = keys.flatMap((key) => {
    if (!('column' in key)) return [];
    const whole = 'c.CHARACTER_OCTET_LENGTH';
    const part =
      key.letters === undefined
        ? whole
        : `LEAST(${whole}, ${key.letters} * ${whole} / c.CHARACTER_MAXIMUM_LENGTH)`;
    return [`WHEN ${sqlText(key.column)} THEN ${part}`];
  });
  return `
SELECT COUNT(*) AS too_long FROM information_schema.COLUMNS c JOIN information_schema.TABLES t
  ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME
WHERE t.TABLE_SCHEMA = ${sqlText(schema)} AND t.TABLE_NAME = ${sqlText(table)}
  AND CASE c.COLUMN_NAME ${bytes.join(' ')} END
    > IF(t.ROW_FORMAT IN ('Dynamic', 'Compressed'), LEAST(3072, @@innodb_page_size * 3 / 16), 767)`;
};

/**
 * Statements since the server counts that may name the index in a hint; their texts have no values.
 * Below 50 ms with 10,000 of them.
 */
export const hintsSql = ({ table }: IndexDef, name: string): string => `
SELECT DIGEST_TEXT AS text FROM performance_schema.events_statements_summary_by_digest
WHERE DIGEST_TEXT REGEXP '(USE|FORCE|IGNORE) (INDEX|KEY)'
  AND INSTR(DIGEST_TEXT, ${sqlText(name)}) > 0 AND INSTR(DIGEST_TEXT, ${sqlText(table)}) > 0
LIMIT 1000`;

/**
 * Whether the server counts what anybody runs: where a link of that is off, it shows no hints. One
 * account that is left out by its name, as those of collectors are, is no such link.
 */
export const countsStatementsSql = `
SELECT @@performance_schema = 1 AND @@performance_schema_digests_size <> 0
  AND LEAST(@@max_digest_length, @@performance_schema_max_digest_length) > 0
  AND 3 = (SELECT COUNT(*) FROM performance_schema.setup_consumers WHERE ENABLED = 'YES'
    AND NAME IN ('global_instrumentation', 'thread_instrumentation', 'statements_digest'))
  AND 3 = (SELECT COUNT(*) FROM performance_schema.setup_instruments WHERE ENABLED = 'YES'
    AND NAME IN ('statement/sql/select', 'statement/sql/update', 'statement/sql/delete'))
  AND NOT EXISTS (SELECT 1 FROM performance_schema.setup_actors
    WHERE ENABLED = 'NO' AND USER = '%')
  AND EXISTS (SELECT 1 FROM performance_schema.setup_actors
    WHERE HOST = '%' AND USER = '%' AND ROLE = '%') AS counts`;

/**
 * Digests that may have lost a hint where they were cut, with how long one may be, or null for all
 * that there was no room for; none where nobody has read the index since the server counts: who
 * names it would have.
 */
export const cutTextsSql = ({ schema, table }: IndexDef, name: string): string => `
SELECT DIGEST_TEXT AS text,
  LEAST(@@max_digest_length, @@performance_schema_max_digest_length) AS most
FROM performance_schema.events_statements_summary_by_digest
WHERE (DIGEST_TEXT IS NULL AND COUNT_STAR > 0
    OR DIGEST_TEXT REGEXP '^[(]*[[:space:]]*(SELECT|WITH|UPDATE|DELETE|INSERT|REPLACE)'
      AND LENGTH(DIGEST_TEXT)
        >= 0.7 * LEAST(@@max_digest_length, @@performance_schema_max_digest_length)
      AND (SCHEMA_NAME = ${sqlText(schema)} OR INSTR(DIGEST_TEXT, ${sqlText(table)}) > 0))
  AND NOT EXISTS (SELECT 1 FROM performance_schema.table_io_waits_summary_by_index_usage
    WHERE OBJECT_TYPE = 'TABLE' AND OBJECT_SCHEMA = ${sqlText(schema)}
      AND OBJECT_NAME = ${sqlText(table)} AND INDEX_NAME = ${sqlText(name)} AND COUNT_FETCH = 0
      AND 'YES' = (SELECT ENABLED FROM performance_schema.setup_instruments
        WHERE NAME = 'wait/io/table/sql/handler'))
LIMIT 1000`;

/**
 * What the server keeps to be run, whose hints no statement shows that has not run since its start:
 * views, routines, events, and triggers of the database; of those that the account may see.
 */
export const storedHintsSql = ({ schema }: IndexDef, name: string): string[] =>
  [
    ['VIEWS', 'VIEW_DEFINITION', ''],
    ['ROUTINES', 'ROUTINE_DEFINITION', ''],
    ['EVENTS', 'EVENT_DEFINITION', ''],
    ['TRIGGERS', 'ACTION_STATEMENT', `TRIGGER_SCHEMA = ${sqlText(schema)} AND `],
  ].map(
    ([table, text, where]) => `
SELECT ${text} AS text FROM information_schema.${table}
WHERE ${where}${text} REGEXP '(?i)(use|force|ignore)[[:space:]]+(index|key)'
  AND INSTR(LOWER(${text}), ${sqlText(name.toLowerCase())}) > 0
LIMIT 1000`,
  );

/**
 * Who may not read mysql.innodb_index_stats knows of a table what all its indexes take but for the
 * primary key: an equal share is that of each. In all databases in which the account has rights,
 * since a budget is for all of a server; asked once for each build. On 600 tables it takes 0.1 s.
 */
export const builtSql = (mark: string): string => `
SELECT CAST(COALESCE(SUM(t.INDEX_LENGTH * s.made / s.indexes), 0) AS SIGNED) AS bytes
FROM information_schema.TABLES t JOIN (
  SELECT TABLE_SCHEMA, TABLE_NAME, COUNT(DISTINCT INDEX_NAME) AS indexes,
    COUNT(DISTINCT CASE WHEN INDEX_COMMENT LIKE 'dbintel:%' AND INDEX_COMMENT <> ${sqlText(mark)}
      THEN INDEX_NAME END) AS made
  FROM information_schema.STATISTICS
  WHERE TABLE_SCHEMA NOT IN ('mysql', 'sys', 'performance_schema', 'information_schema')
    AND INDEX_NAME <> 'PRIMARY'
  GROUP BY TABLE_SCHEMA, TABLE_NAME HAVING made > 0) s
  ON s.TABLE_SCHEMA = t.TABLE_SCHEMA AND s.TABLE_NAME = t.TABLE_NAME`;
