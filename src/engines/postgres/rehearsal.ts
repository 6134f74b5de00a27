import type { AppError } from '../../base/errors.ts';
import type { Prerequisite } from '../engine.ts';
import { prepareHeaviest, rehearse, rehearseEach } from '../rehearsal.ts';
import { deniedObject, sqlState } from './errors.ts';
import { readHealth } from './health.ts';
import type { PostgresSession } from './opened.ts';
import { prepare } from './prepare.ts';
import { readHolders } from './server-lock.ts';
import { takeSnapshot } from './snapshot.ts';
import { sqlName } from './sql-names.ts';
import { atLeast, oldestExtension, quoted, type StatementsExtension } from './workload.ts';

/**
 * Rights or names: a person must mend it, and until then no cycle can work. What passes by itself
 * is no prerequisite.
 */
const forPeople = new Set(['42883', '42P01', '3F000', '42703']);

/**
 * The cycle itself is the rehearsal of all but its counters, which its prerequisites read for it.
 * `role`: our own. Undefined: there are none to be read.
 */
export async function rehearseCounters(
  session: PostgresSession,
  role: string,
  all: boolean,
): Promise<Prerequisite | undefined> {
  const { known } = session;
  const { extension } = known;
  if (!extension || !atLeast(extension.version, oldestExtension)) return undefined;
  return rehearse(
    'counters',
    async () => {
      known.ahead = await takeSnapshot(session);
      return `${known.ahead.statements.length} statements`;
    },
    {
      async remedyOf(error) {
        return extension.lacks?.length ? extensionGrants(extension, role) : grantFor(error, role);
      },
      isTold: (error) =>
        all ||
        error.code === 'insufficient_privilege' ||
        forPeople.has(sqlState(error.cause) ?? ''),
    },
  );
}

/** What else a cycle reads, once the counters are there. */
export async function* rehearseOthers(
  session: PostgresSession,
  role: string,
): AsyncGenerator<Prerequisite> {
  const { control, clock, known, target, timeout_ms } = session;
  const snapshot = known.ahead;
  if (!snapshot) return;
  yield* rehearseEach(
    {
      health: async () => (await readHealth(control, [], timeout_ms, clock)).role,
      locks: async () =>
        (await readHolders(control, timeout_ms)).length ? 'taken by a collector' : 'free',
      catalogs: () =>
        prepareHeaviest(target, snapshot.statements, (statements) => prepare(session, statements)),
    },
    { remedyOf: async (error) => grantFor(error, role) },
  );
}

/** The right on what the server names. */
function grantFor(error: AppError, role: string): string {
  const denied = deniedObject(error.cause);
  const to = `TO ${sqlName(role)};  -- as superuser, in the database of spec.connection`;
  switch (denied?.kind) {
    case 'function':
      return `GRANT EXECUTE ON FUNCTION pg_catalog.${sqlName(denied.name)} ${to}`;
    case 'table':
    case 'view':
      return `GRANT SELECT ON pg_catalog.${sqlName(denied.name)} ${to}`;
    case 'schema':
      return `GRANT USAGE ON SCHEMA ${sqlName(denied.name)} ${to}`;
    default:
      return 'run the SQL of `dbintel prerequisites --print-sql`';
  }
}

function extensionGrants({ schema, lacks = [] }: StatementsExtension, role: string): string {
  const [place, to] = [quoted(schema), `TO ${sqlName(role)};`];
  const missing = [
    lacks.includes('usage') && `GRANT USAGE ON SCHEMA ${place} ${to}`,
    lacks.includes('execute') &&
      `GRANT EXECUTE ON FUNCTION ${place}.pg_stat_statements(boolean), ` +
        `${place}.pg_stat_statements_info() ${to}`,
  ].filter(Boolean);
  return `${missing.join(' ')}  -- as superuser, in the database of spec.connection`;
}
