import { AppError, asAppError } from '../../base/errors.ts';
import { hintedIndexes, mayBeCut } from '../../dialects/mysql-family/index-hints.ts';
import type { HealthSample } from '../../model/health-sample.ts';
import type { PreflightRefusal, WorkFailure } from '../../model/index-seen.ts';
import { connectOptions } from '../connect-options.ts';
import { type Lasting, openPair } from '../index-connections.ts';
import {
  type BuildProgress,
  coverOf,
  type IndexWork,
  type IndexWorkOptions,
} from '../index-work.ts';
import { createLogins } from '../logins.ts';
import { countIn, type Row } from '../row.ts';
import { type Connection, connect } from './connection.ts';
import { dropBeside, familyDdl } from './ddl.ts';
import { serverErrno } from './errors.ts';
import { foreignKeysSql, withoutIndex } from './foreign-keys.ts';
import { identify } from './identity.ts';
import { indexesSql, indexSql, isServed, seenOf, standsIn } from './index-catalog.ts';
import {
  awaitedSql,
  buildSessionSql,
  builtSql,
  countsStatementsSql,
  cutTextsSql,
  hintsSql,
  lockSql,
  longKeysSql,
  nameSql,
  preflightSql,
  storedHintsSql,
  tableLockSql,
  workerSql,
} from './index-sql.ts';
import { unlessDenied } from './replica-sources.ts';
import { readStanding, type Standing } from './standing.ts';
import type { Variant } from './variant.ts';

/**
 * Changes of an index on MySQL or MariaDB: in place, beside those who read and write, or not at
 * all. Two sessions: one holds the locks of executors and changes, the other looks, and ends what
 * the first does. A server does not notice that a client is gone until its statement ends: what a
 * killed program began is brought to its end, and the locks are free only then.
 */
export async function openFamilyIndexWork(
  options: IndexWorkOptions,
  variant: Variant,
): Promise<IndexWork> {
  const logins = createLogins(options);
  const { worker, control } = await openPair(() =>
    logins.with((credentials) => openSession({ ...options, credentials }, variant)),
  );
  const { connection, version } = worker;
  try {
    await connection.query(variant.timeoutSql(0), timeout_ms);
    await connection.query(buildSessionSql, timeout_ms);
    return indexWork(options, { variant, version }, connection, control);
  } catch (error) {
    await Promise.all([connection, control].map((each) => each.end()));
    throw error;
  }
}

const timeout_ms = 10_000;
/** As long as a build may take before its own deadline ends it. */
const build_ms = 24 * 3_600_000;

async function openSession(options: IndexWorkOptions, variant: Variant) {
  const { database, uid } = options;
  const name = `dbintel-executor/${uid.slice(0, 36)}`;
  const connection = await connect(connectOptions(options, database, name));
  try {
    const { id, version } = await identify(connection, variant, timeout_ms);
    return { connection, server: id, version };
  } catch (error) {
    await connection.end();
    throw error;
  }
}

function indexWork(
  { change, mark, uid, clock }: IndexWorkOptions,
  { variant, version }: { variant: Variant; version: string },
  worker: Connection,
  control: Lasting<Connection>,
): IndexWork {
  const columns = variant.catalogWords.indexColumns(version);
  const ask = async (sql: string): Promise<Row[]> => (await control.get()).query(sql, timeout_ms);
  const { apply, rollback, show } = familyDdl(change, variant.indexes, mark);
  const [make, drop] = change.kind === 'create-index' ? [apply, rollback] : [rollback, apply];
  const run = async (sql: string | undefined): Promise<WorkFailure | undefined> => {
    if (sql === undefined) return { reason: 'refused_by_server', final: true };
    try {
      await worker.query(sql.replace(/;$/, ''), build_ms);
      return undefined;
    } catch (error) {
      return failureOf(error);
    }
  };
  const workerId = async () => {
    const id = (await ask(workerSql(uid)))[0]?.['id'];
    return id != null && /^\d+$/.test(id) ? id : undefined;
  };
  /** By what was run, and by what is stored as far as the account sees it. */
  const hinted = async (): Promise<PreflightRefusal | undefined> => {
    if (change.kind !== 'drop-index') return undefined;
    const counts = await unlessDenied(ask(countsStatementsSql));
    if (counts?.[0]?.['counts'] !== '1') return 'hints_unseen';
    const ran = await unlessDenied(ask(hintsSql(change.index, change.name)));
    if (!ran) return 'hints_unseen';
    const rows = [...ran];
    for (const sql of storedHintsSql(change.index, change.name)) rows.push(...(await ask(sql)));
    const wanted = change.name.toLowerCase();
    const names = ({ text }: Row) => hintedIndexes(text ?? '').includes(wanted);
    return rows.some(names) ? 'index_hinted' : undefined;
  };
  const mayBeHinted = async () =>
    change.kind === 'drop-index' &&
    (await ask(cutTextsSql(change.index, change.name))).some(
      ({ text, most }) => text == null || mayBeCut(text, Number(most)),
    );
  const isCovered = async () => {
    const cover = coverOf(change);
    if (cover === undefined) return true;
    const rows = await ask(indexSql(change.index, cover, columns));
    return rows.length > 0 && standsIn(rows, change.index);
  };
  const isThere = async () =>
    change.kind === 'create-index' &&
    isServed(await ask(indexesSql(change.index, columns)), change.index, change.name);
  let locked = false;
  return {
    async lock({ onlyDrops } = { onlyDrops: false }) {
      for (const sql of [tableLockSql(change.index), ...(onlyDrops ? [] : [lockSql])]) {
        const [row] = await worker.query(sql, timeout_ms);
        if (row?.['taken'] !== '1') return false;
      }
      await worker.query(nameSql(uid), timeout_ms);
      locked = true;
      return true;
    },
    // Without its session nobody knows what the server still does: the lock tells the next pass.
    look: async () =>
      locked && worker.usable
        ? seenOf(await ask(indexSql(change.index, change.name, columns)), change, mark)
        : { kind: 'busy' },
    preflight: async (transaction_ms = oldTransaction_ms) => {
      try {
        const [row] = await ask(preflightSql(change.index));
        const standing = await readStanding(await control.get(), variant, timeout_ms);
        const inHints = await hinted();
        if (inHints) return inHints;
        if (!(await isCovered())) return 'cover_gone';
        if (await isThere()) return 'served_by_now';
        const refusal = refusalOf(row, standing, transaction_ms);
        return refusal ?? ((await mayBeHinted()) ? 'hints_cut' : undefined);
      } catch (error) {
        if (asAppError(error).code === 'insufficient_privilege') return 'transactions_unseen';
        throw error;
      }
    },
    health: async (): Promise<HealthSample> =>
      (await variant.health(await control.get(), timeout_ms, clock)).sample,
    async built() {
      const { sizesNowSql } = variant.indexes;
      if (sizesNowSql !== undefined) await ask(sizesNowSql);
      return countIn((await ask(builtSql(mark)))[0], 'bytes');
    },
    async build() {
      const [row] = await ask(longKeysSql(change.index));
      if (countIn(row, 'too_long') > 0) return { reason: 'key_too_long', final: true };
      return run(make.at(-1));
    },
    async drop() {
      const failed = await run(drop.at(-1));
      if (failed?.reason !== 'refused_by_server' || change.kind !== 'create-index') return failed;
      const { index, name } = change;
      const instead = withoutIndex(await ask(foreignKeysSql(index, name)));
      return instead.length ? run(dropBeside(name, index, instead)) : failed;
    },
    hide: () => run(show && apply[0]),
    show: () => run(show),
    // It has had it from its first moment.
    mark: () => Promise.resolve(undefined),
    async cancel() {
      const id = await workerId();
      if (id !== undefined) await ask(`KILL QUERY ${id}`);
    },
    isAwaited: async () => countIn((await ask(awaitedSql(change.index, uid)))[0], 'waiting') > 0,
    async progress() {
      const id = await workerId();
      return id === undefined
        ? undefined
        : progressOf((await ask(variant.indexes.progressSql(id)))[0]);
    },
    async [Symbol.asyncDispose]() {
      // A statement that still runs is left to run: the server ends the session after it.
      await Promise.all([worker, control].map((each) => each.end()));
    },
  };
}

