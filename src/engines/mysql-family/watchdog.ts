import type { Clock } from '../../base/clock.ts';
import { underWatch } from '../watchdog.ts';
import { type Connection, clientGrace_ms } from './connection.ts';

/**
 * Watches one statement from the control connection. The servers' own limits do not hold for EXPLAIN of a write, for metadata locks, and inside procedures, so every EXPLAIN is
 * watched: kill the statement, then the connection, then cut the socket. Killing threads of one's own account needs no privilege.
 *
 *   0 ───── timeout ── +150 KILL QUERY ── +650 KILL ── +1650 cut
 */
const killAfter_ms = 150;
const killConnectionAfter_ms = 650;
const tellDeadline_ms = 1_000;

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

/** A statement that is killed takes its connection along: a kill that comes late must not meet the next one. */
export async function watchStatement<T>(work: Promise<T>, { control, worker, killer, timeout_ms, clock, signal }: Watched): Promise<T> {
  let killed = false;
  const cut = () => worker.destroy();
  const tell = (sql: string) => () => {
    killed = true;
    if (control.usable)
      control.query(sql, tellDeadline_ms).catch(() => undefined); // gone already; if not, the next step comes
    else cut();
  };
  const [kill, killConnection] = [tell(killer.statement(worker.id)), tell(killer.connection(worker.id))];
  const watched = underWatch(work, {
    timeout_ms,
    late: [
      [killAfter_ms, kill],
      [killConnectionAfter_ms, killConnection],
      [killConnectionAfter_ms + clientGrace_ms, cut],
    ],
    stopped: [
      [0, kill],
      [clientGrace_ms / 2, killConnection],
      [clientGrace_ms, cut],
    ],
    watching: () => control.usable,
    clock,
    signal,
  });
  return watched.finally(() => killed && cut());
}
