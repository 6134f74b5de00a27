import { dictionary } from '../../base/dictionary.ts';
import { asAppError } from '../../base/errors.ts';
import type { HealthSample } from '../../model/health-sample.ts';
import type { IndexSeen, WorkFailure } from '../../model/index-seen.ts';
import { connectOptions } from '../connect-options.ts';
import { type Lasting, type OnServer, openPair } from '../index-connections.ts';
import {
  type BuildProgress,
  coverOf,
  type IndexChange,
  type IndexWork,
  type IndexWorkOptions,
} from '../index-work.ts';
import { createLogins } from '../logins.ts';
import { countIn, type Row } from '../row.ts';
import { type Connection, connect } from './connection.ts';
import { postgresDdl } from './ddl.ts';
import { sqlState } from './errors.ts';
import { readHealth } from './health.ts';
import { identify } from './identity.ts';
import { besideSql, indexSql, isTwin, seenOf } from './index-catalog.ts';
import { isOthers, leavesOf, leavesSql, leavesToDrop, missingSteps } from './index-partitions.ts';
import { oldSnapshot_ms, refusalOf } from './index-refusal.ts';
import {
  awaitedSql,
  buildSessionSql,
  builtSql,
  localTimeoutSql,
  lockSql,
  othersSql,
  partitionsLeftSql,
  preflightSql,
  progressSql,
  stopSql,
  tableLockSql,
  timeoutsSql,
} from './index-sql.ts';
import { quotedName } from './sql-names.ts';

/**
 * Changes of an index on PostgreSQL, CONCURRENTLY. Two sessions: one holds the lock of executors
 * and builds, the other looks, and ends what the first does. The one that builds outlives us: the
 * server brings to its end what a killed program began, and the lock is free only then.
 */
export async function openPostgresIndexWork(options: IndexWorkOptions): Promise<IndexWork> {
  const logins = createLogins(options);
  const { worker, control } = await openPair(() =>
    logins.with((credentials) => openSession({ ...options, credentials })),
  );
  return indexWork(options, worker.connection, control);
}

const timeout_ms = 10_000;
/** As long as a build may take before its own deadline ends it on the server. */
const build_ms = 24 * 3_600_000;

/**
 * What is done beside the work of others waits for transactions, the longest of them at its end,
 * and nobody who reads or writes waits for it: to give up soon is to build in vain. Behind anything
 * else that waits for a lock, everybody does.
 */
const usualPatience_ms = 600_000;
const isBeside = /^(?:CREATE (?:UNIQUE )?INDEX|DROP INDEX) CONCURRENTLY /;
const isDropOfAll = /^DROP INDEX (?!CONCURRENTLY )/;
const mostInTheWay_ms = 2_000;
/** For a lock, and in all: what has become more than a word in the catalogs is ended. */
const inTheWay_ms = [mostInTheWay_ms, 2 * mostInTheWay_ms];

const sessionName = (uid: string) => `dbintel-executor/${uid.slice(0, 36)}`;

async function openSession(options: IndexWorkOptions): Promise<OnServer<Connection>> {
  const { database, uid } = options;
  const connection = await connect(connectOptions(options, database, sessionName(uid)));
  try {
    const { started } = await identify(connection, timeout_ms);
    await connection.query(buildSessionSql, undefined, timeout_ms);
    return { connection, server: started };
  } catch (error) {
    await connection.end();
    throw error;
  }
}

