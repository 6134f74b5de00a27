import { expect, it } from 'vitest';
import { type LoopState, proposed } from '../advice/machine-state.ts';
import { endedBadly, type ProposalPhase, proposalPhases } from '../model/proposal.ts';
import { againstDecision } from './standing.ts';

const now = Date.parse('2026-03-01T10:00:00Z');
const at = (phase: ProposalPhase, reason: LoopState['reason'] = 'regression'): LoopState => ({
  ...proposed(now),
  phase,
  reason,
});
const of = (state: LoopState, more: object = {}) => ({
  id: 'adv-1',
  state,
  expiresAt: now + 1,
  superseded: false,
  ...more,
});
const approve = { decision: 'Approve', again: false } as const;
const again = { decision: 'Approve', again: true } as const;

it('what came to a bad end is approved anew by who says so, and is told how it ended', () => {
  const against = againstDecision(of(at('RolledBack')), approve, now);
  expect(against).toContain('RolledBack since 2026-03-01 10:00 UTC: something got slower');
  expect(against).toContain('--again');
  for (const phase of proposalPhases.filter(endedBadly)) {
    expect(againstDecision(of(at(phase)), approve, now)).toContain(phase);
    expect(againstDecision(of(at(phase)), again, now)).toBeUndefined();
  }
});

it('what nobody has carried out is approved anew by a word', () => {
  for (const phase of ['Proposed', 'Withdrawn', 'Rejected', 'Expired'] as const)
    expect(againstDecision(of(at(phase)), approve, now)).toBeUndefined();
});

it('nothing is approved on what has expired or is not advised any more, however it is said', () => {
  for (const phase of ['Proposed', 'RolledBack', 'Expired'] as const) {
    const late = of(at(phase), { expiresAt: now });
    expect(againstDecision(late, again, now)).toContain('run `dbintel advise`');
    const gone = of(at(phase), { superseded: true });
    expect(againstDecision(gone, again, now)).toContain('does not advise it any more');
  }
});

it('what is in force or under way is not decided on but gone on with or taken back', () => {
  for (const phase of ['Kept', 'Applying', 'Observing', 'RollingBack'] as const)
    for (const said of [again, { decision: 'Reject', again: false } as const])
      expect(againstDecision(of(at(phase)), said, now)).toContain('dbintel rollback');
});

it('what is over cannot be rejected', () => {
  const reject = { decision: 'Reject', again: false } as const;
  expect(againstDecision(of(at('Failed')), reject, now)).toContain('nothing left to reject');
  expect(againstDecision(of(at('Deferred')), reject, now)).toBeUndefined();
});
