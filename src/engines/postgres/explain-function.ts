import { hash } from 'node:crypto';
import { sqlName } from './sql-names.ts';

/**
 * `explain.via: function`: EXPLAIN runs in a SECURITY DEFINER function of the role whose statement
 * it is, so that what planning runs has the rights under which production runs it anyway, and none
 * of the collector's. One function for each role, named like it, in a schema that neither that role
 * nor anyone else may touch; its caller may have a plan and nothing else.
 */
export const functionVersion = 2;
export const functionSchema = 'dbintel_explain';
export const functionArguments = 'text, text, integer, boolean, boolean';
export const functionName = (role: string): string => `${functionSchema}.${sqlName(role)}`;
export const functionSignature = (role: string): string =>
  `${functionName(role)}(${functionArguments})`;
/** What ALTER FUNCTION says to give it its attributes back. */
export const functionAttributes =
  'VOLATILE SECURITY DEFINER RESET ALL SET search_path = pg_catalog, pg_temp';
export const functionConfig = 'search_path=pg_catalog, pg_temp';

/**
 * Whatever its caller set, and whatever its owner altered, the first lines hold: every name and
 * operator in them is qualified. EXPLAIN is put before the text and nothing behind it, so that no
 * comment or open quote swallows a part of ours; without a semicolon it is one statement; and by
 * its first word none that EXPLAIN executes something for (`EXECUTE f(…)` evaluates its arguments).
 * A setting that it does not see, and whose name has no dot, only a superuser may see and set.
 * Before PostgreSQL 16 only a prepared statement is planned for unknown parameters.
 *
 * Databases hold this very text, and its hash says so: a backslash at the end of a line breaks the
 * line here and not there.
 */
const body = `
#variable_conflict use_variable
DECLARE
  prepares pg_catalog.bool := describe OR parameters OPERATOR(pg_catalog.>) 0\
 AND pg_catalog.current_setting('server_version_num')::pg_catalog.int4 OPERATOR(pg_catalog.<)\
 160000;
  shown pg_catalog.text := CASE WHEN costs THEN 'FORMAT JSON, VERBOSE, SETTINGS, SUMMARY'\
 ELSE 'FORMAT JSON, VERBOSE, COSTS OFF' END;
  asked pg_catalog.text;
  setting pg_catalog.record;
  plan pg_catalog.refcursor;
  answer pg_catalog.text;
BEGIN
  IF CURRENT_USER OPERATOR(pg_catalog.=) SESSION_USER\
 OR pg_catalog.current_setting('transaction_read_only') OPERATOR(pg_catalog.<>) 'on' THEN
    RAISE EXCEPTION 'only as the role that owns this function,\
 and only in a read-only transaction' USING ERRCODE = '0L000';
  END IF;
  IF statement OPERATOR(pg_catalog.!~*)\
 '^[[:space:](]*(select|with|values|table|insert|update|delete|merge)([^[:alnum:]_$]|$)'\
 OR pg_catalog.strpos(statement, ';') OPERATOR(pg_catalog.<>) 0 THEN
    RAISE EXCEPTION 'not one plain statement' USING ERRCODE = '0A000';
  END IF;
  asked := CASE
    WHEN prepares THEN pg_catalog.concat('EXPLAIN (', shown, ') EXECUTE dbintel_statement',\
 '(NULL' || pg_catalog.repeat(', NULL', LEAST(parameters, 65535) - 1) || ')')
    WHEN parameters > 0 THEN pg_catalog.concat('EXPLAIN (', shown, ', GENERIC_PLAN) ', statement)
    ELSE pg_catalog.concat('EXPLAIN (', shown, ') ', statement) END;
  -- What the role has when it logs in, as far as plans depend on it; settings of the database\
 this session has anyway.
  FOR setting IN
    SELECT pg_catalog.split_part(c, '=', 1) AS name, pg_catalog.substr(c, pg_catalog.strpos(c,\
 '=') + 1) AS value
    FROM pg_catalog.pg_db_role_setting d CROSS JOIN pg_catalog.unnest(d.setconfig) c
    LEFT JOIN pg_catalog.pg_settings s ON pg_catalog.lower(s.name) =\
 pg_catalog.lower(pg_catalog.split_part(c, '=', 1))
    WHERE d.setrole = (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = CURRENT_USER)
      AND (d.setdatabase = 0 OR d.setdatabase = (SELECT b.oid FROM pg_catalog.pg_database b\
 WHERE b.datname = pg_catalog.current_database()))
      AND (s.name IS NULL AND pg_catalog.split_part(c, '=', 1) LIKE '%.%' OR s.context = 'user'\
 AND (s.category LIKE 'Query Tuning%'\
 OR s.category LIKE 'Customized%' OR s.name IN ('work_mem', 'hash_mem_multiplier',
        'max_parallel_workers', 'max_parallel_workers_per_gather',\
 'parallel_leader_participation', 'effective_io_concurrency', 'TimeZone', 'DateStyle',\
 'IntervalStyle', 'default_text_search_config',
        'transform_null_equals', 'row_security', 'search_path')))
    ORDER BY d.setdatabase
  LOOP
    PERFORM pg_catalog.set_config(setting.name, setting.value, true);
  END LOOP;
  IF prepares THEN PERFORM pg_catalog.set_config('plan_cache_mode', 'force_generic_plan',\
 true); END IF;
  IF path IS NOT NULL THEN PERFORM pg_catalog.set_config('search_path', path, true); END IF;
  IF prepares THEN EXECUTE pg_catalog.concat('PREPARE dbintel_statement AS ', statement); END IF;
  IF describe THEN
    SELECT pg_catalog.to_json(p.parameter_types::pg_catalog.text[])::pg_catalog.text INTO answer\
 FROM pg_catalog.pg_prepared_statements p
    WHERE p.name OPERATOR(pg_catalog.=) 'dbintel_statement';
  ELSE
    OPEN plan FOR EXECUTE asked; -- a cursor takes one statement, and no more
    FETCH plan INTO answer;
    CLOSE plan;
  END IF;
  IF prepares THEN DEALLOCATE dbintel_statement; END IF;
  RETURN answer;
END`;

