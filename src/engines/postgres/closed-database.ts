import { AppError } from '../../base/errors.ts';
import type { Connection } from './connection.ts';
import { sqlState } from './errors.ts';

/**
 * A database that our role may not enter, or that is gone, is a reason for its own statements, and
 * no failure of the cycle.
 */

/** No CONNECT, no line in pg_hba.conf, database dropped, or closed to connections. */
const closedDatabase = new Set(['42501', '28000', '28P01', '3D000', '55000']);

export type Entered = { worker: Connection; closed?: never } | { worker?: never; closed: string };

/** A worker in that database, or the SQLSTATE with which it lets nobody in. */
export async function enter(
  { workerFor }: { workerFor(database: string): Promise<Connection> },
  database: string,
): Promise<Entered> {
  try {
    return { worker: await workerFor(database) };
  } catch (error) {
    const state = error instanceof AppError ? sqlState(error.cause) : undefined;
    if (state === undefined || !closedDatabase.has(state)) throw error;
    return { closed: state };
  }
}