/**
 * By the server's number; what is not named here may be otherwise the next time. A disk that a
 * build has filled is where others write: nothing fills it again before somebody has made room.
 * MariaDB says of a tmpdir that is full that the index is corrupt.
 */
const failures: Partial<Record<number, WorkFailure>> = {
  1021: { reason: 'no_space', final: true },
  1026: { reason: 'no_space', final: true },
  1030: { reason: 'no_space', final: true },
  1034: { reason: 'sort_failed', final: true },
  1044: { reason: 'role_lacks_ownership', final: true },
  1054: { reason: 'column_missing', final: true },
  1061: { reason: 'name_taken', final: true },
  1062: { reason: 'refused_by_server', final: true },
  1071: { reason: 'key_too_long', final: true },
  1072: { reason: 'column_missing', final: true },
  1114: { reason: 'no_space', final: true },
  1142: { reason: 'role_lacks_ownership', final: true },
  1146: { reason: 'table_missing', final: true },
  1205: { reason: 'lock_timeout', final: false },
  1213: { reason: 'lock_timeout', final: false },
  1227: { reason: 'role_lacks_ownership', final: true },
  1317: { reason: 'cancelled', final: false },
  1553: { reason: 'refused_by_server', final: true },
  1709: { reason: 'key_too_long', final: true },
  1799: { reason: 'online_log_full', final: true },
  1845: { reason: 'online_refused', final: true },
  1846: { reason: 'online_refused', final: true },
  1878: { reason: 'no_space', final: true },
  1969: { reason: 'cancelled', final: false },
  3522: { reason: 'refused_by_server', final: true },
};

export function failureOf(error: unknown): WorkFailure {
  const wrapped = asAppError(error);
  const errno = serverErrno(wrapped.cause);
  if (errno === undefined) return { reason: 'connection_failed', final: false };
  return failures[errno] ?? { reason: 'refused_by_server', final: false };
}

/** Of a transaction that is as old nobody knows when it ends; DDL would wait for it. */
const oldTransaction_ms = 60_000;

/** What stays as it is before what passes. */
function refusalOf(
  row: Row | undefined,
  { clustered, replica }: Standing,
  transaction_ms: number,
): PreflightRefusal | undefined {
  if (!row) throw new AppError('connection_failed', 'the catalogs gave no answer');
  if (row['standby'] !== '0') return 'server_in_recovery';
  if (clustered) return 'server_in_cluster';
  if (replica) return 'server_is_replica';
  if (clustered === undefined || replica === undefined) return 'replication_unseen';
  if (row['there'] !== '1') return 'table_missing';
  if (countIn(row, 'altering') > 0) return 'other_build';
  return countIn(row, 'oldest') * 1_000 > transaction_ms ? 'old_snapshot' : undefined;
}

const progressOf = (row: Row | undefined): BuildProgress | undefined =>
  row && {
    phase: row['phase'] ?? '',
    done: Number(row['done'] ?? 0),
    total: Number(row['total'] ?? 0),
  };
