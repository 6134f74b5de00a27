import type { Clock } from '../../base/clock.ts';
import { AppError } from '../../base/errors.ts';
import { type Refusal, refused } from '../../model/refusal.ts';
import { numberOr, type Row } from '../row.ts';
import type { Connection } from './connection.ts';
import { bytesOf, decodeHex } from './encoding.ts';
import { sqlState } from './errors.ts';
import type { TextsMemory } from './notes.ts';
import { readCatalog } from './transaction.ts';
import { quoted, requireExtension, type StatementsExtension } from './workload.ts';

/**
 * Texts of statements: those of the statistics, and those that run. pg_stat_statements(true) reads
 * the file of all texts at once, holding the lock that a new entry needs, and converts every one to
 * the encoding of the database it is asked in: one text that cannot be converted fails them all. So
 * this has limits and a memory of its own, another database may be asked, and without any of it the
 * running texts are left. A cycle never fails for it.
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

export interface TextReader {
  /** Never fails for the texts' own sake; throws AppError for the connection's. */
  read(keys: readonly string[]): Promise<FoundTexts>;
  readonly memory: TextsMemory;
}

export interface TextReaderOptions {
  home: TextPlace;
  /** May this role ask for the file's size (EXECUTE on pg_stat_file)? */
  maySeeSize: boolean;
  memory: TextsMemory | undefined;
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
 * `1/2/3` or `1/2/3/nested`, a statement's key → `1/2/3`: from 18 on, another user's text of the
 * same id may name another schema's table, and what it names may be that user's code.
 */
export const textKey = (key: string): string => key.split('/').slice(0, 3).join('/');
/** → `2/3`, of whatever user. */
export const placeKey = (key: string): string => key.split('/').slice(1, 3).join('/');

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
    pg_catalog.max(pg_catalog.octet_length(s.query)) AS bytes,
    pg_catalog.max(pg_catalog.pg_encoding_to_char(d.encoding)::text) AS encoding,
    (pg_catalog.array_agg(pg_catalog.substring(pg_catalog.textsend(s.query), 1, $2::int4)) FILTER
      (WHERE s.queryid = ANY ($1::int8[])))[1] AS text
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
 * $1: query ids, $2: bytes of all texts together, the shorter ones first. Running statements, and
 * the last one of each idle session, with their real values: one for each user, database and id.
 * Short-lived in our memory; the text never leaves. Bytes are not looked at.
 */
export const samplesSql = `
SELECT y."user", y.id, ${bytesOf('y.query')} AS text, y.encoding FROM (
  SELECT x.*, pg_catalog.sum(pg_catalog.octet_length(x.query)) OVER
    (ORDER BY pg_catalog.octet_length(x.query), x."user", x.id) AS upto FROM (
    SELECT DISTINCT ON (a.usesysid, a.datid, a.query_id) a.usesysid::text AS "user",
      a.datid::text || '/' || a.query_id::text AS id, a.query,
      pg_catalog.pg_encoding_to_char(d.encoding) AS encoding
    FROM pg_catalog.pg_stat_activity a JOIN pg_catalog.pg_database d ON d.oid = a.datid
    WHERE a.query_id = ANY ($1::int8[]) AND a.pid <> pg_catalog.pg_backend_pid()
      AND pg_catalog.octet_length(a.query) < (SELECT setting::int FROM pg_catalog.pg_settings
        WHERE name = 'track_activity_query_size') - 4) x) y
WHERE y.upto <= $2::int8`;

/** What is held of an answer is bounded, and hexadecimal takes two bytes for one. */
const answerBytes = 4 * 1_048_576;

/** By `databaseOid/queryid`, or with `userOid/` before it, as whoever logged in. */
export async function readSamples(
  control: Connection,
  ids: readonly string[],
  whose: 'any user' | 'own user',
  timeout_ms: number,
): Promise<Map<string, string>> {
  const rows = await readCatalog(control, samplesSql, [ids, answerBytes], timeout_ms);
  return new Map(
    rows.flatMap((row) => {
      const text = decodeHex(row['text'] ?? '', row['encoding'] ?? '');
      return text === undefined
        ? []
        : [
            [
              whose === 'any user' ? (row['id'] ?? '') : `${row['user']}/${row['id']}`,
              text,
            ] as const,
          ];
    }),
  );
}

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

export function createTextReader(options: TextReaderOptions): TextReader {
  const { home, clock, timeout_ms } = options;
  let { database, ...memory }: TextsMemory = options.memory ?? { until: 0, failures: 0 };

  async function ask(place: TextPlace, keys: readonly string[]): Promise<Map<string, FoundText>> {
    const ids = [...new Set(keys.map((key) => key.split('/')[2]))];
    const began = clock.monotonic();
    const sql = textsSql(requireExtension(place.extension));
    const rows: Row[] = [];
    let bytes = 0;
    for (let wanted = ids; wanted.length > 0; ) {
      const answer = await readCatalog(
        place.connection,
        sql,
        [wanted, options.textLimit + 1, answerBytes],
        timeout_ms,
        patience_ms,
      );
      bytes = answer.reduce((sum, row) => sum + numberOr(row, 'total', 0), 0);
      const beyond = answer.filter(
        (row) => row['id'] != null && row['bytes'] != null && row['text'] == null,
      );
      rows.push(...answer.filter((row) => !beyond.includes(row)));
      const left = [...new Set(beyond.map((row) => (row['id'] as string).split('/')[2]))];
      wanted = left.length < wanted.length ? left : []; // each answer brings at least one
    }
    const took = clock.monotonic() - began;
    const dear = took > quick_ms && bytes > smallFile;
    memory = {
      bytes,
      until: clock.now() + (dear ? Math.min(longestPause_ms, took / share) : 0),
      failures: 0,
    };
    if (bytes > options.fileLimit)
      givenUp('texts_too_large', `the file of texts is ${megabytes(bytes)}`, tooLargePause_ms);
    return new Map(
      rows.flatMap((row) =>
        row['id'] == null ? [] : [[row['id'], found(row, place.encoding)] as const],
      ),
    );
  }

  function found(row: Row, placeEncoding: string): FoundText {
    const bytes = numberOr(row, 'bytes', 0);
    // In a database of SQL_ASCII nothing was converted; elsewhere all of it was.
    const encoding =
      placeEncoding === 'SQL_ASCII' ? (row['encoding'] ?? 'SQL_ASCII') : placeEncoding;
    const hex = row['text'] ?? '';
    const text =
      bytes > options.textLimit ? Buffer.from(hex, 'hex').toString() : decodeHex(hex, encoding);
    return { text, bytes };
  }

  /** A database of another encoding may have them all. */
  async function askElsewhere(
    keys: readonly string[],
  ): Promise<Map<string, FoundText> | undefined> {
    const rows = await readCatalog(home.connection, textPlacesSql, [], timeout_ms);
    for (const row of rows) {
      const name = decodeHex(row['name'] ?? '', 'SQL_ASCII') as string;
      const texts = await askIn(name, keys);
      if (!texts) continue;
      database = name;
      return texts;
    }
    return undefined;
  }

  async function askIn(
    name: string,
    keys: readonly string[],
  ): Promise<Map<string, FoundText> | undefined> {
    const place = await options.elsewhere(name);
    if (!place) return undefined;
    return ask(place, keys).catch((error: unknown) => {
      if (troubleOf(error) !== 'text_unreadable') throw error;
      return undefined;
    });
  }

  const givenUp = (
    code: 'text_unreadable' | 'texts_too_large',
    detail: string,
    pause_ms: number,
  ): FoundTexts => {
    memory = {
      ...memory,
      code,
      detail,
      until: clock.now() + pause_ms,
      failures: memory.failures + 1,
    };
    return { texts: new Map(), otherwise: refused(code, detail) };
  };

  async function tooLargeBefore(): Promise<FoundTexts | undefined> {
    if (!options.maySeeSize) return undefined;
    const [row] = await readCatalog(home.connection, textsFileSql, [], timeout_ms);
    const bytes = numberOr(row, 'size', 0);
    memory = { ...memory, bytes };
    return bytes > options.fileLimit
      ? givenUp('texts_too_large', `the file of texts is ${megabytes(bytes)}`, 0)
      : undefined;
  }

  async function read(keys: readonly string[]): Promise<FoundTexts> {
    const large = await tooLargeBefore();
    if (large) return large;
    const wait = memory.until - clock.now();
    if (wait > 0) return { texts: new Map(), otherwise: whyNot(memory, wait) };
    const tooLarge = () => {
      const known =
        memory.bytes === undefined
          ? 'of unknown size'
          : `${megabytes(memory.bytes)} when last seen`;
      const pause = Math.min(longestTooLargePause_ms, tooLargePause_ms * 2 ** memory.failures);
      return givenUp(
        'texts_too_large',
        `the file of texts, ${known}, was not read within ${timeout_ms} ms`,
        pause,
      );
    };
    const before = memory;
    tooLarge(); // remembered already, should the read take the connection along
    try {
      const known = database === undefined ? undefined : await askIn(database, keys);
      if (known) return { texts: known };
      database = undefined;
      return { texts: await ask(home, keys) };
    } catch (error) {
      memory = before;
      const trouble = troubleOf(error);
      if (trouble === undefined) throw error;
      if (trouble === 'texts_too_large') return tooLarge();
    }
    const texts = await askElsewhere(keys);
    if (texts) return { texts };
    return givenUp(
      'text_unreadable',
      `a text in the statistics cannot be converted to ${home.encoding}`,
      unreadablePause_ms,
    );
  }

  return {
    read,
    get memory() {
      return { ...memory, ...(database === undefined ? {} : { database }) };
    },
  };
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
