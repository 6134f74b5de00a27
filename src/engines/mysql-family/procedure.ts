import { quote } from '../../dialects/mysql-family/sql.ts';
import type { Prerequisite } from '../engine.ts';
import type { Connection } from './connection.ts';

import { readGrants, sqlText } from './sql-text.ts';
import { directKiller, type Killer } from './watchdog.ts';

/**
 * `explain.via: procedure`: EXPLAIN runs in `safe_explain`, with the rights of a locked account
 * that may only SELECT; the collector's own account needs no right on tables. Names without a
 * database mean the procedure's own database, so there is one in each. Server-side limits do not
 * hold in procedures: the watchdog ends them through `kill_explain`, which runs as the same account
 * and so may kill its threads and no others.
 */
export const procedureVersion = 3;
const comment = `dbintel ${procedureVersion}`;
export const homeSchema = 'dbintel';

export const callExplain = (schema: string, sql: string): string =>
  `CALL ${quote(schema || homeSchema)}.safe_explain(${sqlText(sql)})`;
export const procedureKiller: Killer = {
  statement: (thread) => `CALL ${homeSchema}.kill_explain(${thread})`,
  connection: directKiller.connection,
};

/** What the procedure answers where a handler of its own met the error. */
export const caughtCodes = {
  lock_timeout: 'lock_timeout',
  not_explainable_statement: 'not_explainable_statement',
} as const;

/**
 * The SQL for a DBA to read and run; `lockedAccount` is how the product makes an account that
 * nobody can log in with.
 */
export function procedureSql({
  role,
  schemas,
  lockedAccount,
}: {
  role: string;
  schemas: readonly string[];
  lockedAccount: string;
}): string {
  const definer = 'dbintel_definer@localhost';
  const homes = [...new Set([homeSchema, ...schemas])];
  return `-- 4. Only for spec.explain.via: procedure. EXPLAIN then runs with the rights of\
 ${definer}, an account that nobody can log in with and that may
--    only SELECT. The role of 1. keeps its rights on performance_schema and needs none on your\
 tables: leave out step 3.
CREATE DATABASE IF NOT EXISTS ${homeSchema};
${lockedAccount.replace('$ACCOUNT', definer)}
${readGrants(schemas, definer)}
SET @dbintel_sql_mode = @@SESSION.sql_mode, SESSION sql_mode = '';  -- procedures keep the one\
 that they were made under
DELIMITER //
${homes
  .map(
    (home) => `DROP PROCEDURE IF EXISTS ${quote(home)}.safe_explain//
CREATE DEFINER = ${definer} PROCEDURE ${quote(home)}.safe_explain(IN query_text LONGTEXT
  CHARACTER SET utf8mb4)
  READS SQL DATA SQL SECURITY DEFINER COMMENT '${comment}'
BEGIN
  DECLARE EXIT HANDLER FOR 1205 SELECT 'lock_timeout' AS error;
  SET NAMES utf8mb4; -- else texts would be read in the character set of who made this
  IF query_text REGEXP '^[[:space:](]*([sS][eE][lL][eE][cC][tT]|[wW][iI][tT][hH])[[:space:](*\`]'\
 THEN
    SET @dbintel_explain = CONCAT('EXPLAIN FORMAT=JSON ', query_text);
    PREPARE dbintel_explain FROM @dbintel_explain; -- takes one statement, and no more
    EXECUTE dbintel_explain;
    DEALLOCATE PREPARE dbintel_explain;
    SET @dbintel_explain = NULL;
  ELSE
    SELECT 'not_explainable_statement' AS error;
  END IF;
END//
GRANT EXECUTE ON PROCEDURE ${quote(home)}.safe_explain TO ${role}, ${definer}//`,
  )
  .join('\n')}
DROP PROCEDURE IF EXISTS ${homeSchema}.kill_explain//
CREATE DEFINER = ${definer} PROCEDURE ${homeSchema}.kill_explain(IN thread_id BIGINT UNSIGNED)
  SQL SECURITY DEFINER COMMENT '${comment}'
BEGIN
  DECLARE EXIT HANDLER FOR 1094, 1095 DO 0; -- gone already, or not one of ours
  KILL QUERY thread_id;
END//
DROP PROCEDURE IF EXISTS ${homeSchema}.definer_rights//
CREATE DEFINER = ${definer} PROCEDURE ${homeSchema}.definer_rights()
  READS SQL DATA SQL SECURITY DEFINER COMMENT '${comment}'
  SELECT DISTINCT PRIVILEGE_TYPE AS privilege FROM (
    SELECT PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES UNION ALL SELECT PRIVILEGE_TYPE\
 FROM information_schema.SCHEMA_PRIVILEGES
    UNION ALL SELECT PRIVILEGE_TYPE FROM information_schema.TABLE_PRIVILEGES) AS granted//
