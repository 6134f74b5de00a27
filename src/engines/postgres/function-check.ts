import type { Prerequisite } from '../engine.ts';
import type { Row } from '../row.ts';
import {
  functionArguments,
  functionAttributes,
  functionConfig,
  functionHashes,
  functionName,
  functionSchema,
  functionSignature,
  functionVersion,
} from './explain-function.ts';
import { sqlLiteral, sqlName } from './sql-names.ts';
import type { Question } from './transaction.ts';

/**
 * Is a role's function there, and is it ours to the letter? Each property on its own, for people;
 * all of them in one condition, which stands around every call: a function that was altered since
 * it was looked at is not called either. All names and operators are qualified, since a call before
 * may have set the path.
 */
const equal = 'OPERATOR(pg_catalog.=)';
const unequal = 'OPERATOR(pg_catalog.<>)';
const me = `(SELECT m.oid FROM pg_catalog.pg_roles m WHERE m.rolname ${equal} CURRENT_USER)`;

/** Grantees of `acl` that hold `right` and are neither the owner nor us. */
const strangers = (acl: string, owner: string, right: string) =>
  `(SELECT pg_catalog.string_agg(DISTINCT CASE WHEN a.grantee ${equal} 0::pg_catalog.oid
    THEN 'PUBLIC'
    ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)::pg_catalog.text) END, ', ')
     FROM pg_catalog.aclexplode(${acl}) a WHERE ${right} AND a.grantee ${unequal} ${owner}
       AND a.grantee ${unequal} ${me})`;

/** p: the function, n: its schema, o: its owner, s: the schema's owner. */
const properties = {
  schemaOwner: `(s.rolsuper OR s.rolname ${equal} 'rdsadmin' OR s.rolname ${equal} 'cloudsqladmin'
    OR s.rolname ${equal} 'azuresu' OR EXISTS (SELECT FROM pg_catalog.pg_roles a WHERE
    (a.rolname ${equal} 'rds_superuser' OR a.rolname ${equal} 'cloudsqlsuperuser'
      OR a.rolname ${equal} 'azure_pg_admin') AND pg_catalog.pg_has_role(s.oid, a.oid, 'MEMBER')))`,
  schemaClosed: `(${strangers(
    `coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))`,
    'n.nspowner',
    'true',
  )} IS NULL)`,
  ordinary: `(NOT o.rolsuper AND o.oid ${unequal} ${me})`,
  owner: `(o.rolname ${equal} p.proname)`,
  body: `(pg_catalog.encode(pg_catalog.sha256(pg_catalog.textsend(p.prosrc)),
    'hex') ${equal} ANY ('{${functionHashes}}'::pg_catalog.text[])
    AND (SELECT l.lanname FROM pg_catalog.pg_language l WHERE l.oid ${equal} p.prolang) ${equal}
      'plpgsql' AND p.prorettype ${equal} 'pg_catalog.text'::pg_catalog.regtype
        AND NOT p.proretset)`,
  attributes: `(p.prosecdef AND p.provolatile ${equal} 'v'
    AND pg_catalog.array_to_string(p.proconfig, E'\\n') ${equal} '${functionConfig}')`,
  closed: `(${strangers(
    `coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))`,
    'p.proowner',
    'true',
  )} IS NULL)`,
};

const from = `FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid ${equal} p.pronamespace
JOIN pg_catalog.pg_roles o ON o.oid ${equal} p.proowner
JOIN pg_catalog.pg_roles s ON s.oid ${equal} n.nspowner
WHERE n.nspname ${equal} '${functionSchema}' AND pg_catalog.oidvectortypes(p.proargtypes) ${equal}
  '${functionArguments}'`;

/**
 * $1 the statement, $2 its search path, $3 how many parameters, $4 with costs, $5 describe. One
 * row: its answer, or nothing where the function is not as it should be.
 */
export const callSql = (role: string): string =>
  `SELECT CASE WHEN EXISTS (SELECT ${from}
    AND p.proname ${equal} ${sqlLiteral(role)}::pg_catalog.name
      AND ${Object.values(properties).join(' AND ')})
  THEN ${functionName(role)}($1::pg_catalog.text, $2::pg_catalog.text, $3::pg_catalog.int4,
    $4::pg_catalog.bool, $5::pg_catalog.bool) END AS answer`;

const functionsSql = `
SELECT r.rolname AS role, r.rolsuper AS super, f.*, pg_catalog.current_database() AS database,
  CURRENT_USER AS collector,
  coalesce(pg_catalog.has_schema_privilege(f.schema, 'USAGE'), false) AS usable,
  coalesce(pg_catalog.has_function_privilege(f.oid, 'EXECUTE'), false) AS callable
FROM pg_catalog.pg_roles r LEFT JOIN LATERAL (
  SELECT p.oid, n.oid AS schema, ${Object.entries(properties)
    .map(([name, sql]) => `${sql} AS "${name}"`)
    .join(',\n  ')},
  ${strangers(`coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))`, 'n.nspowner', 'true')}
    AS schema_strangers,
  ${strangers(`coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))`, 'p.proowner', 'true')}
    AS strangers
  ${from} AND p.proname = r.rolname) f ON true
WHERE r.rolname = ANY ($1::text[])`;

