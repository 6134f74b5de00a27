import type { VerdictChanges } from '../../model/verdict.ts';
import { mostVerdicts } from '../../model/verdict.ts';
import type { HistoryQuestions } from '../history-questions.ts';
import { fromVerdict, toVerdict, toVerdictCount } from '../rows.ts';
import { storableJson } from '../storable.ts';
import type { Database } from './database.ts';

/**
 * What people say of findings, in a table of its own: a finding comes and goes, this stays. Rows
 * come as one JSON document and in order of their keys, as all of this schema.
 */
const putVerdicts = `
INSERT INTO dbintel.verdict (target, fingerprint, rule, verdict, verdict_why, verdict_until,
  verdict_by, verdict_at, verdict_declared)
SELECT $1, fingerprint, rule, verdict, verdict_why, verdict_until, verdict_by, verdict_at,
  verdict_declared
FROM jsonb_to_recordset($2::jsonb) AS r (fingerprint text, rule text, verdict text,
  verdict_why text, verdict_until bigint, verdict_by text, verdict_at bigint, verdict_declared int)
ORDER BY fingerprint, rule
ON CONFLICT (target, fingerprint, rule) DO UPDATE
SET verdict = excluded.verdict, verdict_why = excluded.verdict_why,
  verdict_until = excluded.verdict_until, verdict_by = excluded.verdict_by,
  verdict_at = excluded.verdict_at, verdict_declared = excluded.verdict_declared`;

const removeVerdicts = `
DELETE FROM dbintel.verdict v
USING jsonb_to_recordset($2::jsonb) AS r (fingerprint text, rule text)
WHERE v.target = $1 AND v.fingerprint = r.fingerprint AND v.rule = r.rule`;

const verdicts = `
SELECT * FROM dbintel.verdict WHERE target = $1
ORDER BY verdict_at DESC, fingerprint COLLATE "C", rule COLLATE "C" LIMIT $2`;

const verdictCounts = `
SELECT rule, verdict, count(*) AS count FROM dbintel.verdict
GROUP BY rule, verdict ORDER BY rule COLLATE "C", verdict`;

/** Of statements that are not known any more. */
export const removeForgotten = `
DELETE FROM dbintel.verdict v WHERE verdict_at < $1 AND NOT EXISTS (
  SELECT FROM dbintel.query q WHERE q.target = v.target AND q.fingerprint = v.fingerprint)`;

export async function judge(
  db: Database,
  target: string,
  { put, remove }: VerdictChanges,
): Promise<void> {
  await db.transaction(async (client) => {
    if (remove.length) await client.query(removeVerdicts, [target, storableJson(remove)]);
    if (put.length) await client.query(putVerdicts, [target, storableJson(put.map(fromVerdict))]);
    return true;
  });
}

export const verdictQuestions = (
  db: Database,
): Pick<HistoryQuestions, 'verdicts' | 'verdictCounts'> => ({
  verdicts: async (target) => (await db.rows(verdicts, [target, mostVerdicts])).map(toVerdict),
  verdictCounts: async () => (await db.rows(verdictCounts, [])).map(toVerdictCount),
});
