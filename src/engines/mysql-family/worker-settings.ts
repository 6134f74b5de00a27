import { quote } from '../../dialects/mysql-family/sql.ts';
import { plannedMode } from './session-mode.ts';
import { sqlText } from './sql-text.ts';
import type { Server, Variant, Via } from './variant.ts';

/**
 * What the worker's session is set to: one connection serves every database, and each statement
 * wants its own limit and the mode under which its text means what it meant. Only what differs is
 * sent.
 */
export interface WorkerSettings {
  /** The database that is used; '' for none. */
  schema: string;
  timeout_ms: number;
  sqlMode: string;
}

/** Of a connection that has its limits and nothing else. */
export const freshSettings = ({ sqlMode }: Pick<Server, 'sqlMode'>): WorkerSettings => ({
  schema: '',
  timeout_ms: 0,
  sqlMode: plannedMode(sqlMode, {}),
});

export interface Change {
  sql: string;
  /** What is so when it went through. */
  settings: WorkerSettings;
}

/** In order. A procedure has its own database, so none is used for it. */
export function changesTo(
  wanted: WorkerSettings,
  now: WorkerSettings,
  { via, timeoutSql }: { via: Via; timeoutSql: Variant['timeoutSql'] },
): Change[] {
  const changes: Change[] = [];
  let settings = now;
  const change = (sql: string, changed: Partial<WorkerSettings>) => {
    settings = { ...settings, ...changed };
    changes.push({ sql, settings });
  };
  const { schema, timeout_ms, sqlMode } = wanted;
  if (schema !== now.schema && schema !== '' && via === 'direct')
    change(`USE ${quote(schema)}`, { schema });
  if (timeout_ms !== now.timeout_ms) change(timeoutSql(timeout_ms), { timeout_ms });
  if (sqlMode !== now.sqlMode) change(`SET SESSION sql_mode = ${sqlText(sqlMode)}`, { sqlMode });
  return changes;
}
