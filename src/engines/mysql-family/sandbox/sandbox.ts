import { AppError } from '../../../base/errors.ts';
import type { ExplainLimits, ExplainResult, ReadyStatement, Sandbox } from '../../engine.ts';
import { numberOr } from '../../row.ts';
import type { ExplainJob } from '../explain.ts';
import { type GuardedStatement, guard } from '../guard.ts';
import { tablesOf } from '../known-tables.ts';
import type { FamilySession } from '../opened.ts';
import { readSources } from '../replica-sources.ts';
import { plannedMode } from '../session-mode.ts';
import { readStanding } from '../standing.ts';
import type { Server } from '../variant.ts';
import { blanksOf, filled, historyFlags } from './blanks.ts';
import { type Builder, type Left, openBuilder } from './builder.ts';
import { createMade } from './made.ts';
import { createSampled } from './texts.ts';

/**
 * A copy of a server on which indexes are really made and statements really planned, with values of
 * its own rows. What was made goes when it is closed, or when the next one opens.
 */
const planBytes = 1_048_576;
const textBytes = 1_048_576;
/** The session is silent while indexes are built, at most as long as a run takes. */
const silenceSql = 'SET SESSION wait_timeout = 1800';

type Explain = (
  session: FamilySession,
  statement: ReadyStatement,
  limits: ExplainLimits,
) => Promise<ExplainResult>;

/** Throws AppError: sandbox_refused, locked_by_peer, insufficient_privilege, connection_failed. */
export async function openSandbox(session: FamilySession, explain: Explain): Promise<Sandbox> {
  const { control, known, signal, timeout_ms } = session;
  await refuseWhatIsNone(session);
  await control.query(silenceSql, timeout_ms);
  const builder = await openBuilder(session, signal);
  const left = await leftOf(builder);
  const made = createMade(builder, known.variant.indexes, left);
  const sampled = createSampled(session);
  return {
    server: known.server,
    async texts({ text, database }, returned) {
      const blanks = blanksOf(text);
      // With a value in each place, so that the guard reads it as what it will be.
      const { shape } = guarded(
        filled(
          blanks,
          blanks.blanks.map(() => '1'),
        ),
        known.identity,
      );
      const [tables] = await tablesOf(session, [{ shape, schema: database }]);
      const facts = tables?.facts ?? [];
      return { texts: await sampled.textsOf(blanks, shape, facts, returned), facts };
    },
    async plan({ text, database }, limit_ms) {
      const ready = await readyOf(session, guarded(text, known.identity), database);
      await made.settle(tablesRead(ready, database));
      const limits = { timeout_ms: limit_ms, lockTimeout_ms: limit_ms, planBytes };
      const answer = await explain(session, ready, limits);
      if (answer.kind === 'explained') return answer.plan;
      throw new AppError('unplannable', answer.code);
    },
    prepare: made.prepare,
    make: made.make,
    hide: ({ schema, table }, name) => made.hide({ schema, table, name }),
    held: made.held,
    async [Symbol.asyncDispose]() {
      await builder.end();
      // Whatever became of the run: by one that a stop does not end.
      const last = await openBuilder(session);
      try {
        const [first, ...others] = await last.dropAll();
        if (first)
          throw new AppError(first.because, `${others.length + 1} indexes are left on the copy`);
      } finally {
        await last.end();
      }
    },
  };
}

/** Of an earlier run. */
async function leftOf(builder: Builder): Promise<Left[]> {
  try {
    return await builder.dropAll();
  } catch (error) {
    await builder.end();
    throw error;
  }
}

/** Of views those behind them. */
const tablesRead = ({ shape, facts }: ReadyStatement, database: string) => [
  ...facts.map(({ schema, name }) => ({ schema, table: name })),
  ...shape.relations.map(({ schema = database, name }) => ({ schema, table: name })),
];

/** What others stand on, or may, or what takes no writes, is no copy that may be changed. */
async function refuseWhatIsNone({ control, known, timeout_ms }: FamilySession): Promise<void> {
  const { variant, identity } = known;
  if (identity.standby) throw new AppError('sandbox_refused', 'it is read-only');
  const [row] = await control.query(variant.indexes.replicasSql, timeout_ms);
  const replicas = numberOr(row, 'replicas', undefined);
  const sources = await readSources(control, variant, timeout_ms);
  if (replicas === undefined || sources === undefined)
    throw new AppError('sandbox_refused', 'performance_schema is off: who replicates is not seen');
  if (sources.replica || sources.grouped)
    throw new AppError('sandbox_refused', 'it replicates from another server, or is set up to');
  if (replicas > 0)
    throw new AppError('sandbox_refused', 'other servers replicate from it, or are one with it');
  const { clustered } = await readStanding(control, variant, timeout_ms);
  if (clustered !== false)
    throw new AppError('sandbox_refused', 'it is a member of a cluster, which others may join');
}

function guarded(text: string, { lowersNames }: Pick<Server, 'lowersNames'>): GuardedStatement {
  const limits = { bytes: textBytes, sampleLength: Number.POSITIVE_INFINITY, lowersNames };
  const read = guard(text, limits, historyFlags);
  if (read.kind === 'refused') throw new AppError('unplannable', read.code);
  if (read.shape.kind !== 'select') throw new AppError('unplannable', 'it writes');
  return read;
}

async function readyOf(
  session: FamilySession,
  { sql, shape }: GuardedStatement,
  database: string,
): Promise<ReadyStatement> {
  const [tables] = await tablesOf(session, [{ shape, schema: database }]);
  const { facts = [], behind = [] } = tables ?? {};
  const fingerprint = { algorithm: 'sandbox', value: 'sandbox', nativeId: '' };
  const token: ExplainJob = {
    sql,
    sqlMode: plannedMode(session.known.identity.sqlMode, historyFlags),
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
  const names = { key: '', nativeId: '', database, user: '' };
  return { ...names, fingerprint, shape, facts, kind: 'ready', token };
}
