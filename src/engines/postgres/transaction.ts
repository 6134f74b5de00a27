import { AppError } from '../../base/errors.ts';
import type { Watch } from '../connection.ts';
import type { Row } from '../row.ts';
import { nonsense } from '../wire/framing.ts';
import type { Connection, Statement } from './connection.ts';
import { quotedName, sqlLiteral } from './sql-names.ts';

/**
 * The limits under which every statement of ours runs. All by SET LOCAL's function, so that nothing
 * outlives the transaction.
 */
export interface StatementLimits {
  timeout_ms: number;
  lockTimeout_ms: number;
  searchPath?: readonly string[];
  planCacheMode?: 'force_generic_plan';
  /** Others: of the planner, as the role has them whose statement it is; of what catalogs print. */
  planner?: Readonly<Record<string, string>>;
  /**
   * How long an answer is waited for beyond that which the server was told; where it cannot be
   * interrupted.
   */
  patience_ms?: number;
}

/**
 * One message: BEGIN READ ONLY and the limits. Constants in a SELECT are normalised by
 * pg_stat_statements; SET statements are not.
 */
export function beginSql({
  timeout_ms,
  lockTimeout_ms,
  searchPath = ['pg_catalog'],
  planCacheMode,
  planner = {},
}: StatementLimits): string {
  const settings: [string, string][] = [
    ['statement_timeout', String(Math.ceil(timeout_ms))],
    ['lock_timeout', String(Math.ceil(lockTimeout_ms))],
    ['idle_in_transaction_session_timeout', String(Math.ceil(timeout_ms) + 2_000)],
    ['client_connection_check_interval', '500'],
    ['tcp_user_timeout', '2000'],
    ['search_path', searchPath.map(quotedName).join(', ')],
    ...Object.entries(planner),
    ...(planCacheMode ? ([['plan_cache_mode', planCacheMode]] as [string, string][]) : []),
  ];
  const calls = settings.map(
    ([name, value]) => `pg_catalog.set_config(${sqlLiteral(name)}, ${sqlLiteral(value)}, true)`,
  );
  return `BEGIN READ ONLY; SELECT pg_catalog.concat(${calls.join(', ')}) /* dbintel */`;
}

/**
 * Some statements in a read-only transaction that is always rolled back, in one round trip; then
 * `after`, which the transaction does not undo. If the limits cannot be set, the server refuses the
 * statements.
 */
export const runTogether = (
  connection: Connection,
  limits: StatementLimits,
  statements: readonly Statement[],
  { after = [], watch }: { after?: readonly string[]; watch?: Watch } = {},
): Promise<Row[][]> =>
  connection.enclosed({
    before: beginSql(limits),
    statements,
    after: ['ROLLBACK', ...after],
    timeout_ms: limits.timeout_ms + (limits.patience_ms ?? 0),
    watch,
  });

/** A catalog query of ours, and what its rows mean. */
export interface Question<T> extends Required<Statement> {
  read(rows: Row[]): T;
}

/**
 * Our catalog queries are costed high and run short: compiling them takes ten times as long as they
 * do.
 */
const catalogLimits = (timeout_ms: number, printing?: typeof readElsewhere): StatementLimits => ({
  timeout_ms,
  lockTimeout_ms: 100,
  planner: { jit: 'off', ...printing },
});

/**
 * For what is printed to be read elsewhere, such as bounds of partitions and predicates of indexes:
 * dates mean the same there, whatever the database's owner has set here.
 */
export const readElsewhere = { DateStyle: 'ISO, MDY', IntervalStyle: 'postgres' };

/** Several catalog queries, asked at once. */
export async function askCatalog<const T extends readonly unknown[]>(
  connection: Connection,
  questions: { [I in keyof T]: Question<T[I]> },
  timeout_ms: number,
  printing?: typeof readElsewhere,
): Promise<T> {
  const asked = questions as readonly Question<unknown>[];
  const answers = await runTogether(connection, catalogLimits(timeout_ms, printing), asked);
  try {
    return asked.map(({ read }, i) => read(answers[i] as Row[])) as unknown as T;
  } catch (error) {
    throw error instanceof AppError
      ? error
      : nonsense('a catalog holds what it cannot hold', error);
  }
}

/** One catalog query of ours. */
export async function readCatalog(
  connection: Connection,
  sql: string,
  values: readonly unknown[],
  timeout_ms: number,
  patience_ms = 0,
): Promise<Row[]> {
  const [rows] = await runTogether(connection, { ...catalogLimits(timeout_ms), patience_ms }, [
    { sql, values },
  ]);
  return rows as Row[];
}
