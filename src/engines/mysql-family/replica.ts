import { AppError } from '../../base/errors.ts';
import { countIn } from '../row.ts';
import type { Connection } from './connection.ts';

/**
 * Milliseconds that a replica is behind; undefined for a server that is none, or where the account
 * may not ask (then there is no brake, and a prerequisite says so).
 */
export async function readReplicaLag(
  control: Connection,
  sql: string,
  column: string,
  timeout_ms: number,
): Promise<number | undefined> {
  try {
    const [row] = await control.query(sql, timeout_ms);
    const named = row?.[column] == null ? 'Seconds_Behind_Master' : column;
    return row?.[named] == null ? undefined : countIn(row, named) * 1_000;
  } catch (error) {
    if (error instanceof AppError && error.code === 'insufficient_privilege') return undefined;
    throw error;
  }
}
