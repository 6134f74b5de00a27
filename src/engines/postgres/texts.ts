import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import { numberOr, type Row } from '../row.ts';
import type { Connection } from './connection.ts';
import { bytesOf, decodeHex } from './encoding.ts';
import { sqlState } from './errors.ts';
import type { TextsMemory } from './notes.ts';
import { answerBytes } from './samples.ts';
import { readCatalog } from './transaction.ts';
import { quoted, requireExtension, type StatementsExtension } from './workload.ts';

/**
 * Texts of statements that the statistics hold. pg_stat_statements(true) reads the file of all
 * texts at once, holding the lock that a new entry needs, and converts every one to the encoding of
 * the database it is asked in: one text that cannot be converted fails them all. So this has limits
 * and a memory of its own, and another database may be asked. A cycle never fails for it.
 */
export interface TextPlace {
  connection: Connection;
  extension: StatementsExtension | undefined;
  /** Of the database that is connected to. */
  encoding: string;
}

export interface FoundText {
  /** Cut where it is longer than asked for; undefined where its bytes cannot be read. */
  text: string | undefined;
  bytes: number;
}

export interface FoundTexts {
  /** By `userOid/databaseOid/queryid`. */
  texts: ReadonlyMap<string, FoundText>;
  /** Why a text that is not among them could not be had; absent where all were read. */
  otherwise?: Refusal;
}

export interface TextReading {
  home: TextPlace;
  /** May this role ask for the file's size (EXECUTE on pg_stat_file)? */
  maySeeSize: boolean;
  /** What reading them was like, from one cycle to the next. */
  notes: { texts: TextsMemory };
  timeout_ms: number;
  /** Bytes of one text. */
  textLimit: number;
  /** Bytes of all texts together, beyond which they are not read. */
  fileLimit: number;
  clock: Clock;
  /** Another database in which the extension is, or undefined. */
  elsewhere(database: string): Promise<TextPlace | undefined>;
}

/**
 * Of a statement that was also run within another the text may be that of the other, such as
 * EXPLAIN ANALYZE's: that of those that clients sent comes first. No ORDER BY: that would sort all
 * texts.
 */
const ofTopFirst = (aggregate: (which: string) => string): string => {
  const wanted = 's.queryid = ANY ($1::int8[])';
  const [sent, within] = ['s.toplevel', 'NOT s.toplevel'].map((which) =>
    aggregate(`FILTER (WHERE ${wanted} AND ${which})`),
  );
  return `COALESCE(${sent}, ${within})`;
};

/**
 * $1: query ids, $2: bytes of a text that are wanted, $3: bytes of all of them together, the
 * shorter ones first; the text of one that is beyond is null. One row for each (user, database,
 * id), and one for all others together, which tells how large the file is. Needs pg_read_all_stats.
 * About 2.5 ms a megabyte of texts.
 */
export const textsSql = ({ schema }: StatementsExtension) => `
WITH found AS (
  SELECT CASE WHEN s.queryid = ANY ($1::int8[]) THEN s.userid::text || '/' || s.dbid::text || '/'
    || s.queryid::text END AS id,
    pg_catalog.sum(pg_catalog.octet_length(s.query)) AS total,
    ${ofTopFirst((which) => `pg_catalog.max(pg_catalog.octet_length(s.query)) ${which}`)} AS bytes,
    pg_catalog.max(pg_catalog.pg_encoding_to_char(d.encoding)::text) AS encoding,
    ${ofTopFirst(
      (which) =>
        '(pg_catalog.array_agg(pg_catalog.substring(pg_catalog.textsend(s.query), 1, $2::int4)) ' +
        `${which})[1]`,
    )} AS text
  FROM ${quoted(schema)}.pg_stat_statements(true) s
    LEFT JOIN pg_catalog.pg_database d ON d.oid = s.dbid GROUP BY 1)
SELECT f.id, f.total, f.bytes, f.encoding,
  CASE WHEN pg_catalog.sum(pg_catalog.octet_length(f.text)) OVER
    (ORDER BY pg_catalog.octet_length(f.text), f.id) <= $3::int8
    THEN pg_catalog.encode(f.text, 'hex') END AS text
FROM found f`;

/** Size of the file of texts. EXECUTE on pg_stat_file is the superuser's unless granted. */
export const textsFileSql =
  "SELECT size FROM pg_catalog.pg_stat_file('pg_stat_tmp/pgss_query_texts.stat', true)";

