import type { Clock } from '../../base/clock.ts';
import type { HealthSample } from '../../model/health-sample.ts';
import { countIn } from '../row.ts';
import type { Connection } from './connection.ts';
import { readReplicaLag } from './replica.ts';

export interface FamilyHealth {
  sample: HealthSample;
  /** Milliseconds since the epoch at which the server began to count, by its own clock. */
  countedSince: number;
}

/**
 * `sql` gives one row: standby, max_connections, connected, running, row_waits, other_waits,
 * counted_since. The question itself is not an active session.
 */
export const readHealth =
  (sql: string, lag: { sql: string; column: string }) =>
  async (control: Connection, timeout_ms: number, clock: Clock): Promise<FamilyHealth> => {
    const started = clock.monotonic();
    const [row] = await control.query(sql, timeout_ms);
    const took_ms = clock.monotonic() - started;
    const behind_ms = await readReplicaLag(control, lag, timeout_ms);
    const sample: HealthSample = {
      role: row?.['standby'] === '1' ? 'standby' : 'primary',
      ...(behind_ms === undefined ? {} : { replicationLag_ms: behind_ms }),
      connectionsUsed: countIn(row, 'connected') / Math.max(1, countIn(row, 'max_connections')),
      activeSessions: Math.max(0, countIn(row, 'running') - 1),
      lockWaiters: countIn(row, 'row_waits') + countIn(row, 'other_waits'),
      took_ms,
    };
    return { sample, countedSince: countIn(row, 'counted_since') };
  };
