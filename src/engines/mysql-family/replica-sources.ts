import { numberOr } from '../row.ts';
import type { Connection } from './connection.ts';

/**
 * From how many servers this one takes its data, be it stopped at the moment: such a server is a
 * replica, writable or not. A member of a group counts. SELECT on performance_schema is enough.
 */
export const sourcesSql = `
SELECT IF(@@GLOBAL.performance_schema,
  (SELECT COUNT(*) FROM performance_schema.replication_connection_configuration), NULL) AS sources`;

/** Undefined: it is not seen. Throws AppError: insufficient_privilege. */
export async function readSources(
  control: Pick<Connection, 'query'>,
  timeout_ms: number,
): Promise<number | undefined> {
  const [row] = await control.query(sourcesSql, timeout_ms);
  return numberOr(row, 'sources', undefined);
}
