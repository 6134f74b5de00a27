import {
  isUndecided,
  mayComeAgain,
  type ProposalPhase,
  proposalPhases,
} from '../../model/proposal.ts';
import {
  type AdviceQuestions,
  type AdviceWriter,
  type MadeAdvice,
  type ProposedPlan,
  takenBack,
  unseenDatabases,
} from '../advice.ts';
import {
  fromProposal,
  fromProposedPlan,
  fromRun,
  toProposedPlan,
  toStoredProposal,
  toStoredRun,
} from '../advice-rows.ts';
import type { Database } from './database.ts';

/** Advice: runs, proposals, and the plans that statements would have. Lists come as JSON. */
const insertRun = 'INSERT OR REPLACE INTO advice_run (target, at, report) VALUES (?, ?, ?)';

const listOf = (which: (phase: ProposalPhase) => boolean): string =>
  proposalPhases
    .filter(which)
    .map((phase) => `'${phase}'`)
    .join(', ');
const [undecided, over] = [listOf(isUndecided), listOf(mayComeAgain)];

const upsertProposal = `
INSERT INTO proposal (id, target, made_at, expires_at, benefit, phase_since, proposal, phase)
VALUES (?, ?, ?, ?, ?, ?, ?, 'Proposed')
ON CONFLICT (id) DO UPDATE
SET made_at = excluded.made_at, expires_at = excluded.expires_at, benefit = excluded.benefit,
  proposal = excluded.proposal,
  phase = CASE WHEN phase IN (${over}) THEN phase ELSE 'Proposed' END,
  outcome = CASE WHEN phase IN (${over}) THEN outcome END,
  phase_since = CASE WHEN phase IN ('Proposed', ${over}) THEN phase_since
    ELSE excluded.phase_since END
WHERE phase IN (${undecided}, ${over})`;

/** Those that this run does not make: the ids of those that it does; databases it did not see. */
const takeBack = `
UPDATE proposal SET phase = 'Withdrawn', phase_since = ?, outcome = ?
WHERE target = ? AND phase = 'Proposed' AND id NOT IN (SELECT value FROM json_each(?))
  AND proposal ->> '$.database' NOT IN (SELECT value FROM json_each(?))`;

const forgetPlans = 'DELETE FROM proposed_plan WHERE proposal = ?';
const insertPlan =
  'INSERT OR REPLACE INTO proposed_plan (proposal, fingerprint, body) VALUES (?, ?, ?)';

const moveProposal = `
UPDATE proposal SET phase = ?, phase_since = ?, phase_by = ?, outcome = ?
WHERE id = ? AND phase IN (SELECT value FROM json_each(?))`;

const runs = 'SELECT report FROM advice_run WHERE target = ? ORDER BY at DESC LIMIT ?';
const proposals = `
SELECT * FROM proposal
WHERE (?1 IS NULL OR target = ?1) AND phase IN (SELECT value FROM json_each(?2))
  AND (?3 IS NULL OR target IN (SELECT value FROM json_each(?3)))
ORDER BY benefit DESC, id LIMIT ?4`;
const proposal = 'SELECT * FROM proposal WHERE id = ?';
const proposedPlan = 'SELECT body FROM proposed_plan WHERE proposal = ? AND fingerprint = ?';

/** Nobody has decided in time: `?` is now. */
export const expireProposals = `
UPDATE proposal SET phase = 'Expired', phase_since = ?1
WHERE phase = 'Proposed' AND expires_at < ?1`;

export const adviceRemovals = [
  'DELETE FROM advice_run WHERE at < ?',
  'DELETE FROM proposal WHERE max(made_at, phase_since) < ?',
  `DELETE FROM proposed_plan WHERE ? IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM proposal p WHERE p.id = proposed_plan.proposal)`,
] as const;

export const adviceQuestions = (db: Database): AdviceQuestions => ({
  adviceRuns: async ({ target, limit }) => db.prepare(runs).all(target, limit).map(toStoredRun),
  proposals: async ({ target = null, phases = proposalPhases, targets, limit }) =>
    db
      .prepare(proposals)
      .all(target, JSON.stringify(phases), targets ? JSON.stringify(targets) : null, limit)
      .map(toStoredProposal),
  async proposal(id) {
    const row = db.prepare(proposal).get(id);
    return row && toStoredProposal(row);
  },
  async proposedPlan(of) {
    const row = db.prepare(proposedPlan).get(of.proposal, of.fingerprint);
    return row && toProposedPlan(row);
  },
});

export const adviceWriter = (db: Database): AdviceWriter => ({
  async recordAdvice(made) {
    db.transaction(() => record(db, made));
  },
  async moveProposal({ id, phase, since, by, outcome }, from: readonly ProposalPhase[]) {
    const state = [phase, since, by ?? null, outcome ?? null] as const;
    return db.prepare(moveProposal).run(...state, id, JSON.stringify(from)).changes > 0;
  },
});

function record(db: Database, made: MadeAdvice): true {
  const { run, plans } = made;
  const { target, at, report } = fromRun(made);
  const now = run.endedAt;
  db.prepare(insertRun).run(target, at, report);
  const ids = run.proposals.map(({ id }) => id);
  const unseen = JSON.stringify(unseenDatabases(run));
  db.prepare(takeBack).run(now, takenBack, target, JSON.stringify(ids), unseen);
  for (const each of run.proposals) {
    const row = fromProposal(each, now);
    const { changes } = db
      .prepare(upsertProposal)
      .run(
        row.id,
        row.target,
        row.made_at,
        row.expires_at,
        row.benefit,
        row.phase_since,
        row.proposal,
      );
    if (changes) keepPlans(db, each.id, plans);
  }
  return true;
}

/** Of what is approved, those stay that were there when it was. */
function keepPlans(db: Database, id: string, plans: readonly ProposedPlan[]): void {
  db.prepare(forgetPlans).run(id);
  for (const each of plans)
    if (each.proposal === id)
      db.prepare(insertPlan).run(id, each.fingerprint, fromProposedPlan(each));
}
