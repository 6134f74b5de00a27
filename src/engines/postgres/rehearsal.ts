import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import type { Snapshot } from '../../model/statistics.ts';
import { check } from '../checks.ts';
import type { Prepared, Prerequisite, StatementRef } from '../engine.ts';
import type { Row } from '../row.ts';
import type { Connection } from './connection.ts';
import { deniedObject, sqlState } from './errors.ts';
import { readHealth } from './health.ts';
import { readHolders } from './server-lock.ts';
import { sqlName } from './sql-names.ts';
import { readCatalog } from './transaction.ts';
import { quoted, type StatementsExtension } from './workload.ts';

/**
 * Reads of a cycle, done once in the way the cycle does them: what is revoked, hidden or moved
 * shows itself by name, whatever it is.
 */

/**
 * Rights or names: a person must mend it, and until then no cycle can work. What passes by itself
 * is no prerequisite.
 */
const forPeople = new Set(['42501', '42883', '42P01', '3F000', '42703']);

export interface RehearsalOptions {
  control: Connection;
  extension: StatementsExtension;
  role: string;
  /**
   * The cycle itself is the rehearsal of all but its counters, which its prerequisites read for it;
   * `all` does the rest as well.
   */
  all: boolean;
  timeout_ms: number;
  clock: Clock;
  snapshot(): Promise<Snapshot>;
  included(database: string): boolean;
  prepare(statements: readonly StatementRef[]): Promise<Prepared[]>;
}

/** Of how many statements it is looked at what planning would touch. */
const preparedStatements = 10;

export async function rehearseReads(options: RehearsalOptions): Promise<Prerequisite[]> {
  const { control, extension, role, all, timeout_ms } = options;
  let snapshot: Snapshot | undefined;
  const counters = await rehearse(
    'counters',
    async () => {
      snapshot = await options.snapshot();
      return `${snapshot.statements.length} statements`;
    },
    async (error) => {
      const [rights = {}] = await readCatalog(control, extensionRightsSql, [], timeout_ms);
      return Object.values(rights).includes('f')
        ? extensionGrants(rights, extension, role)
        : grantFor(error, role);
    },
    all,
  );
  if (!all || !snapshot) return [counters];
  const heaviest = snapshot.statements
    .filter(({ database }) => options.included(database))
    .slice(0, preparedStatements);
  const others: Record<string, () => Promise<string>> = {
    health: async () => (await readHealth(control, [], timeout_ms, options.clock)).role,
    locks: async () =>
      (await readHolders(control, timeout_ms)).length ? 'taken by a collector' : 'free',
    // Texts, running statements, and what is looked at before planning.
    catalogs: async () => {
      const ready = (await options.prepare(heaviest)).filter(
        (each) => each.kind === 'ready',
      ).length;
      return `${ready} of the ${heaviest.length} heaviest statements can be planned`;
    },
  };
  const done = [counters];
  for (const [name, read] of Object.entries(others))
    done.push(await rehearse(name, read, async (error) => grantFor(error, role), all));
  return done;
}

/** `all`: whatever fails is told. Else what passes by itself is thrown on. */
async function rehearse(
  name: string,
  read: () => Promise<string>,
  mendOf: (error: AppError) => Promise<string>,
  all: boolean,
): Promise<Prerequisite> {
  try {
    return check(name, true, 'failed', await read(), '');
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const lost = error.code === 'connection_failed' || error.code === 'emergency_stop';
    if (lost || !(all || forPeople.has(sqlState(error.cause) ?? ''))) throw error;
    return check(name, false, 'failed', error.message, await mendOf(error));
  }
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

/** Which of our role's rights on the extension are missing. Every role may ask. */
export const extensionRightsSql = `
SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS usage,
  (SELECT pg_catalog.bool_and(pg_catalog.has_function_privilege(p.oid, 'EXECUTE')) FROM pg_catalog.pg_proc p
    WHERE p.pronamespace = n.oid AND p.proname IN ('pg_stat_statements', 'pg_stat_statements_info')) AS execute,
  (SELECT pg_catalog.bool_and(pg_catalog.has_table_privilege(c.oid, 'SELECT')) FROM pg_catalog.pg_class c
    WHERE c.relnamespace = n.oid AND c.relname = 'pg_stat_statements_info') AS info
FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'`;

function extensionGrants(rights: Row, { schema }: StatementsExtension, role: string): string {
  const [place, to] = [quoted(schema), `TO ${sqlName(role)};`];
  const missing = [
    rights['usage'] === 'f' && `GRANT USAGE ON SCHEMA ${place} ${to}`,
    rights['execute'] === 'f' &&
      `GRANT EXECUTE ON FUNCTION ${place}.pg_stat_statements(boolean), ${place}.pg_stat_statements_info() ${to}`,
    rights['info'] === 'f' && `GRANT SELECT ON ${place}.pg_stat_statements_info ${to}`,
  ].filter(Boolean);
  return `${missing.join(' ')}  -- as superuser, in the database of spec.connection`;
}
