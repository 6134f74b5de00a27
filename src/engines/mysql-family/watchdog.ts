import { AppError } from '../../base/errors.ts';
import { clientGrace_ms } from '../connection.ts';
import { LostAtWork, tell, underWatch, type Watched } from '../watchdog.ts';
import type { Connection } from './connection.ts';

/**
 * Watches one statement from the control connection. The servers' own limits do not hold for
 * EXPLAIN of a write, for metadata locks, and inside procedures, so every EXPLAIN is watched: kill
 * the statement, then the connection, then cut the socket. Killing threads of one's own account
 * needs no privilege.
 *
 *   0 ───── timeout ── +150 KILL QUERY ── +650 KILL ── +1650 cut
 */
const killAfter_ms = 150;
const killConnectionAfter_ms = 650;
const tellDeadline_ms = 1_000;
/** A planned write that waits for a lock by then is ended: others wait behind it. */
const givesWayAfter_ms = 100;

/**
 * How a thread's statement is ended. In a procedure it runs as the procedure's definer, whom
 * another procedure must end.
 */
export interface Killer {
  statement(thread: number): string;
  connection(thread: number): string;
}

export const directKiller: Killer = {
  statement: (thread) => `KILL QUERY ${thread}`,
  connection: (thread) => `KILL ${thread}`,
};

const stateSql = (thread: number) =>
  `SELECT STATE AS state FROM information_schema.PROCESSLIST WHERE ID = ${thread}`;
const waitsForLock = /^Waiting for (?:table flush$|.*\block\b)/i;

/**
 * A statement that is killed takes its connection along: a kill that comes late must not meet the
 * next one. What waited for a lock when its time was up throws `lock_timeout`: more time would only
 * have meant to wait for longer.
 */
export async function watchStatement<T>(
  work: Promise<T>,
  watched: Watched<Connection>,
  { killer, write }: { killer: Killer; write: boolean },
): Promise<T> {
  const { control, worker, timeout_ms } = watched;
  let ended = false;
  let waited = false;
  let settled = false;
  const lookAnd = (ifWaiting: () => void) => () => {
    if (control.usable)
      control.query(stateSql(worker.id), tellDeadline_ms).then(
        ([row]) => {
          if (settled) return;
          waited = waitsForLock.test(row?.['state'] ?? '');
          if (waited) ifWaiting();
        },
        () => undefined, // then it is a timeout like any other
      );
  };
  const cut = () => worker.destroy();
  const by = (sql: string) => {
    // gone already; if not, the next step comes
    const kill = tell(
      watched,
      () => control.query(sql, tellDeadline_ms),
      () => undefined,
    );
    return () => {
      ended = true;
      kill();
    };
  };
  const giveWay_ms = Math.min(givesWayAfter_ms, timeout_ms / 2);
  const kill = by(killer.statement(worker.id));
  const killConnection = by(killer.connection(worker.id));
  try {
    return await underWatch(work, watched, {
      late: [
        ...(write ? ([[giveWay_ms - timeout_ms, lookAnd(kill)]] as const) : []),
        [-timeout_ms / 4, lookAnd(() => undefined)], // before the server's own limit ends it
        [killAfter_ms, kill],
        [killConnectionAfter_ms, killConnection],
        [killConnectionAfter_ms + clientGrace_ms, cut],
      ],
      stopped: [
        [0, kill],
        [clientGrace_ms / 2, killConnection],
        [clientGrace_ms, cut],
      ],
    });
  } catch (error) {
    if (waited && error instanceof AppError && error.code === 'statement_timeout')
      throw new AppError('lock_timeout', 'it waited for a lock on one of its tables', {
        cause: error,
      });
    throw error instanceof LostAtWork && (await answers(control)) ? killed(error) : error;
  } finally {
    settled = true;
    if (ended) cut();
  }
}

/**
 * `KILL` says nothing to the connection that it ends. A server that crashes takes all of them
 * along: it is one process.
 */
const answers = (control: Connection): Promise<boolean> =>
  control.query('SELECT 1', tellDeadline_ms).then(
    () => true,
    () => false,
  );

const killed = ({ code, cause }: AppError) =>
  new LostAtWork(
    new AppError(code, 'the connection was killed, or cut, while the server went on', { cause }),
    true,
  );
