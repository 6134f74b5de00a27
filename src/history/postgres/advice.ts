import type pg from 'pg';
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
import { storable, storableJson } from '../storable.ts';
import type { Database } from './database.ts';

/**
 * Advice: runs, proposals, and the plans that statements would have. Rows come as one JSON document
 * and in order of their keys, as all of this schema.
 */
const insertRun = `
INSERT INTO dbintel.advice_run (target, at, report) VALUES ($1, $2, $3)
ON CONFLICT (target, at) DO UPDATE SET report = excluded.report`;

const listOf = (which: (phase: ProposalPhase) => boolean): string =>
  proposalPhases
    .filter(which)
    .map((phase) => `'${phase}'`)
    .join(', ');
const [undecided, over] = [listOf(isUndecided), listOf(mayComeAgain)];

/** Tells those that were written: no approval stands on them. */
const upsertProposals = `
INSERT INTO dbintel.proposal (id, target, made_at, expires_at, benefit, phase_since, proposal,
  phase)
SELECT id, target, made_at, expires_at, benefit, phase_since, proposal::jsonb, 'Proposed'
FROM jsonb_to_recordset($1::jsonb) AS r (id text, target text, made_at bigint,
  expires_at bigint, benefit float8, phase_since bigint, proposal text)
ORDER BY id
ON CONFLICT (id) DO UPDATE
SET made_at = excluded.made_at, expires_at = excluded.expires_at, benefit = excluded.benefit,
  proposal = excluded.proposal,
  phase = CASE WHEN proposal.phase IN (${over}) THEN proposal.phase ELSE 'Proposed' END,
  outcome = CASE WHEN proposal.phase IN (${over}) THEN proposal.outcome END,
  phase_since = CASE WHEN proposal.phase IN ('Proposed', ${over}) THEN proposal.phase_since
    ELSE excluded.phase_since END
WHERE proposal.phase IN (${undecided}, ${over})
RETURNING id`;

const takeBack = `
UPDATE dbintel.proposal SET phase = 'Withdrawn', phase_since = $1, outcome = $2
WHERE target = $3 AND phase = 'Proposed' AND id <> ALL ($4::text[])
  AND proposal ->> 'database' <> ALL ($5::text[])`;

const forgetPlans = 'DELETE FROM dbintel.proposed_plan WHERE proposal = ANY ($1::text[])';
const insertPlan = `
INSERT INTO dbintel.proposed_plan (proposal, fingerprint, body) VALUES ($1, $2, $3)
ON CONFLICT (proposal, fingerprint) DO UPDATE SET body = excluded.body`;

const moveProposal = `
UPDATE dbintel.proposal SET phase = $1, phase_since = $2, phase_by = $3, outcome = $4
WHERE id = $5 AND phase = ANY ($6::text[]) RETURNING id`;

const runs = 'SELECT report FROM dbintel.advice_run WHERE target = $1 ORDER BY at DESC LIMIT $2';
const proposals = `
SELECT * FROM dbintel.proposal
WHERE ($1::text IS NULL OR target = $1) AND phase = ANY ($2::text[])
  AND ($3::text[] IS NULL OR target = ANY ($3))
ORDER BY benefit DESC, id COLLATE "C" LIMIT $4`;
const proposal = 'SELECT * FROM dbintel.proposal WHERE id = $1';
const proposedPlan = `
SELECT body FROM dbintel.proposed_plan WHERE proposal = $1 AND fingerprint = $2`;

/** Nobody has decided in time: $1 is now. */
export const expireProposals = `
UPDATE dbintel.proposal SET phase = 'Expired', phase_since = $1
WHERE phase = 'Proposed' AND expires_at < $1`;

export const adviceRemovals = [
  'DELETE FROM dbintel.advice_run WHERE at < $1',
  'DELETE FROM dbintel.proposal WHERE greatest(made_at, phase_since) < $1',
  `DELETE FROM dbintel.proposed_plan t WHERE $1::bigint IS NOT NULL AND NOT EXISTS (
    SELECT FROM dbintel.proposal p WHERE p.id = t.proposal)`,
] as const;

export const adviceQuestions = (db: Database): AdviceQuestions => ({
  adviceRuns: async ({ target, limit }) => (await db.rows(runs, [target, limit])).map(toStoredRun),
  async proposals({ target = null, phases = proposalPhases, targets = null, limit }) {
    const rows = await db.rows(proposals, [target, phases, targets, limit]);
    return rows.map(toStoredProposal);
  },
  async proposal(id) {
    const [row] = await db.rows(proposal, [id]);
    return row && toStoredProposal(row);
  },
  async proposedPlan(of) {
    const [row] = await db.rows(proposedPlan, [of.proposal, of.fingerprint]);
    return row && toProposedPlan(row);
  },
});

export const adviceWriter = (db: Database): AdviceWriter => ({
  async recordAdvice(made) {
    await db.transaction((client) => record(client, made));
  },
  async moveProposal({ id, phase, since, by, outcome }, from) {
    const said = [by, outcome].map((each) => (each === undefined ? null : storable(each)));
    const state = [phase, since, ...said];
    return (await db.rows(moveProposal, [...state, id, from])).length > 0;
  },
});

async function record(client: pg.PoolClient, made: MadeAdvice): Promise<true> {
  const { run, plans } = made;
  const { target, at, report } = fromRun(made);
  const now = run.endedAt;
  await client.query(insertRun, [target, at, report]);
  const ids = run.proposals.map(({ id }) => id);
  await client.query(takeBack, [now, takenBack, target, ids, unseenDatabases(run)]);
  const rows = run.proposals.map((each) => fromProposal(each, now));
  const written = await client.query(upsertProposals, [storableJson(rows)]);
  const fresh = new Set(written.rows.map(({ id }) => id));
  await client.query(forgetPlans, [[...fresh]]);
  for (const each of plans)
    if (fresh.has(each.proposal))
      await client.query(insertPlan, [
        each.proposal,
        each.fingerprint,
        Buffer.from(fromProposedPlan(each)),
      ]);
  return true;
}
