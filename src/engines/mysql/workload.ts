import { AppError } from '../../base/errors.ts';
import type { Snapshot, StatementCounters, StatementWork } from '../../model/statistics.ts';
import type { StatementRef } from '../engine.ts';
import type { Connection } from '../mysql-family/connection.ts';
import {
  type DigestKey,
  inAnswers,
  isOneOf,
  keysOf,
  sumOf,
  withoutForm,
  workColumns,
  workOf,
} from '../mysql-family/digests.ts';
import type { KnownText, Server } from '../mysql-family/variant.ts';
import { countIn, numberIn, numberOr, type Row, readRows } from '../row.ts';

/**
 * MySQL's table of statements by digest. A statement that is prepared has two more entries,
 * `PREPARE …` and `EXECUTE …`: all three are one statement here, known by the digest of its text.
 * Needs SELECT on performance_schema. Ours, and those about the server itself, are left out.
 */
const rowLimit = 20_000;

export const countersSql = `
SELECT SCHEMA_NAME AS \`database\`, DIGEST AS digest, IF(DIGEST_TEXT LIKE 'EXECUTE %', 'execute',
  IF(DIGEST_TEXT LIKE 'PREPARE %', 'prepare', 'text')) AS form,
  IF(DIGEST_TEXT LIKE 'EXECUTE %' OR DIGEST_TEXT LIKE 'PREPARE %',
    SHA2(SUBSTRING(DIGEST_TEXT, 9), 256), SHA2(DIGEST_TEXT, 256)) AS text_hash,
  COUNT_STAR AS calls, SUM_TIMER_WAIT AS total, SUM_ROWS_SENT + SUM_ROWS_AFFECTED AS row_count,
  ${workColumns},
  UNIX_TIMESTAMP(FIRST_SEEN) * 1000 AS since
FROM performance_schema.events_statements_summary_by_digest
WHERE (SCHEMA_NAME IS NULL OR SCHEMA_NAME NOT IN ('mysql', 'sys', 'performance_schema',
  'information_schema'))
  AND (QUERY_SAMPLE_TEXT IS NULL OR QUERY_SAMPLE_TEXT NOT LIKE '%/* dbintel */')
ORDER BY SUM_TIMER_WAIT DESC LIMIT ${rowLimit}`;

export const infoSql = `
SELECT UNIX_TIMESTAMP(NOW(3)) * 1000 AS now, @@performance_schema AS enabled`;

/**
 * Σn, Σx, Σx² of a statement's histogram: its buckets are 4.7 % wide, so the deviation is right
 * within that. One key a lookup.
 */
export const momentsSql = (keys: readonly DigestKey[]) => `
SELECT SCHEMA_NAME AS \`database\`, DIGEST AS digest, SUM(COUNT_BUCKET) AS n,
  SUM(COUNT_BUCKET * (BUCKET_TIMER_LOW + BUCKET_TIMER_HIGH) / 2e9) AS s1,
  SUM(COUNT_BUCKET * POW((BUCKET_TIMER_LOW + BUCKET_TIMER_HIGH) / 2e9, 2)) AS s2
FROM performance_schema.events_statements_histogram_by_digest
WHERE COUNT_BUCKET > 0 AND (${keys.map((key) => isOneOf([key])).join(' OR ')})
GROUP BY SCHEMA_NAME, DIGEST`;

/** The heaviest: each costs the server 450 rows of a histogram. */
const momentsLimit = 50;
const picosecondsInMs = 1e9;

interface Entry {
  key: string;
  nativeId: string;
  database: string | null;
  calls: number;
  totalMs: number;
  rows: number;
  work: StatementWork;
  since: number;
  /** Digests whose calls are counted in it. */
  digests: string[];
}

export async function readSnapshot(
  control: Connection,
  server: Server,
  timeout_ms: number,
): Promise<Snapshot> {
  const [info] = await control.query(infoSql, timeout_ms);
  if (info?.['enabled'] !== '1')
    throw new AppError('prerequisite_missing', 'performance_schema is off');
  const { read, unreadable } = readRows(await control.query(countersSql, timeout_ms), checked);
  const entries = mergeForms(read);
  const deviations = await readDeviations(control, entries, timeout_ms);
  return {
    at: numberIn(info, 'now'),
    epoch: server.id,
    statements: entries.map((entry) => toCounters(entry, deviations.get(entry.key))),
    ...(unreadable > 0 ? { cut: true as const } : {}),
  };
}

