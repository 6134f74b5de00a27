import { AppError, asAppError } from '../../../base/errors.ts';
import type { IndexDef } from '../../../model/index-def.ts';
import type { Plan } from '../../../model/plan.ts';
import type { ExplainLimits, ExplainResult, ReadyStatement, Sandbox } from '../../engine.ts';
import { countIn, numberOr } from '../../row.ts';
import { type Connection, connect } from '../connection.ts';
import { familyDdl } from '../ddl.ts';
import { serverErrno } from '../errors.ts';
import type { ExplainJob } from '../explain.ts';
import { type GuardedStatement, guard } from '../guard.ts';
import { identifyWorker } from '../identity.ts';
import { tablesOf } from '../known-tables.ts';
import type { FamilySession } from '../opened.ts';
import { plannedMode } from '../session-mode.ts';
import { sqlText } from '../sql-text.ts';
import { historyFlags } from './blanks.ts';
import { createSampled } from './texts.ts';

/**
 * A copy of a server on which indexes are really made and statements really planned, with values of
 * its own rows. An index that is not asked about is hidden, not dropped, so that each is built
 * once; all of them go when it is closed, or when the next one opens.
 */
export const sandboxMark = 'dbintel:sandbox';

const takeSql = "SELECT GET_LOCK('dbintel-sandbox', 30) AS taken";
const lockWait_ms = 31_000;
/** DDL waits for whoever has the table open there. */
const ddlSettings = 'SET SESSION lock_wait_timeout = 10, innodb_lock_wait_timeout = 10';
/** What takes longer to build is not tried. Shorter than what a session may be silent. */
const build_ms = 90_000;
/** A table has 64 at the most: ours leave the others their room. */
const mostOfTable = 16;
const planBytes = 1_048_576;
const textBytes = 1_048_576;

type Explain = (
  session: FamilySession,
  statement: ReadyStatement,
  limits: ExplainLimits,
) => Promise<ExplainResult>;

/** Throws AppError: sandbox_refused, locked_by_peer, insufficient_privilege, connection_failed. */
export async function openSandbox(session: FamilySession, explain: Explain): Promise<Sandbox> {
  await refuseWhatIsNone(session);
  const builder = await openBuilder(session);
  try {
    const [row] = await builder.query(takeSql, lockWait_ms);
    if (row?.['taken'] !== '1') throw new AppError('locked_by_peer', 'another run has the sandbox');
    await dropAll(builder, session);
    return sandboxOf(session, builder, explain);
  } catch (error) {
    await builder.end();
    throw error;
  }
}

/** What others stand on, or may, or what takes no writes, is no copy that may be changed. */
async function refuseWhatIsNone({ control, known, timeout_ms }: FamilySession): Promise<void> {
  const { variant, identity } = known;
  if (identity.standby) throw new AppError('sandbox_refused', 'it is read-only');
  const [row] = await control.query(variant.indexes.replicasSql, timeout_ms);
  const replicas = numberOr(row, 'replicas', undefined);
  if (replicas === undefined)
    throw new AppError('sandbox_refused', 'performance_schema is off: who replicates is not seen');
  if (replicas > 0)
    throw new AppError('sandbox_refused', 'other servers replicate from it, or are one with it');
  // It is silent while indexes are built.
  await control.query('SET SESSION wait_timeout = 1800', timeout_ms);
}

/** Whatever its name leads to now must be the server that was looked at. */
async function openBuilder(session: FamilySession): Promise<Connection> {
  const { target, credentials, clock, known, timeout_ms } = session;
  const { host, port, tls, requireAuth } = target.spec.connection;
  const builder = await connect({
    host,
    port: port ?? 3_306,
    database: '',
    credentials,
    tlsMode: tls.mode,
    requireAuth,
    name: 'dbintel-sandbox',
    clock,
    signal: new AbortController().signal,
    onTook: () => undefined,
  });
  try {
    await identifyWorker(builder, known.variant, known, timeout_ms);
    await builder.query(ddlSettings);
    return builder;
  } catch (error) {
    await builder.end();
    throw error;
  }
}

const oursSql = `
SELECT DISTINCT TABLE_SCHEMA AS s, TABLE_NAME AS t, INDEX_NAME AS i
FROM information_schema.STATISTICS WHERE INDEX_COMMENT = ${sqlText(sandboxMark)}`;

async function dropAll(builder: Connection, { known: { variant } }: FamilySession): Promise<void> {
  for (const { s, t, i } of await builder.query(oursSql)) {
    if (s == null || t == null || i == null) continue;
    const index: IndexDef = { schema: s, table: t, method: 'btree', keys: [{ column: i }] };
    const [sql = ''] = familyDdl(
      { kind: 'create-index', name: i, index },
      variant.indexes,
    ).rollback;
    await builder.query(sql.replace(/;$/, ''), build_ms);
  }
}