export const functionStatements = { functionsSql, call: callSql('<role>') };

export interface Problem {
  /** What was found, in a clause. */
  observed: string;
  remediation: string;
}

/** By role: undefined where its function is as it should be. */
export type FunctionsOf = Map<string, Problem | undefined>;

export const functionsOf = (roles: readonly string[]): Question<FunctionsOf> => ({
  sql: functionsSql,
  values: [roles],
  read: (rows) => new Map(rows.map((row) => [row['role'] ?? '', problemOf(row)])),
});

/**
 * What is wrong first, and the SQL that mends it, to be run in that database; then the next shows,
 * if there is one.
 */
export function problemOf(row: Row): Problem | undefined {
  const role = row['role'] ?? '';
  const [collector, signature] = [sqlName(row['collector'] ?? ''), functionSignature(role)];
  const is = (name: string) => row[name] === 't';
  const [roles, by, database] = [role, row['collector'] ?? '', row['database'] ?? ''].map(
    shellWord,
  );
  const create =
    'run step 4 of `dbintel prerequisites --print-sql --via function ' +
    `--roles ${roles} --role ${by} --database ${database}\``;
  if (row['oid'] == null)
    return is('super')
      ? {
          observed: 'it is superuser: nothing is planned with such rights',
          remediation: 'run the application as an ordinary role',
        }
      : { observed: `${functionName(role)} is not there`, remediation: create };
  if (!is('schemaOwner'))
    return {
      observed: `the schema ${functionSchema} is not a superuser’s`,
      remediation: `ALTER SCHEMA ${functionSchema} OWNER TO CURRENT_USER;  -- as superuser`,
    };
  if (!is('schemaClosed'))
    return {
      observed: `the schema ${functionSchema} is open to ${row['schema_strangers']}`,
      remediation: `REVOKE ALL ON SCHEMA ${functionSchema} FROM ${row['schema_strangers']};`,
    };
  if (is('super') || (is('owner') && !is('ordinary')))
    return {
      observed: 'it is superuser: nothing is planned with such rights',
      remediation: `DROP FUNCTION ${signature};`,
    };
  if (!is('body'))
    return {
      observed: `${functionName(role)} is not the one of version ${functionVersion}`,
      remediation: create,
    };
  if (!is('owner'))
    return {
      observed: `${functionName(role)} is owned by another role`,
      remediation: `ALTER FUNCTION ${signature} OWNER TO ${sqlName(role)};`,
    };
  if (!is('attributes'))
    return {
      observed: `${functionName(role)} was altered`,
      remediation: `ALTER FUNCTION ${signature} ${functionAttributes};`,
    };
  if (!is('closed'))
    return {
      observed: `${functionName(role)} may be executed by ${row['strangers']}`,
      remediation: `REVOKE ALL ON FUNCTION ${signature} FROM ${row['strangers']};`,
    };
  if (!is('usable'))
    return {
      observed: `no USAGE on schema ${functionSchema}`,
      remediation: `GRANT USAGE ON SCHEMA ${functionSchema} TO ${collector};`,
    };
  if (!is('callable'))
    return {
      observed: `no EXECUTE on ${functionName(role)}`,
      remediation: `GRANT EXECUTE ON FUNCTION ${signature} TO ${collector};`,
    };
  return undefined;
}

const shellWord = (word: string): string =>
  /^[\w.-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** One for each database whose roles all have theirs, and one for each role that has not. */
export function functionPrerequisites(
  found: ReadonlyMap<string, FunctionsOf | Problem>,
): Prerequisite[] {
  const anySound = [...found.values()].some(
    (roles) => roles instanceof Map && [...roles.values()].includes(undefined),
  );
  const verdict = anySound ? 'warning' : 'failed';
  if (found.size === 0)
    return [{ name: 'functions', verdict: 'ok', observed: 'no role has statements yet' }];
  return [...found].flatMap(([database, roles]): Prerequisite[] => {
    if (!(roles instanceof Map)) return [{ name: `functions in ${database}`, verdict, ...roles }];
    const problems = [...roles].flatMap(([role, problem]) =>
      problem ? [{ role, ...problem }] : [],
    );
    const sound = [...roles].filter(([, problem]) => !problem).map(([role]) => role);
    return [
      ...problems.map(
        ({ role, observed, remediation }): Prerequisite => ({
          name: `function of ${role} in ${database}`,
          verdict,
          observed,
          remediation,
        }),
      ),
      ...(sound.length
        ? [
            {
              name: `functions in ${database}`,
              verdict: 'ok' as const,
              observed: `of ${sound.toSorted().join(', ')}`,
            },
          ]
        : []),
    ];
  });
}