/** Throws AppError where a counter is none. */
function checked(row: Row): Row {
  for (const column of ['calls', 'total', 'row_count']) countIn(row, column);
  numberOr(row, 'since', 0);
  workOf([row]);
  return row;
}

/** Text, PREPARE and EXECUTE of one statement: calls are those that ran it, time is all of it. */
export function mergeForms(rows: readonly Row[]): Entry[] {
  const groups = Map.groupBy(rows, (row) =>
    row['digest'] === null ? 'lost' : `${row['database'] ?? ''}/${row['text_hash']}`,
  );
  return [...groups.values()].map((group) => {
    const chosen =
      group.find((row) => row['form'] === 'text') ??
      group.find((row) => row['form'] === 'execute') ??
      (group[0] as Row);
    const ran = group.filter((row) => row['form'] !== 'prepare');
    const nativeId = chosen['digest'] ?? '';
    return {
      key: `${chosen['database'] ?? ''}/${nativeId || 'lost'}`,
      nativeId,
      database: chosen['database'] ?? null,
      calls: sumOf(ran, 'calls'),
      totalMs: sumOf(group, 'total') / picosecondsInMs,
      rows: sumOf(ran, 'row_count'),
      work: workOf(ran),
      since: group.reduce(
        (least, row) => Math.min(least, numberOr(row, 'since', 0)),
        Number.POSITIVE_INFINITY,
      ),
      digests: ran.flatMap((row) => row['digest'] ?? []),
    };
  });
}

async function readDeviations(
  control: Connection,
  entries: readonly Entry[],
  timeout_ms: number,
): Promise<Map<string, number>> {
  const heaviest = entries
    .filter(({ calls, digests }) => calls >= 2 && digests.length > 0)
    .toSorted((a, b) => b.totalMs - a.totalMs)
    .slice(0, momentsLimit);
  if (heaviest.length === 0) return new Map();
  const keys = heaviest.flatMap(({ database, digests }) =>
    digests.map((digest) => ({ database, digest })),
  );
  const rows = await control.query(momentsSql(keys), timeout_ms);
  const byDigest = new Map(rows.map((row) => [`${row['database'] ?? ''}/${row['digest']}`, row]));
  return new Map(
    heaviest.flatMap(({ key, database, digests }) => {
      const moments = digests
        .map((digest) => byDigest.get(`${database ?? ''}/${digest}`))
        .filter((row) => row !== undefined);
      const deviation = stddevOf(sumOf(moments, 'n'), sumOf(moments, 's1'), sumOf(moments, 's2'));
      return deviation === undefined ? [] : [[key, deviation] as const];
    }),
  );
}

/** Of the population, from Σn, Σx, Σx². */
export function stddevOf(n: number, s1: number, s2: number): number | undefined {
  const variance = s2 / n - (s1 / n) ** 2;
  return n >= 2 && variance >= 0 ? Math.sqrt(variance) : undefined;
}

const toCounters = (
  { key, nativeId, database, calls, totalMs, rows, work, since }: Entry,
  stddevMs: number | undefined,
): StatementCounters => ({
  key,
  nativeId,
  database: database ?? '',
  user: '', // digests are counted for all users together
  toplevel: true,
  calls,
  totalMs,
  meanMs: calls > 0 ? totalMs / calls : 0,
  ...(stddevMs === undefined ? {} : { stddevMs }),
  rows,
  tempBlocksWritten: 0,
  work,
  since,
});

export const textsSql = (keys: readonly DigestKey[]) => `
SELECT SCHEMA_NAME AS \`database\`, DIGEST AS digest, DIGEST_TEXT AS digest_text,
  QUERY_SAMPLE_TEXT AS sample
FROM performance_schema.events_statements_summary_by_digest
WHERE ${isOneOf(keys)}`;

export async function readTexts(
  control: Connection,
  statements: readonly StatementRef[],
  server: Server,
  timeout_ms: number,
): Promise<Map<string, KnownText>> {
  const { keys, lost } = keysOf(statements);
  const texts = new Map<string, KnownText>(lost.map((key) => [key, { digestText: '' }]));
  for (const some of inAnswers(keys, server))
    for (const row of await control.query(textsSql(some), timeout_ms)) {
      const digestText = withoutForm(row['digest_text'] ?? '');
      texts.set(`${row['database'] ?? ''}/${row['digest']}`, {
        digestText,
        ...(row['sample'] == null ? {} : { sample: row['sample'] }),
      });
    }
  return texts;
}
