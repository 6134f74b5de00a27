import type { Clock } from '../../base/clock.ts';
import { underWatch } from '../watchdog.ts';
import { type Connection, clientGrace_ms } from './connection.ts';
import { readCatalog } from './transaction.ts';

/**
 * Watches one statement from the control connection. The server's own timeout comes first; a
 * function can swallow it, and the client's end of a dead connection hears nothing, so: cancel,
 * then terminate, then cut the socket.
 *
 *   0 ───── timeout ── +250 cancel ── +750 terminate ── +1750 cut
 */
const cancelAfter_ms = 250;
const terminateAfter_ms = 750;

const cancelSql = 'SELECT pg_catalog.pg_cancel_backend($1::int4)';
const terminateSql = 'SELECT pg_catalog.pg_terminate_backend($1::int4)';

export interface Watched {
  control: Connection;
  worker: Connection;
  timeout_ms: number;
  clock: Clock;
  signal: AbortSignal;
}

export function watchStatement<T>(
  work: Promise<T>,
  { control, worker, timeout_ms, clock, signal }: Watched,
): Promise<T> {
  const cut = () => worker.destroy();
  const tell = (sql: string) => () => {
    if (control.usable) readCatalog(control, sql, [worker.pid], timeout_ms).catch(cut);
    else cut();
  };
  const [cancel, terminate] = [tell(cancelSql), tell(terminateSql)];
  return underWatch(work, {
    timeout_ms,
    late: [
      [cancelAfter_ms, cancel],
      [terminateAfter_ms, terminate],
      [terminateAfter_ms + clientGrace_ms, cut],
    ],
    stopped: [
      [0, terminate],
      [clientGrace_ms, cut],
    ],
    watching: () => control.usable,
    clock,
    signal,
  });
}
