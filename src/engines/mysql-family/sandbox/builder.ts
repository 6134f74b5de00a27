import type { Code } from '../../../base/codes.ts';
import { AppError, asAppError } from '../../../base/errors.ts';
import { connectOptions } from '../../connect-options.ts';
import { type Connection, connect } from '../connection.ts';
import { serverErrno } from '../errors.ts';
import { identifyWorker } from '../identity.ts';
import type { FamilySession } from '../opened.ts';
import { ownSession } from '../own-session.ts';
import { sqlText } from '../sql-text.ts';
import { dropSql, type Placed, sandboxMark } from './statements.ts';

/** Runs DDL on a copy, one program at a time. What it makes has a mark, by which it is found. */
export interface Builder {
  /** Throws AppError: one of `refusals`, connection_failed. */
  run(sql: string): Promise<void>;
  /** All with our mark, whoever made them; those that are still there. */
  dropAll(): Promise<Left[]>;
  end(): Promise<void>;
}

export interface Left extends Placed {
  because: Code;
}

const takeSql = "SELECT GET_LOCK('dbintel-sandbox', 30) AS taken";
const lockWait_ms = 31_000;
/**
 * DDL waits for whoever has the table open there. The lock of a run whose connection was cut in
 * silence is free when the server lets go of it.
 */
const settingsSql = `SET ${[
  ...ownSession,
  'lock_wait_timeout = 5',
  'innodb_lock_wait_timeout = 5',
  'wait_timeout = 1800',
].join(', ')}`;
/** What takes longer to build is not tried. */
const build_ms = 90_000;
/** Nobody waits longer for what was built to go: the next run drops what is left. */
const dropAll_ms = 120_000;

/**
 * One at a time on a copy. Whatever its name leads to now must be the server that was looked at.
 * `signal` ends what is being built. Throws AppError: locked_by_peer, several_servers,
 * connection_failed.
 */
export async function openBuilder(session: FamilySession, signal?: AbortSignal): Promise<Builder> {
  const { known, timeout_ms } = session;
  const connection = await connectTo(session);
  try {
    await identifyWorker(connection, known.variant, known, timeout_ms);
    await connection.query(settingsSql);
    const [row] = await connection.query(takeSql, lockWait_ms);
    if (row?.['taken'] !== '1') throw new AppError('locked_by_peer', 'another run has the copy');
    return builderOn(connection, session, signal);
  } catch (error) {
    await connection.end();
    throw error;
  }
}

/** A stop ends what it does, not the connection: that is what has to clean up. */
function connectTo(session: FamilySession): Promise<Connection> {
  const { signal } = new AbortController();
  return connect(connectOptions({ ...session, signal }, '', 'dbintel-sandbox'));
}

function builderOn(
  connection: Connection,
  session: FamilySession,
  signal: AbortSignal | undefined,
): Builder {
  const { clock } = session;
  const run = (sql: string) => runWatched(connection, session, signal, sql);
  return {
    run,
    async dropAll() {
      const began = clock.monotonic();
      const left: Left[] = [];
      const held = new Set<string>();
      for (const { s, t, i } of await connection.query(oursSql)) {
        const index = { schema: s ?? '', table: t ?? '', name: i ?? '' };
        const table = JSON.stringify([s, t]);
        const because =
          held.has(table) || clock.monotonic() - began > dropAll_ms
            ? 'lock_timeout'
            : await refusal(() => run(dropSql(index)));
        if (because === 'lock_timeout') held.add(table);
        if (because) left.push({ ...index, because });
      }
      return left;
    },
    end: () => connection.end(),
  };
}

const oursSql = `
SELECT DISTINCT TABLE_SCHEMA AS s, TABLE_NAME AS t, INDEX_NAME AS i
FROM information_schema.STATISTICS WHERE INDEX_COMMENT = ${sqlText(sandboxMark)}`;

/** Why the copy did not do it. Throws AppError: what is no answer of it. */
async function refusal(work: () => Promise<void>): Promise<Code | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof AppError && refusals.includes(error.code)) return error.code;
    throw error;
  }
}
/** Of one index; after anything else there is no copy any more. */
export const refusals: readonly Code[] = [
  'lock_timeout',
  'insufficient_privilege',
  'change_refused',
  'unplannable',
];

/** Ended on the server when it takes too long, or nobody waits for it any more. */
async function runWatched(
  connection: Connection,
  { control, clock }: FamilySession,
  signal: AbortSignal | undefined,
  sql: string,
): Promise<void> {
  if (signal?.aborted) throw signal.reason;
  const kill = () => {
    control.query(`KILL QUERY ${connection.id}`).catch(() => connection.destroy());
  };
  const disarm = clock.after(build_ms, kill);
  signal?.addEventListener('abort', kill, { once: true });
  try {
    await connection.query(sql, 2 * build_ms);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    const wrapped = asAppError(error);
    const errno = serverErrno(wrapped.cause);
    const itself = refusals.includes(wrapped.code) || wrapped.code === 'connection_failed';
    if (errno === undefined || itself) throw wrapped;
    throw new AppError('unplannable', `the copy refused an index: error ${errno}`);
  } finally {
    disarm();
    signal?.removeEventListener('abort', kill);
  }
}
