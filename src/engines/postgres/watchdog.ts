import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import { type Connection, clientGrace_ms } from './connection.ts';
import { readCatalog } from './transaction.ts';

/**
 * Watches one statement from the control connection. The server's own timeout comes first; a function can swallow it, and the client's
 * end of a dead connection hears nothing, so: cancel, then terminate, then cut the socket.
 *
 *   0 ───── timeout ── +250 cancel ── +750 terminate ── +1750 cut
 */
const cancelAfter_ms = 250;
const terminateAfter_ms = 750;
const cutAfter_ms = terminateAfter_ms + clientGrace_ms;

const cancelSql = 'SELECT pg_catalog.pg_cancel_backend($1::int4)';
const terminateSql = 'SELECT pg_catalog.pg_terminate_backend($1::int4)';

export interface Watched {
  control: Connection;
  worker: Connection;
  timeout_ms: number;
  clock: Clock;
  signal: AbortSignal;
}

/** Settles as `work` does; if that does not happen in time, or `signal` aborts, the statement is ended on the server. */
export async function underWatch<T>(work: Promise<T>, { control, worker, timeout_ms, clock, signal }: Watched): Promise<T> {
  const tell = (sql: string) => {
    if (!control.usable) return worker.destroy();
    readCatalog(control, sql, [worker.pid], timeout_ms).catch(() => worker.destroy());
  };
  let ended = false;
  const end = (how: () => void) => () => {
    ended = true;
    how();
  };
  const cancels = [
    clock.after(
      timeout_ms + cancelAfter_ms,
      end(() => tell(cancelSql)),
    ),
    clock.after(
      timeout_ms + terminateAfter_ms,
      end(() => tell(terminateSql)),
    ),
    clock.after(
      timeout_ms + cutAfter_ms,
      end(() => worker.destroy()),
    ),
  ];
  const stop = () => {
    tell(terminateSql);
    cancels.push(clock.after(clientGrace_ms, () => worker.destroy()));
  };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await work;
  } catch (error) {
    if (signal.aborted) throw new AppError('emergency_stop', 'stopped while the statement ran', { cause: error });
    // Its connection may be gone with it: that was us, and it says something about the statement, not about the server.
    if (ended && control.usable) throw new AppError('statement_timeout', 'ended by the watchdog', { cause: error });
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    for (const cancel of cancels) cancel();
  }
}
