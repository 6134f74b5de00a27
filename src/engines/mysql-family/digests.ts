import type { StatementWork } from '../../model/statistics.ts';
import type { StatementRef } from '../engine.ts';
import { numberOr, type Row } from '../row.ts';
import type { Connection } from './connection.ts';
import { sqlText } from './sql-text.ts';
import type { Server } from './variant.ts';

/** What the servers count of a digest besides its calls, its time and its rows. */
export const workColumns = `SUM_ROWS_EXAMINED AS examined,
  SUM_CREATED_TMP_DISK_TABLES AS disk_tables, SUM_SORT_MERGE_PASSES AS sort_merges`;

/** Of all of these rows. Throws AppError where a counter is none. */
export const workOf = (rows: readonly Row[]): StatementWork => ({
  rowsExamined: sumOf(rows, 'examined'),
  diskTables: sumOf(rows, 'disk_tables'),
  sortMerges: sumOf(rows, 'sort_merges'),
});

export const sumOf = (rows: readonly Row[], column: string): number =>
  rows.reduce((sum, row) => sum + numberOr(row, column, 0), 0);

/**
 * Texts as the servers normalise them, literals gone. Both products keep them in the same table.
 * Needs SELECT on performance_schema.
 */
export const digestTextsSql = (keys: readonly DigestKey[]) => `
SELECT SCHEMA_NAME AS \`database\`, DIGEST AS digest, DIGEST_TEXT AS digest_text
FROM performance_schema.events_statements_summary_by_digest
WHERE ${isOneOf(keys)}`;

/** A text that runs in a thousand schemas is a thousand statements: each is asked for by both. */
export interface DigestKey {
  database: string | null;
  digest: string;
}

/** As it is printed. */
export const exampleKey: DigestKey = { database: '<database>', digest: '<digest>' };

export const isOneOf = (keys: readonly DigestKey[], column = 'SCHEMA_NAME'): string =>
  [...Map.groupBy(keys, ({ database }) => database)]
    .map(([database, of]) => {
      const schema = database === null ? 'IS NULL' : `= ${sqlText(database)}`;
      const digests = of.map(({ digest }) => sqlText(digest)).join(', ');
      return `(${column} ${schema} AND DIGEST IN (${digests}))`;
    })
    .join(' OR ');

/** By statement key; '' for what found no room in the server's table. */
export async function readDigestTexts(
  control: Connection,
  statements: readonly StatementRef[],
  server: Pick<Server, 'sampleLength'>,
  timeout_ms: number,
): Promise<Map<string, string>> {
  const { keys, lost } = keysOf(statements);
  const texts = new Map(lost.map((key) => [key, '']));
  for (const some of inAnswers(keys, server))
    for (const row of await control.query(digestTextsSql(some), timeout_ms))
      texts.set(`${row['database'] ?? ''}/${row['digest']}`, withoutForm(row['digest_text'] ?? ''));
  return texts;
}

/** Less than half of what one answer may be: all servers together have room for three such. */
export const answerBytes = 4 * 1_048_576;

/** As many at once as have room in one answer: two texts each, as long as the server keeps them. */
export function inAnswers(
  keys: readonly DigestKey[],
  { sampleLength }: Pick<Server, 'sampleLength'>,
): DigestKey[][] {
  const most = Math.max(1, Math.floor(answerBytes / (2 * Math.max(1_024, sampleLength))));
  return Array.from({ length: Math.ceil(keys.length / most) }, (_, i) =>
    keys.slice(i * most, (i + 1) * most),
  );
}

/**
 * MySQL counts a statement that is prepared under texts of their own; `EXECUTE name` is MariaDB's,
 * and a statement by itself.
 */
export const withoutForm = (digestText: string): string =>
  digestText.replace(
    /^(?:EXECUTE|PREPARE) (?=[\s(]*(?:SELECT|WITH|INSERT|REPLACE|UPDATE|DELETE|VALUES|TABLE|CALL|DO|SET)\b)/,
    '',
  );

/** What to ask for; what no longer fitted into the server's table has no digest. */
export function keysOf(statements: readonly StatementRef[]): {
  keys: DigestKey[];
  lost: string[];
} {
  return {
    keys: statements
      .filter(({ nativeId }) => nativeId !== '')
      .map(({ database, nativeId }) => ({ database: database || null, digest: nativeId })),
    lost: statements.filter(({ nativeId }) => nativeId === '').map(({ key }) => key),
  };
}
