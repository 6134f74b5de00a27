import type { Plan } from '../model/plan.ts';
import {
  type Proposal,
  type ProposalState,
  proposalPhases,
  type StoredProposal,
} from '../model/proposal.ts';
import type { MadeAdvice, ProposedPlan, StoredRun } from './advice.ts';
import { readBody, writeBody } from './bodies.ts';
import {
  bytes,
  isNumber,
  isRecord,
  isText,
  json,
  known,
  listOf,
  maybe,
  number,
  type Row,
  text,
  word,
} from './columns.ts';
import { storableJson } from './storable.ts';

/** Advice as rows of any backend, and back. */
export const toStoredRun = (row: Row): StoredRun => json(row, 'report', isStoredRun);

const isStoredRun = (value: unknown): value is StoredRun =>
  isRecord(value) &&
  isRecord(value['target']) &&
  isNumber(value['startedAt']) &&
  isNumber(value['endedAt']) &&
  Array.isArray(value['withheld']) &&
  isRecord(value['statements']) &&
  listOf(isText)(value['proposals']);

export const fromRun = ({ run }: MadeAdvice): { target: string; at: number; report: string } => {
  const report: StoredRun = { ...run, proposals: run.proposals.map(({ id }) => id) };
  return { target: run.target.uid, at: run.startedAt, report: storableJson(report) };
};

export const toStoredProposal = (row: Row): StoredProposal => ({
  ...json(row, 'proposal', isProposal),
  state: toState(row),
});

const isProposal = (value: unknown): value is Proposal =>
  isRecord(value) &&
  isText(value['id']) &&
  isText(value['contentHash']) &&
  isRecord(value['target']) &&
  isRecord(value['change']) &&
  isRecord(value['evidence']) &&
  [value['apply'], value['rollback']].every(listOf(isText));

const toState = (row: Row): ProposalState => ({
  id: text(row, 'id'),
  phase: word(row, 'phase', proposalPhases),
  since: number(row, 'phase_since'),
  ...known({
    by: maybe(row, 'phase_by', text),
    outcome: maybe(row, 'outcome', text),
  }),
});

/** A proposal as its row has it, in order of columns. */
export const fromProposal = (proposal: Proposal, now: number) => ({
  id: proposal.id,
  target: proposal.target.uid,
  made_at: proposal.madeAt,
  expires_at: proposal.expiresAt,
  benefit: proposal.evidence.benefitMsPerDay,
  phase_since: now,
  proposal: storableJson(proposal),
});

export const fromProposedPlan = ({ plan }: ProposedPlan): Uint8Array => writeBody({ plan });

export const toProposedPlan = (row: Row): Plan => readBody(bytes(row, 'body')).plan;
