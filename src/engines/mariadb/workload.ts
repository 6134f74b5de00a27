import { AppError } from '../../base/errors.ts';
import { nextTurn } from '../../base/node/turn.ts';
import { statementKey } from '../../dialects/mysql-family/text.ts';
import type { Snapshot, StatementCounters } from '../../model/statistics.ts';
import type { StatementRef } from '../engine.ts';
import type { Connection } from '../mysql-family/connection.ts';
import {
  answerBytes,
  type DigestKey,
  inAnswers,
  isOneOf,
  readDigestTexts,
  workColumns,
  workOf,
} from '../mysql-family/digests.ts';
import type { KnownText, Server } from '../mysql-family/variant.ts';
import { countIn, numberIn, numberOr, type Row, readRows } from '../row.ts';

/**
 * MariaDB's table of statements by digest: no sample of their texts, no histogram, and nothing of
 * prepared statements. Needs SELECT on performance_schema. Ours cannot be told by their text; those
 * that read the server's own tables are left out.
 */
const rowLimit = 20_000;

export const countersSql = `
SELECT SCHEMA_NAME AS \`database\`, DIGEST AS digest, COUNT_STAR AS calls, SUM_TIMER_WAIT AS total,
  SUM_ROWS_SENT + SUM_ROWS_AFFECTED AS row_count,
  ${workColumns},
  UNIX_TIMESTAMP(FIRST_SEEN) * 1000 AS since
FROM performance_schema.events_statements_summary_by_digest
WHERE (SCHEMA_NAME IS NULL OR SCHEMA_NAME NOT IN ('mysql', 'sys', 'performance_schema',
  'information_schema'))
  AND (DIGEST_TEXT IS NULL OR (DIGEST_TEXT NOT LIKE '%\`performance_schema\`%'
    AND DIGEST_TEXT NOT LIKE '%\`information_schema\`%'))
ORDER BY SUM_TIMER_WAIT DESC LIMIT ${rowLimit}`;

export const infoSql = `
SELECT UNIX_TIMESTAMP(NOW(3)) * 1000 AS now, @@performance_schema AS enabled`;

const picosecondsInMs = 1e9;

export async function readSnapshot(
  control: Connection,
  server: Server,
  timeout_ms: number,
): Promise<Snapshot> {
  const [info] = await control.query(infoSql, timeout_ms);
  if (info?.['enabled'] !== '1')
    throw new AppError('prerequisite_missing', 'performance_schema is off');
  const { read: statements, unreadable } = readRows(
    await control.query(countersSql, timeout_ms),
    toCounters,
  );
  return {
    at: numberIn(info, 'now'),
    epoch: server.id,
    statements,
    ...(unreadable > 0 ? { cut: true as const } : {}),
  };
}

function toCounters(row: Row): StatementCounters {
  const nativeId = row['digest'] ?? '';
  const calls = countIn(row, 'calls');
  const totalMs = countIn(row, 'total') / picosecondsInMs;
  return {
    key: `${row['database'] ?? ''}/${nativeId || 'lost'}`,
    nativeId,
    database: row['database'] ?? '',
    user: '',
    toplevel: true,
    calls,
    totalMs,
    meanMs: calls > 0 ? totalMs / calls : 0,
    rows: countIn(row, 'row_count'),
    tempBlocksWritten: 0,
    work: workOf([row]),
    since: numberOr(row, 'since', 0),
  };
}

/** Where real texts may be had, the best first. */
export const sources = [
  'events_statements_history_long',
  'events_statements_history',
  'slow log',
  'process list',
] as const;
export type Source = (typeof sources)[number];

export const historySql = (
  table: 'events_statements_history_long' | 'events_statements_history',
  keys: readonly DigestKey[],
) => `
SELECT DIGEST AS digest, CURRENT_SCHEMA AS \`database\`, MAX(SQL_TEXT) AS text
FROM performance_schema.${table}
WHERE SQL_TEXT IS NOT NULL AND (${isOneOf(keys, 'CURRENT_SCHEMA')})
GROUP BY DIGEST, CURRENT_SCHEMA`;
/**
 * The slow log and the process list keep texts as long as a packet may be: all rows together must
 * fit into an answer, and be read word by word. Of the log a longer text is no sample: the server
 * would sort it. Of what runs the shortest come first, as many as have room.
 */
const mostRows = 1_000;
const longestLogged = 8_192;
/**
 * It has no index, and grows until somebody empties it: of a longer one nothing is read, within
 * tenths of a second.
 */
const longestLog = 20_000;
export const slowLogSql = `SELECT db AS \`database\`, sql_text AS text FROM mysql.slow_log
WHERE OCTET_LENGTH(sql_text) <= ${longestLogged} ORDER BY start_time DESC
LIMIT ${mostRows} ROWS EXAMINED ${longestLog}`;
/** A row with this code where it is longer. */
export const slowLogLengthSql = 'SHOW WARNINGS';
const rowsExaminedReached = '1931';
export const processListSql = `
SELECT \`database\`, text FROM (SELECT DB AS \`database\`, INFO AS text,
    SUM(OCTET_LENGTH(INFO)) OVER (ORDER BY OCTET_LENGTH(INFO), ID) AS so_far
  FROM information_schema.PROCESSLIST
  WHERE COMMAND IN ('Query', 'Execute') AND INFO IS NOT NULL AND ID <> CONNECTION_ID()) running
WHERE so_far <= ${answerBytes} LIMIT ${mostRows}`;