/** Databases whose encoding takes every text, or most: SQL_ASCII first. Every role may read it. */
export const textPlacesSql = `
SELECT ${bytesOf('d.datname::text')} AS name FROM pg_catalog.pg_database d
WHERE d.datallowconn AND NOT d.datistemplate AND d.datname <> pg_catalog.current_database()
  AND pg_catalog.has_database_privilege(d.oid, 'CONNECT')
  AND d.encoding = ANY (CASE WHEN pg_catalog.current_setting('server_encoding') = 'UTF8'
    THEN ARRAY[0] ELSE ARRAY[0, 6] END)
ORDER BY d.encoding, d.oid LIMIT 4`;

/**
 * Reading and converting cannot be interrupted before it is done: an answer that is late is waited
 * for, or the cycle's lock would go with its connection.
 */
const patience_ms = 10_000;
/** Quicker than this it needs no pause; else it may take a share of the time that passes. */
const quick_ms = 300;
/**
 * Where reading so little takes long it is the server that is slow, which the brake and the budget
 * see.
 */
const smallFile = 4 * 1_048_576;
const share = 0.005;
const longestPause_ms = 600_000;
const unreadablePause_ms = 600_000;
const tooLargePause_ms = 3_600_000;
const longestTooLargePause_ms = 86_400_000;

/**
 * Remembered as it reads, and not only when it has read: whoever looks meanwhile, for the cycle was
 * stopped, finds what it came to so far. The database stays with what is said anew.
 */
function remember({ notes }: TextReading, { database: _before, ...memory }: TextsMemory): void {
  const { database } = notes.texts;
  notes.texts = { ...memory, ...(database === undefined ? {} : { database }) };
}

function rememberDatabase({ notes }: TextReading, database: string | undefined): void {
  const { database: _, ...memory } = notes.texts;
  notes.texts = { ...memory, ...(database === undefined ? {} : { database }) };
}

/** Never fails for the texts' own sake; throws AppError for the connection's. */
export async function readTexts(
  keys: readonly string[],
  reading: TextReading,
): Promise<FoundTexts> {
  const large = await tooLargeBefore(reading);
  if (large) return large;
  const before = reading.notes.texts;
  const wait = before.until - reading.clock.now();
  if (wait > 0) return { texts: new Map(), otherwise: whyNot(before, wait) };
  tooLarge(reading); // remembered already, should the read take the connection along
  try {
    return { texts: await askWhereItWent(reading, keys) };
  } catch (error) {
    remember(reading, before);
    const trouble = troubleOf(error);
    if (trouble === undefined) throw error;
    if (trouble === 'texts_too_large') return tooLarge(reading);
  }
  const texts = await askElsewhere(reading, keys);
  if (texts) return { texts };
  return refuse(
    reading,
    'text_unreadable',
    `a text in the statistics cannot be converted to ${reading.home.encoding}`,
    unreadablePause_ms,
  );
}

/** In the database where it went the last time; else where we are. */
async function askWhereItWent(reading: TextReading, keys: readonly string[]): Promise<Texts> {
  const { database } = reading.notes.texts;
  const known = database === undefined ? undefined : await askIn(reading, database, keys);
  if (known) return known;
  rememberDatabase(reading, undefined);
  return ask(reading, reading.home, keys);
}

type Texts = Map<string, FoundText>;

/** A database of another encoding may have them all. */
async function askElsewhere(
  reading: TextReading,
  keys: readonly string[],
): Promise<Texts | undefined> {
  const { home, timeout_ms } = reading;
  const rows = await readCatalog(home.connection, textPlacesSql, [], timeout_ms);
  for (const row of rows) {
    const name = decodeHex(row['name'] ?? '', 'SQL_ASCII') as string;
    const texts = await askIn(reading, name, keys);
    if (!texts) continue;
    rememberDatabase(reading, name);
    return texts;
  }
  return undefined;
}

async function askIn(
  reading: TextReading,
  name: string,
  keys: readonly string[],
): Promise<Texts | undefined> {
  const place = await reading.elsewhere(name);
  if (!place) return undefined;
  return ask(reading, place, keys).catch((error: unknown) => {
    if (troubleOf(error) !== 'text_unreadable') throw error;
    return undefined;
  });
}

async function ask(
  reading: TextReading,
  place: TextPlace,
  keys: readonly string[],
): Promise<Texts> {
  const { clock, fileLimit, textLimit } = reading;
  const began = clock.monotonic();
  const { rows, bytes } = await askInParts(reading, place, keys);
  const took = clock.monotonic() - began;
  const dear = took > quick_ms && bytes > smallFile;
  const until = clock.now() + (dear ? Math.min(longestPause_ms, took / share) : 0);
  remember(reading, { bytes, until, failures: 0 });
  if (bytes > fileLimit)
    refuse(
      reading,
      'texts_too_large',
      `the file of texts is ${megabytes(bytes)}`,
      tooLargePause_ms,
    );
  return new Map(
    rows.flatMap((row) =>
      row['id'] == null ? [] : [[row['id'], found(row, place.encoding, textLimit)] as const],
    ),
  );
}