function indexWork(
  options: IndexWorkOptions,
  worker: Connection,
  control: Lasting<Connection>,
): IndexWork {
  const { change, mark, uid, clock, target, patience_ms = usualPatience_ms } = options;
  const { schema } = change.index;
  const { brake } = target.spec.safety;
  const ask = async (sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
    (await control.get()).query(sql, values, timeout_ms);
  const name = sessionName(uid);
  let running: 'beside others' | 'in their way' | undefined;
  /** It locks one partition after the other, and keeps what it has: for so long in all. */
  const dropWhole = async (sql: string): Promise<WorkFailure | undefined> => {
    const { table } = change.index;
    const lock = `LOCK TABLE ${quotedName(schema)}.${quotedName(table)} IN ACCESS EXCLUSIVE MODE`;
    await worker.query('BEGIN', undefined, timeout_ms);
    try {
      await worker.query(localTimeoutSql, [String(mostInTheWay_ms)], timeout_ms);
      await worker.query(lock, undefined, timeout_ms);
      await worker.query(localTimeoutSql, ['0'], timeout_ms);
      await worker.query(sql, undefined, build_ms);
      await worker.query('COMMIT', undefined, timeout_ms);
      return undefined;
    } catch (error) {
      if (worker.usable) await worker.query('ROLLBACK', undefined, timeout_ms);
      const failure = failureOf(error);
      return failure.reason === 'cancelled' ? { reason: 'lock_timeout', final: false } : failure;
    }
  };
  const run = async (statements: readonly string[]): Promise<WorkFailure | undefined> => {
    try {
      for (const sql of statements) {
        running = isBeside.test(sql) ? 'beside others' : 'in their way';
        const limits = running === 'beside others' ? [patience_ms, 0] : inTheWay_ms;
        await worker.query(timeoutsSql, limits.map(String), timeout_ms);
        if (isDropOfAll.test(sql)) {
          const failure = await dropWhole(sql);
          if (failure) return failure;
        } else await worker.query(sql, undefined, build_ms);
      }
      return undefined;
    } catch (error) {
      return failureOf(error);
    } finally {
      running = undefined;
    }
  };
  const made = postgresDdl(change, mark);
  const isMade = change.kind === 'create-index';
  const dropIn = (where: string) => {
    const { apply, rollback } = postgresDdl(inSchema(change, where), mark);
    return isMade ? rollback : apply;
  };
  const makeIt = isMade ? made.apply : made.rollback;
  const partitions = isMade ? (change.partitions ?? []) : [];
  const onServer = async () => {
    const moves = String(isMade && !partitions.length);
    const [root] = await ask(indexSql, [schema, change.name, moves]);
    const leaves = partitions.length
      ? await ask(leavesSql, [partitions.map((e) => e.schema), partitions.map((e) => e.name)])
      : [];
    return { root, leaves: leavesOf(leaves) };
  };
  /** One was dropped, or detached, while others were built. */
  const isWithoutPartition = async ({ reason }: WorkFailure) => {
    if (reason !== 'table_missing' && reason !== 'refused_by_server') return false;
    const wanted = [schema, change.index.table, partitions.map((e) => `${e.schema}.${e.table}`)];
    return (await ask(partitionsLeftSql, wanted))[0]?.['less'] === 't';
  };
  let locked = false;
  return {
    async lock({ onlyDrops } = { onlyDrops: false }) {
      const table = [`${schema}.${change.index.table}`];
      const [apart] = await worker.query(tableLockSql, table, timeout_ms);
      if (apart?.['taken'] !== 't') return false;
      if (onlyDrops) {
        locked = true;
        return true;
      }
      const [taken] = await worker.query(lockSql, [], timeout_ms);
      if (taken?.['taken'] !== 't') return false;
      const [others] = await ask(othersSql, [String(worker.pid)]);
      locked = countIn(others, 'others') === 0;
      return locked;
    },
    async look(): Promise<IndexSeen> {
      // Without its session nobody knows what the server still does: the lock tells the next pass.
      if (!locked || !worker.usable) return { kind: 'busy' };
      const { root, leaves } = await onServer();
      const seen = seenOf(root, change, mark);
      // The lock is ours: whoever else is just building it is no executor. Of our own session it
      // may be said still after it has failed.
      const others = /\d+/.exec(root?.['builders']?.replace(`{${worker.pid}}`, '') ?? '');
      if (seen.kind === 'present' && !seen.valid && others) return { kind: 'busy' };
      if (!partitions.length) return seen;
      const isDone = seen.kind === 'present' && seen.valid;
      if (!isDone && [...leaves.values()].some(isOthers))
        return { kind: 'present', valid: true, whose: 'foreign' };
      // Of a root that is gone, indexes of partitions may be left.
      if (seen.kind === 'absent')
        return leaves.size ? { kind: 'present', valid: false, whose: 'ours' } : seen;
      return seen.kind === 'present' && !seen.valid ? { ...seen, resumable: true } : seen;
    },
    async preflight(snapshot_ms = oldSnapshot_ms) {
      const { table } = change.index;
      const [row] = await ask(preflightSql, [
        schema,
        table,
        change.name,
        brake.exceptStandbys,
        coverOf(change) ?? '',
        String(!isMade),
      ]);
      const beside = isMade ? await ask(besideSql, [schema, table, change.name]) : [];
      return refusalOf(row, {
        snapshot_ms,
        change,
        replicasCount: !brake.ignore.includes('replicationLag'),
        isServed: beside.some((each) => isTwin(each, change.index)),
      });
    },
    health: async (): Promise<HealthSample> =>
      readHealth(await control.get(), brake.exceptStandbys, timeout_ms, clock),
    built: async () => countIn((await ask(builtSql, [mark]))[0], 'bytes'),
    async build() {
      if (!partitions.length) return run(makeIt);
      const { root, leaves } = await onServer();
      const steps = missingSteps(makeIt, partitions, { root: root !== undefined, leaves });
      const failure = await run(steps);
      return failure && (await isWithoutPartition(failure)) ? partitionGone : failure;
    },
    async drop() {
      const { root, leaves } = await onServer();
      const dropIt = dropIn(root?.['schema'] ?? schema);
      if (!partitions.length) return run(dropIt);
      return run([...leavesToDrop(partitions, leaves), ...(root ? dropIt : [])]);
    },
    mark: () => run(made.apply.slice(1, 2)),
    hide: cannotHide,
    show: cannotHide,
    async cancel() {
      try {
        const ended = await ask(stopSql, [name]);
        if (ended.length > 0 || !running) return;
      } catch (error) {
        if (!running) throw error;
      }
      // Nobody of ours can log in, or sees it: a password was changed. For this none is needed.
      await worker.interrupt();
    },
    isAwaited: async () =>
      running === 'beside others' &&
      countIn((await ask(awaitedSql, [String(worker.pid)]))[0], 'waiting') > 0,
    progress: async () => progressOf((await ask(progressSql, [name]))[0]),
    async [Symbol.asyncDispose]() {
      // A statement that still runs is left to run: the server ends the session after it.
      await Promise.all([worker, control].map((each) => each.end()));
    },
  };
}

const inSchema = (change: IndexChange, schema: string): IndexChange => ({
  ...change,
  index: { ...change.index, schema },
});

const partitionGone: WorkFailure = { reason: 'partitions_changed', final: true };

/** This server has no such thing: nothing asks for it where `hides` is not said of an engine. */
const cannotHide = () => Promise.resolve({ reason: 'refused_by_server', final: true } as const);

/**
 * By SQLSTATE; what is not named here may be otherwise the next time. A disk that a build has
 * filled is where others write: nothing fills it again before somebody has made room.
 */
const failures = dictionary<WorkFailure>({
  '55P03': { reason: 'lock_timeout', final: false },
  '40P01': { reason: 'lock_timeout', final: false },
  '57014': { reason: 'cancelled', final: false },
  '53100': { reason: 'no_space', final: true },
  '53400': { reason: 'temp_limit', final: true },
  '54000': { reason: 'key_too_long', final: true },
  '42501': { reason: 'role_lacks_ownership', final: true },
  '42P07': { reason: 'name_taken', final: true },
  '42P01': { reason: 'table_missing', final: true },
  '3F000': { reason: 'table_missing', final: true },
  '42703': { reason: 'column_missing', final: true },
  '0A000': { reason: 'refused_by_server', final: true },
  '23505': { reason: 'refused_by_server', final: true },
});

function failureOf(error: unknown): WorkFailure {
  const state = sqlState(asAppError(error).cause);
  if (state === undefined) return { reason: 'connection_failed', final: false };
  return failures[state] ?? { reason: 'refused_by_server', final: false };
}

const progressOf = (row: Row | undefined): BuildProgress | undefined =>
  row && {
    phase: row['phase'] ?? '',
    done: Number(row['done'] ?? 0),
    total: Number(row['total'] ?? 0),
  };