export const consumersSql = `
SELECT (SELECT ENABLED FROM performance_schema.setup_consumers
  WHERE NAME = 'events_statements_history_long') AS history_long,
  (SELECT ENABLED FROM performance_schema.setup_consumers WHERE NAME = 'events_statements_history')
    AS history,
  @@performance_schema_events_statements_history_long_size AS long_size,
  @@performance_schema_events_statements_history_size AS session_size,
  (SELECT COUNT(*) FROM performance_schema.setup_actors WHERE ENABLED = 'YES' AND HISTORY = 'YES')
    AS history_actors,
  (@@GLOBAL.slow_query_log AND FIND_IN_SET('TABLE', @@GLOBAL.log_output) > 0) AS slow_log`;

/** A history wants its consumer, room, and accounts whose statements go into it. */
const keeps = (row: Row | undefined, consumer: string, size: string) =>
  row?.[consumer] === 'YES' && numberOr(row, size, 0) > 0 && numberOr(row, 'history_actors', 0) > 0;

/**
 * Those that are on, the best first; a process list there is always, but it shows what runs at this
 * moment only.
 */
export function sourcesOn(row: Row | undefined): Source[] {
  return [
    ...(keeps(row, 'history_long', 'long_size')
      ? (['events_statements_history_long'] as const)
      : []),
    ...(keeps(row, 'history', 'session_size') ? (['events_statements_history'] as const) : []),
    ...(row?.['slow_log'] === '1' ? (['slow log'] as const) : []),
    'process list',
  ];
}

/** One source after the other, until there is a text of each statement. */
export async function readTexts(
  control: Connection,
  statements: readonly StatementRef[],
  server: Server,
  timeout_ms: number,
): Promise<Map<string, KnownText>> {
  const digestTexts = await readDigestTexts(control, statements, server, timeout_ms);
  const texts = new Map<string, KnownText>(
    [...digestTexts].map(([key, digestText]) => [key, { digestText }]),
  );
  if (![...digestTexts.values()].some(Boolean)) return texts;
  const sources = sourcesOn((await control.query(consumersSql, timeout_ms))[0]);
  const unread = new Map<Source, string>();
  for (const source of sources) {
    const open = new Map(
      [...texts].filter(([, { digestText, sample }]) => digestText !== '' && sample === undefined),
    );
    if (open.size === 0) return texts;
    const samples = await readSamples(control, source, open, server, timeout_ms).catch((error) => {
      const why = whyUnread(error, source);
      if (why === undefined) throw error;
      unread.set(source, why);
      return new Map<string, string>();
    });
    for (const [key, known] of open) {
      const sample = samples.get(key);
      if (sample !== undefined) texts.set(key, { ...known, sample });
    }
  }
  const seen = sources.filter((source) => !unread.has(source));
  const missing = [
    ...(seen.length > 0 ? [`not seen in ${seen.map(nameOf).join(', ')}`] : []),
    ...[...unread].map(([source, why]) => `${nameOf(source)} ${why}`),
  ].join('; ');
  for (const [key, known] of texts)
    if (known.digestText !== '' && known.sample === undefined)
      texts.set(key, { ...known, missing });
  return texts;
}

/**
 * A source that is on is not always one that the account may read, or that can be read in time;
 * then the others are left.
 */
function whyUnread(error: unknown, source: Source): string | undefined {
  if (!(error instanceof AppError)) return undefined;
  if (error.code === 'insufficient_privilege') return 'may not be read';
  const isTooLong = error.code === 'too_large' || error.code === 'statement_timeout';
  return source === 'slow log' && isTooLong ? 'is too long to be read' : undefined;
}

export const nameOf = (source: Source) => (source.startsWith('events') ? source : `the ${source}`);

function keyOf(key: string): DigestKey {
  const at = key.lastIndexOf('/');
  return { database: key.slice(0, at) || null, digest: key.slice(at + 1) };
}

/**
 * Texts with values by statement key. The histories know digests; elsewhere a text is known again
 * by its words.
 */
async function readSamples(
  control: Connection,
  source: Source,
  texts: ReadonlyMap<string, KnownText>,
  server: Server,
  timeout_ms: number,
): Promise<Map<string, string>> {
  if (source === 'events_statements_history_long' || source === 'events_statements_history') {
    const samples = new Map<string, string>();
    for (const some of inAnswers([...texts.keys()].map(keyOf), server))
      for (const row of await control.query(historySql(source, some), timeout_ms))
        samples.set(`${row['database'] ?? ''}/${row['digest']}`, row['text'] ?? '');
    return samples;
  }
  const byWords = new Map(
    [...texts].map(([key, { digestText }]) => [
      `${keyOf(key).database ?? ''} ${statementKey(digestText)}`,
      key,
    ]),
  );
  const samples = new Map<string, string>();
  const rows =
    source === 'slow log'
      ? await readSlowLog(control, timeout_ms)
      : await control.query(processListSql, timeout_ms);
  for (const row of rows) {
    await nextTurn();
    const key = byWords.get(`${row['database'] ?? ''} ${statementKey(row['text'] ?? '')}`);
    if (key !== undefined) samples.set(key, row['text'] ?? '');
  }
  return samples;
}

async function readSlowLog(control: Connection, timeout_ms: number): Promise<Row[]> {
  const rows = await control.query(slowLogSql, timeout_ms);
  if (rows.length > 0) return rows;
  const warnings = await control.query(slowLogLengthSql, timeout_ms);
  if (warnings.some((row) => row['Code'] === rowsExaminedReached))
    throw new AppError('too_large', `the slow log has more than ${longestLog} rows`);
  return rows;
}
