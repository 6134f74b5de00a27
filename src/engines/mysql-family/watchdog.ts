import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import { type Connection, clientGrace_ms } from './connection.ts';

/**
 * Watches one statement from the control connection. The servers' own limits do not hold for EXPLAIN of a write, for metadata locks, and inside procedures, so every EXPLAIN is
 * watched: kill the statement, then the connection, then cut the socket. Killing threads of one's own account needs no privilege.
 *
 *   0 ───── timeout ── +150 KILL QUERY ── +650 KILL ── +1650 cut
 */
const killAfter_ms = 150;
const killConnectionAfter_ms = 650;
const cutAfter_ms = killConnectionAfter_ms + clientGrace_ms;

/** How a thread's statement is ended. In a procedure it runs as the procedure's definer, whom another procedure must end. */
export interface Killer {
  statement(thread: number): string;
  connection(thread: number): string;
}

export const directKiller: Killer = {
  statement: (thread) => `KILL QUERY ${thread}`,
  connection: (thread) => `KILL ${thread}`,
};

export interface Watched {
  control: Connection;
  worker: Connection;
  killer: Killer;
  timeout_ms: number;
  clock: Clock;
  signal: AbortSignal;
}

/**
 * Settles as `work` does; if that does not happen in time, or `signal` aborts, the statement is ended on the server. After that the worker is cut: a kill that
 * came late must not meet the next statement.
 */
export async function underWatch<T>(work: Promise<T>, { control, worker, killer, timeout_ms, clock, signal }: Watched): Promise<T> {
  const tell = (sql: string) => {
    if (!control.usable) return worker.destroy();
    control.query(sql, 1_000).catch(() => undefined); // gone already; if not, the next step comes
  };
  let ended = false;
  const end = (how: () => void) => () => {
    ended = true;
    how();
  };
  const cancels = [
    clock.after(
      timeout_ms + killAfter_ms,
      end(() => tell(killer.statement(worker.id))),
    ),
    clock.after(
      timeout_ms + killConnectionAfter_ms,
      end(() => tell(killer.connection(worker.id))),
    ),
    clock.after(
      timeout_ms + cutAfter_ms,
      end(() => worker.destroy()),
    ),
  ];
  const stop = () => {
    tell(killer.statement(worker.id));
    cancels.push(clock.after(clientGrace_ms / 2, () => tell(killer.connection(worker.id))));
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
    if (ended) worker.destroy();
  }
}
