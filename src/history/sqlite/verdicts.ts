import type { Verdict, VerdictChanges } from '../../model/verdict.ts';
import { mostVerdicts } from '../../model/verdict.ts';
import type { HistoryQuestions } from '../history-questions.ts';
import { fromVerdict, toVerdict, toVerdictCount } from '../rows.ts';
import type { Database } from './database.ts';

/** What people say of findings, in a table of its own: a finding comes and goes, this stays. */
const putVerdict = `
INSERT OR REPLACE INTO verdict (target, fingerprint, rule, verdict, verdict_why, verdict_until,
  verdict_by, verdict_at, verdict_declared)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const removeVerdict = 'DELETE FROM verdict WHERE target = ? AND fingerprint = ? AND rule = ?';

const verdicts = `
SELECT * FROM verdict WHERE target = ? ORDER BY verdict_at DESC, fingerprint, rule LIMIT ?`;

const verdictCounts = `
SELECT rule, verdict, count(*) AS count FROM verdict GROUP BY rule, verdict ORDER BY rule, verdict`;

export function judge(db: Database, target: string, { put, remove }: VerdictChanges): void {
  db.transaction(() => {
    for (const { fingerprint, rule } of remove)
      db.prepare(removeVerdict).run(target, fingerprint, rule);
    for (const verdict of put) putOne(db, target, verdict);
    return true;
  });
}

function putOne(db: Database, target: string, verdict: Verdict): void {
  const row = fromVerdict(verdict);
  db.prepare(putVerdict).run(
    target,
    row.fingerprint,
    row.rule,
    row.verdict,
    row.verdict_why,
    row.verdict_until,
    row.verdict_by,
    row.verdict_at,
    row.verdict_declared,
  );
}

export const verdictQuestions = (
  db: Database,
): Pick<HistoryQuestions, 'verdicts' | 'verdictCounts'> => ({
  verdicts: async (target) => db.prepare(verdicts).all(target, mostVerdicts).map(toVerdict),
  verdictCounts: async () => db.prepare(verdictCounts).all().map(toVerdictCount),
});
