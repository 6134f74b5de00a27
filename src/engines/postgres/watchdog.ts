import { clientGrace_ms } from '../connection.ts';
import { tell, underWatch, type Watched } from '../watchdog.ts';
import type { Connection } from './connection.ts';
import { asLoggedIn } from './sql-names.ts';
import { readCatalog } from './transaction.ts';

/**
 * Watches one statement from the control connection. The server's own timeout comes first; a
 * function can swallow it, and the client's end of a dead connection hears nothing, so: cancel,
 * then terminate, then cut the socket. A connection on which something outstayed its timeout is not
 * used any more: what was said late must not meet the next statement, nor the server go on to it
 * before the budget was asked.
 *
 *   0 ───── timeout ── +100 overdue ── +250 cancel ── +750 terminate ── +1750 cut
 */
const overdueAfter_ms = 100;
const cancelAfter_ms = 250;
const terminateAfter_ms = 750;

const cancelSql = `SELECT ${asLoggedIn('pg_catalog.pg_cancel_backend($1::int4)')}`;
const terminateSql = `SELECT ${asLoggedIn('pg_catalog.pg_terminate_backend($1::int4)')}`;

export async function watchStatement<T>(
  work: Promise<T>,
  watched: Watched<Connection>,
): Promise<T> {
  const { control, worker, timeout_ms } = watched;
  let overdue = false;
  const cut = () => worker.destroy();
  const by = (sql: string) => {
    const say = tell(watched, () => readCatalog(control, sql, [worker.pid], timeout_ms), cut);
    return () => {
      overdue = true;
      say();
    };
  };
  const [cancel, terminate] = [by(cancelSql), by(terminateSql)];
  try {
    return await underWatch(work, watched, {
      late: [
        [overdueAfter_ms, () => (overdue = true)],
        [cancelAfter_ms, cancel],
        [terminateAfter_ms, terminate],
        [terminateAfter_ms + clientGrace_ms, cut],
      ],
      stopped: [
        [0, terminate],
        [clientGrace_ms, cut],
      ],
    });
  } finally {
    if (overdue && worker.usable) {
      terminate();
      cut();
    }
  }
}