GRANT EXECUTE ON PROCEDURE ${homeSchema}.kill_explain TO ${role}, ${definer}//
GRANT EXECUTE ON PROCEDURE ${homeSchema}.definer_rights TO ${role}, ${definer}//
DROP PROCEDURE IF EXISTS ${homeSchema}.definer_views//
CREATE DEFINER = ${definer} PROCEDURE ${homeSchema}.definer_views()
  READS SQL DATA SQL SECURITY DEFINER COMMENT '${comment}'
  SELECT TABLE_SCHEMA AS table_schema, TABLE_NAME AS table_name FROM information_schema.VIEWS
  WHERE TABLE_SCHEMA NOT IN ('sys', 'mysql', 'information_schema', 'performance_schema') LIMIT\
 10000//
GRANT EXECUTE ON PROCEDURE ${homeSchema}.definer_views TO ${role}, ${definer}//
DELIMITER ;
SET SESSION sql_mode = @dbintel_sql_mode;
`;
}

const routinesSql = `
SELECT ROUTINE_SCHEMA AS home, ROUTINE_NAME AS name, DEFINER AS definer, SECURITY_TYPE AS security,
  ROUTINE_COMMENT AS comment, SQL_MODE AS sql_mode FROM information_schema.ROUTINES
WHERE ROUTINE_NAME IN ('safe_explain', 'kill_explain', 'definer_rights', 'definer_views')`;
const rightsSql = `CALL ${homeSchema}.definer_rights()`;
const viewsSql = `CALL ${homeSchema}.definer_views()`;

/**
 * `schema.view` of all that the definer can see; the collector's account cannot tell a view from a
 * table.
 */
export async function readViews(control: Connection, timeout_ms: number): Promise<Set<string>> {
  const rows = await control.query(viewsSql, timeout_ms);
  return new Set(rows.map((row) => `${row['table_schema']}.${row['table_name']}`));
}

export const procedureStatements = {
  viewsSql,
  routinesSql,
  rightsSql,
  explain: 'CALL <database>.safe_explain(<statement>)',
  kill: procedureKiller.statement(0).replace('0', '<thread>'),
};

export interface Procedures {
  /** Databases that have a safe_explain of our version. */
  homes: Set<string>;
  prerequisite: Prerequisite;
}

const readsOtherwise = /ANSI_QUOTES|NO_BACKSLASH_ESCAPES/;
const remediation = 'run step 4 of `dbintel prerequisites --print-sql --via procedure`';

/**
 * Are they there, of our version, with the rights of a definer that may do no more than they need?
 */
export async function readProcedures(control: Connection, timeout_ms: number): Promise<Procedures> {
  const rows = await control.query(routinesSql, timeout_ms);
  const good = rows.filter((row) => row['comment'] === comment && row['security'] === 'DEFINER');
  const homes = new Set(
    good.filter((row) => row['name'] === 'safe_explain').map((row) => row['home'] ?? ''),
  );
  const failed = (observed: string): Procedures => ({
    homes: new Set(),
    prerequisite: { name: 'procedures', verdict: 'failed', observed, remediation },
  });
  for (const name of ['safe_explain', 'kill_explain', 'definer_rights', 'definer_views']) {
    const here = rows.filter(
      (row) => row['name'] === name && (name === 'safe_explain' || row['home'] === homeSchema),
    );
    if (here.length === 0)
      return failed(`${homeSchema}.${name} is not there, or not granted to this account`);
    if (!good.some((row) => here.includes(row)))
      return failed(
        `${homeSchema}.${name} is not of version ${procedureVersion}, or not SQL SECURITY DEFINER`,
      );
  }
  // The others read no text.
  const misreads = good.find(
    (row) => row['name'] === 'safe_explain' && readsOtherwise.test(row['sql_mode'] ?? ''),
  );
  if (misreads)
    return failed(
      `${misreads['home']}.safe_explain was made under ANSI_QUOTES or NO_BACKSLASH_ESCAPES: ` +
        'it would read texts otherwise than they ran',
    );
  const definers = new Set(good.map((row) => row['definer']));
  if (definers.size > 1)
    return failed(
      'the procedures have several definers; the watchdog could not end what another one runs',
    );
  const rights = (await control.query(rightsSql, timeout_ms)).map((row) => row['privilege'] ?? '');
  const more = rights.filter(
    (right) => !['SELECT', 'SHOW VIEW', 'USAGE', 'EXECUTE'].includes(right),
  );
  if (more.length)
    return {
      homes,
      prerequisite: {
        name: 'procedures',
        verdict: 'warning',
        observed: `their definer has more than SELECT: ${more.slice(0, 4).join(', ')}`,
        remediation: `REVOKE ${more[0]} … FROM ${[...definers][0]}`,
      },
    };
  return {
    homes,
    prerequisite: {
      name: 'procedures',
      verdict: 'ok',
      observed: `safe_explain ${procedureVersion} in ${[...homes].sort().join(', ')}`,
    },
  };
}