const functionHash: string = hash('sha256', body, 'hex');
/** Of version 1, which fails for roles with a library preloaded alone: an update stops no plans. */
const hashBefore = '7355294a24a544a1aefc3ca5e9afb7bada32b295482d368654dcc5f0ffb75795';
export const functionHashes: readonly string[] = [functionHash, hashBefore];

/** The function of one role; for a DBA to read and run in the role's database, as superuser. */
export const functionSql = (
  role: string,
  collector: string,
): string => `DROP FUNCTION IF EXISTS ${functionSignature(role)};
CREATE FUNCTION ${functionName(role)}(statement text, path text, parameters integer, costs\
 boolean, describe boolean) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS\
 $dbintel$${body}$dbintel$;
COMMENT ON FUNCTION ${functionSignature(role)} IS 'dbintel ${functionVersion}: plans a statement\
 as its owner';
REVOKE ALL ON FUNCTION ${functionSignature(role)} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ${functionSignature(role)} TO ${sqlName(collector)};
GRANT CREATE ON SCHEMA ${functionSchema} TO ${sqlName(role)};       -- for the next line alone
ALTER FUNCTION ${functionSignature(role)} OWNER TO ${sqlName(role)};
REVOKE CREATE ON SCHEMA ${functionSchema} FROM ${sqlName(role)};`;

export const functionsSql = (roles: readonly string[], collector: string): string => `BEGIN;
CREATE SCHEMA IF NOT EXISTS ${functionSchema};
REVOKE ALL ON SCHEMA ${functionSchema} FROM PUBLIC;
GRANT USAGE ON SCHEMA ${functionSchema} TO ${sqlName(collector)};
${roles.map((role) => functionSql(role, collector)).join('\n')}
COMMIT;`;
