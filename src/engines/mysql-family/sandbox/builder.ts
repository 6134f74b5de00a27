import { AppError, asAppError } from '../../../base/errors.ts';
import type { IndexDef } from '../../../model/index-def.ts';
import { connectOptions } from '../../connect-options.ts';
import { type Connection, connect } from '../connection.ts';
import { familyDdl } from '../ddl.ts';
import { serverErrno } from '../errors.ts';
import { identifyWorker } from '../identity.ts';
import type { FamilySession } from '../opened.ts';
import { sqlText } from '../sql-text.ts';

/**
 * Makes indexes on a copy. One that is not asked about is hidden, not dropped, so that each is
 * built once; all have a mark, by which they are found to be dropped.
 */
export interface Builder {
  /** There, and looked at by plans. Throws AppError: unplannable, where the copy refuses it. */
  make(index: IndexDef, name: string): Promise<void>;
  hide(index: IndexDef, name: string): Promise<void>;
  /** All with our mark, whoever made them. What cannot be dropped keeps none of the others. */
  dropAll(): Promise<void>;
  end(): Promise<void>;
}

export const sandboxMark = 'dbintel:sandbox';

const takeSql = "SELECT GET_LOCK('dbintel-sandbox', 30) AS taken";
const lockWait_ms = 31_000;
/** DDL waits for whoever has the table open there. */
const ddlSettings = 'SET SESSION lock_wait_timeout = 10, innodb_lock_wait_timeout = 10';
/** What takes longer to build is not tried. */
const build_ms = 90_000;
/** A table has 64 at the most: ours leave the others their room. */
const mostOfTable = 16;

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
    await connection.query(ddlSettings);
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
  const { hide, show } = session.known.variant.indexes;
  /** Hidden or not, in the order in which they were last asked for. */
  const made = new Map<string, { index: IndexDef; name: string }>();
  const run = (sql: string | undefined) => runWatched(connection, session, signal, sql ?? '');
  const ddl = (index: IndexDef, name: string) => ({
    make: familyDdl({ kind: 'create-index', name, index }, { hide, show }, sandboxMark),
    hide: familyDdl(
      { kind: 'drop-index', name, index, because: { kind: 'invalid' } },
      { hide, show },
    ),
  });
  async function makeRoom({ schema, table }: IndexDef): Promise<void> {
    const own = [...made].filter(
      ([, { index }]) => index.schema === schema && index.table === table,
    );
    for (const [key, { index, name }] of own.slice(0, Math.max(0, own.length - mostOfTable + 1))) {
      made.delete(key);
      await run(ddl(index, name).make.rollback[0]);
    }
  }
  return {
    async make(index, name) {
      const key = JSON.stringify([index.schema, index.table, name]);
      if (made.delete(key)) await run(ddl(index, name).hide.show);
      else {
        await makeRoom(index);
        await run(ddl(index, name).make.apply[0]);
      }
      made.set(key, { index, name });
    },
    hide: (index, name) => run(ddl(index, name).hide.apply[0]),
    async dropAll() {
      const failures: unknown[] = [];
      for (const { s, t, i } of await connection.query(oursSql)) {
        const index: IndexDef = { schema: s ?? '', table: t ?? '', ...anyKey };
        await run(ddl(index, i ?? '').make.rollback[0]).catch((error) => failures.push(error));
      }
      if (failures.length > 0) throw failures[0];
    },
    end: () => connection.end(),
  };
}

const oursSql = `
SELECT DISTINCT TABLE_SCHEMA AS s, TABLE_NAME AS t, INDEX_NAME AS i
FROM information_schema.STATISTICS WHERE INDEX_COMMENT = ${sqlText(sandboxMark)}`;
/** Nothing that is dropped is told by its keys. */
const anyKey = { method: 'btree', keys: [{ column: 'any' }] } satisfies Partial<IndexDef>;

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
    await connection.query(sql.replace(/;$/, ''), 2 * build_ms);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    const errno = serverErrno(asAppError(error).cause);
    if (errno === undefined) throw error;
    throw new AppError('unplannable', `the copy refused an index: error ${errno}`);
  } finally {
    disarm();
    signal?.removeEventListener('abort', kill);
  }
}
