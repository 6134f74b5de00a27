import type { Connection } from './connection.ts';
import { bytesOf, decodeHex } from './encoding.ts';
import { readCatalog } from './transaction.ts';

/** Texts of statements that run, with their real values. They never leave the engine. */

/**
 * `1/2/3` or `1/2/3/nested`, a statement's key → `1/2/3`: from 18 on, another user's text of the
 * same id may name another schema's table, and what it names may be that user's code.
 */
export const textKey = (key: string): string => key.split('/').slice(0, 3).join('/');
/** → `2/3`, of whatever user. */
export const placeKey = (key: string): string => key.split('/').slice(1, 3).join('/');

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
export const answerBytes = 4 * 1_048_576;

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
