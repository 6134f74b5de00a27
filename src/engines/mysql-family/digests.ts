import type { StatementWork } from '../../model/statistics.ts';
import type { StatementRef } from '../engine.ts';
import { numberOr, type Row } from '../row.ts';
import type { Connection } from './connection.ts';
import { sqlText } from './sql-text.ts';

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
export const digestTextsSql = (digests: readonly string[]) => `
SELECT SCHEMA_NAME AS \`database\`, DIGEST AS digest, DIGEST_TEXT AS digest_text
FROM performance_schema.events_statements_summary_by_digest
WHERE DIGEST IN (${digests.map(sqlText).join(', ')})`;

/** By statement key; '' for what found no room in the server's table. */
export async function readDigestTexts(
  control: Connection,
  statements: readonly StatementRef[],
  timeout_ms: number,
): Promise<Map<string, string>> {
  const { digests, lost } = digestsOf(statements);
  const texts = new Map(lost.map((key) => [key, '']));
  if (digests.length === 0) return texts;
  for (const row of await control.query(digestTextsSql(digests), timeout_ms))
    texts.set(`${row['database'] ?? ''}/${row['digest']}`, withoutForm(row['digest_text'] ?? ''));
  return texts;
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

/** The digests to ask for; what no longer fitted into the server's table has none. */
export function digestsOf(statements: readonly StatementRef[]): {
  digests: string[];
  lost: string[];
} {
  return {
    digests: [...new Set(statements.map(({ nativeId }) => nativeId).filter((id) => id !== ''))],
    lost: statements.filter(({ nativeId }) => nativeId === '').map(({ key }) => key),
  };
}
