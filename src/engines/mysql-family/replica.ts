import { AppError } from '../../base/errors.ts';
import { countIn } from '../row.ts';
import type { Connection } from './connection.ts';

/**
 * Milliseconds that a replica is behind, of several sources behind the one that is furthest;
 * undefined for a server that is none, or where the account may not ask (then there is no brake,
 * and a prerequisite says so).
 */
export async function readReplicaLag(
  control: Connection,
  { sql, column }: { sql: string; column: string },
  timeout_ms: number,
): Promise<number | undefined> {
  try {
    const lags = (await control.query(sql, timeout_ms)).flatMap((row) => {
      const named = [column, 'Seconds_Behind_Master'].find((name) => row[name] != null);
      return named === undefined ? [] : [countIn(row, named)];
    });
    return lags.length > 0 ? Math.max(...lags) * 1_000 : undefined;
  } catch (error) {
    if (error instanceof AppError && error.code === 'insufficient_privilege') return undefined;
    throw error;
  }
}