/** What does not fit into one answer is asked for again; each answer brings at least one. */
async function askInParts(
  { textLimit, timeout_ms }: TextReading,
  { connection, extension }: TextPlace,
  keys: readonly string[],
): Promise<{ rows: Row[]; bytes: number }> {
  const sql = textsSql(requireExtension(extension));
  const rows: Row[] = [];
  let bytes = 0;
  let wanted = [...new Set(keys.map((key) => key.split('/')[2]))];
  while (wanted.length > 0) {
    const values = [wanted, textLimit + 1, answerBytes];
    const answer = await readCatalog(connection, sql, values, timeout_ms, patience_ms);
    bytes = answer.reduce((sum, row) => sum + numberOr(row, 'total', 0), 0);
    const beyond = answer.filter(
      (row) => row['id'] != null && row['bytes'] != null && row['text'] == null,
    );
    rows.push(...answer.filter((row) => !beyond.includes(row)));
    const left = [...new Set(beyond.map((row) => (row['id'] as string).split('/')[2]))];
    wanted = left.length < wanted.length ? left : [];
  }
  return { rows, bytes };
}

function found(row: Row, placeEncoding: string, textLimit: number): FoundText {
  const bytes = numberOr(row, 'bytes', 0);
  // In a database of SQL_ASCII nothing was converted; elsewhere all of it was.
  const encoding = placeEncoding === 'SQL_ASCII' ? (row['encoding'] ?? 'SQL_ASCII') : placeEncoding;
  const hex = row['text'] ?? '';
  const text = bytes > textLimit ? Buffer.from(hex, 'hex').toString() : decodeHex(hex, encoding);
  return { text, bytes };
}

/** Remembers that they are not read before `pause_ms` have passed, and why. */
function refuse(
  reading: TextReading,
  code: 'text_unreadable' | 'texts_too_large',
  detail: string,
  pause_ms: number,
): FoundTexts {
  const { texts: memory } = reading.notes;
  const until = reading.clock.now() + pause_ms;
  remember(reading, { ...memory, code, detail, until, failures: memory.failures + 1 });
  return { texts: new Map(), otherwise: refused(code, detail) };
}

/** The server did not read them in time. */
function tooLarge(reading: TextReading): FoundTexts {
  const { bytes, failures } = reading.notes.texts;
  const known = bytes === undefined ? 'of unknown size' : `${megabytes(bytes)} when last seen`;
  return refuse(
    reading,
    'texts_too_large',
    `the file of texts, ${known}, was not read within ${reading.timeout_ms} ms`,
    Math.min(longestTooLargePause_ms, tooLargePause_ms * 2 ** failures),
  );
}

/** Where its size may be asked for, nothing is read in vain. */
async function tooLargeBefore(reading: TextReading): Promise<FoundTexts | undefined> {
  const { maySeeSize, home, timeout_ms, fileLimit, notes } = reading;
  if (!maySeeSize) return undefined;
  const [row] = await readCatalog(home.connection, textsFileSql, [], timeout_ms);
  const bytes = numberOr(row, 'size', 0);
  remember(reading, { ...notes.texts, bytes });
  return bytes > fileLimit
    ? refuse(reading, 'texts_too_large', `the file of texts is ${megabytes(bytes)}`, 0)
    : undefined;
}

function whyNot({ code, detail, bytes = 0 }: TextsMemory, wait_ms: number): Refusal {
  if (code) return refused(code, detail);
  return refused(
    'budget_spent',
    `texts of ${megabytes(bytes)} are read again in ${Math.ceil(wait_ms / 1_000)} s`,
  );
}

/**
 * undefined_function: nothing leads from the encoding of one database to that of ours. All else
 * that is called was called before.
 */
const noConversion = '42883';

/** What about the texts went wrong; undefined where it was something else. */
function troubleOf(error: unknown): 'text_unreadable' | 'texts_too_large' | undefined {
  const state = error instanceof AppError ? sqlState(error.cause) : undefined;
  if (state === undefined) return undefined;
  if (state.startsWith('22') || state === noConversion) return 'text_unreadable';
  return state === '57014' || state === '53200' || state.startsWith('54')
    ? 'texts_too_large'
    : undefined;
}

export const megabytes = (bytes: number) =>
  `${(bytes / 1_048_576).toFixed(bytes < 10 * 1_048_576 ? 1 : 0)} MiB`;
