import { type ExplainContext, type ExplainJob, explainJob, type SampleAnswer } from './explain.ts';
import { guard } from './guard.ts';
import { plannedMode, readSessionMode } from './session-mode.ts';
import { sqlText } from './sql-text.ts';

/**
 * One text with values is as good as another, until its values find no row: then the server makes
 * no plan. Other texts of the statement are in the history of what ran just now. What they are is
 * known by their digest; how many there are depends on the server.
 */
const mostOthers = 3;

/**
 * Needs SELECT on performance_schema; reads two tables of at most some thousand rows, in memory.
 */
export const otherSamplesSql = (digest: string, schema: string) =>
  ['events_statements_history', 'events_statements_history_long']
    .map(
      (table) =>
        `SELECT DISTINCT SQL_TEXT AS text FROM performance_schema.${table}
          WHERE DIGEST = ${sqlText(digest)}
            AND CURRENT_SCHEMA <=> ${schema === '' ? 'NULL' : sqlText(schema)}`,
    )
    .join(' UNION ')
    .concat(' LIMIT 20');

export async function explainSamples(
  job: ExplainJob,
  context: ExplainContext,
  { bytes, timeout_ms }: { bytes: number; timeout_ms: number },
): Promise<SampleAnswer> {
  const first = await explainJob(job, context);
  if (first.kind !== 'refused' || first.code !== 'degenerate_plan' || !job.fingerprint.nativeId)
    return first;
  const rows = await context.control.query(
    otherSamplesSql(job.fingerprint.nativeId, job.schema),
    timeout_ms,
  );
  const { sampleLength, sqlMode, lowersNames } = context.server;
  const others = rows.flatMap((row) => {
    const text = row['text'] ?? '';
    if (Buffer.byteLength(text) > bytes) return [];
    const mode = readSessionMode(text, job.digestText, sqlMode);
    if (mode.kind !== 'known' || plannedMode(sqlMode, mode.flags) !== job.sqlMode) return [];
    const guarded = guard(text, { bytes, sampleLength, lowersNames }, mode.flags);
    return guarded.kind === 'refused' ||
      guarded.sql === job.sql ||
      (guarded.shape.kind !== 'select') !== job.write
      ? []
      : [guarded];
  });
  for (const { sql, shape } of others.slice(0, mostOthers)) {
    if (context.limits.another?.() === false) break;
    const answer = await explainJob({ ...job, sql, shape }, context);
    if (answer.kind === 'explained') return answer;
  }
  return first;
}