function sandboxOf(session: FamilySession, builder: Connection, explain: Explain): Sandbox {
  const { control, known, clock, signal } = session;
  const { variant, identity } = known;
  const sampled = createSampled(session);
  /** Hidden or not, in the order in which they were last asked for. */
  const made = new Map<string, { index: IndexDef; name: string }>();
  const keyOf = ({ schema, table }: IndexDef, name: string) =>
    JSON.stringify([schema, table, name]);

  /** Ended on the server when it takes too long, or nobody waits for it any more. */
  async function run(sql: string): Promise<void> {
    if (signal.aborted) throw signal.reason;
    const kill = () => {
      control.query(`KILL QUERY ${builder.id}`).catch(() => builder.destroy());
    };
    const disarm = clock.after(build_ms, kill);
    signal.addEventListener('abort', kill, { once: true });
    try {
      await builder.query(sql.replace(/;$/, ''), 2 * build_ms);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const errno = serverErrno(asAppError(error).cause);
      if (errno === undefined) throw error;
      throw new AppError('unplannable', `the sandbox refused an index: error ${errno}`);
    } finally {
      disarm();
      signal.removeEventListener('abort', kill);
    }
  }
  const alter = (sql: string[], at: number) => run(sql[at] ?? '');
  const wordsOf = (index: IndexDef, name: string) => ({
    make: familyDdl({ kind: 'create-index', name, index }, variant.indexes, sandboxMark),
    hide: familyDdl(
      { kind: 'drop-index', name, index, because: { kind: 'invalid' } },
      variant.indexes,
    ),
  });
  async function makeRoom({ schema, table }: IndexDef): Promise<void> {
    const own = [...made].filter(
      ([, { index }]) => index.schema === schema && index.table === table,
    );
    for (const [key, { index, name }] of own.slice(0, Math.max(0, own.length - mostOfTable + 1))) {
      made.delete(key);
      await alter(wordsOf(index, name).make.rollback, 0);
    }
  }
  const guarded = ({ text }: { text: string }): GuardedStatement => {
    const limits = { bytes: textBytes, sampleLength: Number.POSITIVE_INFINITY };
    const read = guard(text, limits, historyFlags);
    if (read.kind === 'refused') throw new AppError('unplannable', read.code);
    if (read.shape.kind !== 'select') throw new AppError('unplannable', 'it writes');
    return read;
  };
  return {
    server: session.known.server,
    async texts({ text, database }) {
      // A value in each place, so that the guard reads it as what it will be.
      const { shape } = guarded({ text: text.replaceAll('(...)', '(1)').replaceAll('?', '1') });
      const [known] = await tablesOf(session, [{ shape, schema: database }]);
      return sampled.textsOf(text, shape, known?.facts ?? []);
    },
    async plan({ text, database }, limit_ms): Promise<Plan> {
      const { sql, shape } = guarded({ text });
      const [tables] = await tablesOf(session, [{ shape, schema: database }]);
      const { facts = [], behind = [] } = tables ?? {};
      const fingerprint = { algorithm: 'sandbox', value: 'sandbox', nativeId: '' };
      const job: ExplainJob = {
        sql,
        sqlMode: plannedMode(identity.sqlMode, historyFlags),
        digestText: '',
        write: false,
        via: 'direct',
        fingerprint,
        schema: database,
        shape,
        facts,
        behind,
        lossiness: [],
        mayTakeLocks: true,
      };
      const basics = { key: '', nativeId: '', database, user: '', fingerprint, shape, facts };
      const answer = await explain(
        session,
        { ...basics, kind: 'ready', token: job },
        { timeout_ms: limit_ms, lockTimeout_ms: limit_ms, planBytes },
      );
      if (answer.kind === 'explained') return answer.plan;
      throw new AppError('unplannable', answer.code);
    },
    async make(index, name) {
      const key = keyOf(index, name);
      const known = made.get(key);
      if (known) {
        made.delete(key);
        await run(wordsOf(index, name).hide.show ?? '');
      } else {
        await makeRoom(index);
        await alter(wordsOf(index, name).make.apply, 0);
      }
      made.set(key, { index, name });
    },
    hide: (index, name) => alter(wordsOf(index, name).hide.apply, 0),
    async [Symbol.asyncDispose]() {
      await builder.end();
      // Whatever became of the run: on a connection of its own, which a stop does not end.
      const last = await openBuilder(session);
      try {
        const [row] = await last.query(takeSql, lockWait_ms);
        if (countIn(row, 'taken') === 1) await dropAll(last, session);
      } finally {
        await last.end();
      }
    },
  };
}
