import { includedBy } from '../../resources/pattern.ts';
import type { Prerequisite } from '../engine.ts';
import { enter, unreadIn } from './closed-database.ts';
import {
  type FunctionsOf,
  functionPrerequisites,
  functionsOf,
  type Problem,
} from './function-check.ts';
import { type PostgresSession, scopeOf } from './opened.ts';
import { quotedName, sqlName } from './sql-names.ts';
import { askCatalog, readCatalog } from './transaction.ts';
import type { StatementsExtension } from './workload.ts';

/**
 * Whose functions are wanted and where, and whether they are there: for a statement at once, for
 * people over all databases.
 */

/**
 * Looking into a database costs a connection: what was sound is taken for sound so long. Every call
 * of a function looks at it again anyway.
 */
const soundFor_ms = 600_000;
/** The others come in the next cycles. */
const databasesPerCheck = 10;

const pairsSql = ({ schema }: StatementsExtension) => `
SELECT DISTINCT d.datname AS database, r.rolname AS role
FROM ${quotedName(schema)}.pg_stat_statements(false) s
JOIN pg_catalog.pg_database d ON d.oid = s.dbid JOIN pg_catalog.pg_roles r ON r.oid = s.userid
WHERE NOT r.rolsuper AND r.rolname <> current_user AND d.datallowconn ORDER BY 1, 2 LIMIT 1000`;

export const functionReaderStatements = { pairsSql };

/** Of the roles that exist; a Problem where the database is closed to us. */
export async function readFunctions(
  session: PostgresSession,
  database: string,
  roles: readonly string[],
): Promise<FunctionsOf | Problem> {
  const late = session.known.late.get(database);
  if (late) return { observed: late.detail ?? '', remediation: '' };
  const entered = await enter(session, database);
  if (entered.closed) {
    const { code, detail = '' } = entered.closed.refusal;
    if (code !== 'insufficient_privilege') return { observed: detail, remediation: '' };
    const { username } = session.credentials;
    const remediation = `GRANT CONNECT ON DATABASE ${sqlName(database)} TO ${sqlName(username)};`;
    const observed = `the database lets nobody in as ${username} (${entered.closed.state})`;
    return { observed, remediation };
  }
  try {
    const [found] = await askCatalog(entered.worker, [functionsOf(roles)], session.timeout_ms);
    return found;
  } catch (error) {
    return { observed: unreadIn(session, database, error).detail ?? '', remediation: '' };
  }
}

export async function functionChecks(
  session: PostgresSession,
  extension: StatementsExtension,
): Promise<Prerequisite[]> {
  const { sound } = session.known.kept;
  const found = new Map<string, FunctionsOf | Problem>();
  let looked = 0;
  for (const [database, roles] of await wantedIn(session, extension)) {
    const key = `${scopeOf(session)} ${database} ${roles.join()}`;
    const before = sound.get(key);
    if (before && session.clock.now() - before.at < soundFor_ms) found.set(database, before.found);
    else if (looked < databasesPerCheck) {
      looked += 1;
      const now = await readFunctions(session, database, roles);
      found.set(database, now);
      if (now instanceof Map && [...now.values()].every((problem) => !problem))
        sound.set(key, { found: now, at: session.clock.now() });
    }
  }
  return functionPrerequisites(found);
}

/** Roles that have statements, by database, as far as the target covers them. */
async function wantedIn(
  { control, target, timeout_ms }: PostgresSession,
  extension: StatementsExtension,
): Promise<Map<string, string[]>> {
  const included = includedBy(target.spec.databases);
  const excluded = target.spec.collection.exclude.users;
  const rows = await readCatalog(control, pairsSql(extension), [], timeout_ms);
  const pairs = rows
    .map((row) => ({ database: row['database'] ?? '', role: row['role'] ?? '' }))
    .filter(({ database, role }) => included(database) && !excluded.includes(role));
  return new Map(
    [...Map.groupBy(pairs, ({ database }) => database)].map(([database, group]) => [
      database,
      group.map(({ role }) => role),
    ]),
  );
}
