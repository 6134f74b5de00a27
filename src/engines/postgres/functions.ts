import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import { includedBy, type Patterns } from '../../resources/pattern.ts';
import type { Prerequisite } from '../engine.ts';
import type { Connection } from './connection.ts';
import { sqlState } from './errors.ts';
import {
  type FunctionsOf,
  functionPrerequisites,
  functionsOf,
  type Problem,
} from './function-check.ts';
import { quotedName, sqlName } from './sql-names.ts';
import { askCatalog, readCatalog } from './transaction.ts';
import type { StatementsExtension } from './workload.ts';

/**
 * Whose functions are wanted and where, and whether they are there: for a statement at once, for
 * people over all databases.
 */
export interface FunctionReader {
  /** Of the roles that exist; a Problem where the database is closed to us. */
  read(database: string, roles: readonly string[]): Promise<FunctionsOf | Problem>;
  prerequisites(extension: StatementsExtension): Promise<Prerequisite[]>;
}

export interface FunctionReaderDeps {
  control: Connection;
  /** The collector's role and what the target covers. */
  collector: string;
  databases: Patterns;
  excludedUsers: readonly string[];
  workerFor(database: string): Promise<Connection>;
  /** When all functions of these roles were last found sound, by database; outlives the session. */
  sound: SoundFunctions;
  scope: string;
  clock: Clock;
  timeout_ms: number;
}

export interface SoundFunctions {
  get(key: string): { found: FunctionsOf; at: number } | undefined;
  set(key: string, entry: { found: FunctionsOf; at: number }): void;
}

/** No CONNECT, no line in pg_hba.conf, database dropped, or closed to connections. */
export const closedDatabase = new Set(['42501', '28000', '28P01', '3D000', '55000']);

/**
 * Looking into a database costs a connection: what was sound is taken for sound so long. Every call
 * of a function looks at it again anyway.
 */
const soundFor_ms = 600_000;
/** The others come in the next cycles. */
const databasesPerCheck = 10;

const pairsSql = ({ schema }: StatementsExtension) => `
SELECT DISTINCT d.datname AS database, r.rolname AS role FROM ${quotedName(schema)}.pg_stat_statements(false) s
JOIN pg_catalog.pg_database d ON d.oid = s.dbid JOIN pg_catalog.pg_roles r ON r.oid = s.userid
WHERE NOT r.rolsuper AND r.rolname <> current_user AND d.datallowconn ORDER BY 1, 2 LIMIT 1000`;

export const functionReaderStatements = { pairsSql };

export function createFunctionReader(deps: FunctionReaderDeps): FunctionReader {
  const { control, workerFor, clock, timeout_ms } = deps;
  const included = includedBy(deps.databases);

  async function read(database: string, roles: readonly string[]): Promise<FunctionsOf | Problem> {
    let worker: Connection;
    try {
      worker = await workerFor(database);
    } catch (error) {
      const state = error instanceof AppError ? sqlState(error.cause) : undefined;
      if (!state || !closedDatabase.has(state)) throw error;
      const remediation = `GRANT CONNECT ON DATABASE ${sqlName(database)} TO ${sqlName(deps.collector)};`;
      return {
        observed: `the database lets nobody in as ${deps.collector} (${state})`,
        remediation,
      };
    }
    const [found] = await askCatalog(worker, [functionsOf(roles)], timeout_ms);
    return found;
  }

  return {
    read,
    async prerequisites(extension) {
      const rows = await readCatalog(control, pairsSql(extension), [], timeout_ms);
      const pairs = rows
        .map((row) => ({ database: row['database'] ?? '', role: row['role'] ?? '' }))
        .filter(({ database, role }) => included(database) && !deps.excludedUsers.includes(role));
      const found = new Map<string, FunctionsOf | Problem>();
      let looked = 0;
      for (const [database, group] of Map.groupBy(pairs, ({ database }) => database)) {
        const roles = group.map(({ role }) => role);
        const key = `${deps.scope} ${database} ${roles.join()}`;
        const before = deps.sound.get(key);
        if (before && clock.now() - before.at < soundFor_ms) found.set(database, before.found);
        else if (looked < databasesPerCheck) {
          looked += 1;
          const now = await read(database, roles);
          found.set(database, now);
          if (now instanceof Map && [...now.values()].every((problem) => !problem))
            deps.sound.set(key, { found: now, at: clock.now() });
        }
      }
      return functionPrerequisites(found);
    },
  };
}
