import { expect, it } from 'vitest';
import type { LoopState } from '../advice/machine-state.ts';
import { indexRecommendationStatus } from '../resources/kinds/index-recommendation/status.ts';
import { stateOf, statusOf } from './cluster-status.ts';

const state: LoopState = {
  phase: 'Cleaning',
  since: 1_700_000_000_000,
  reason: 'removing_invalid',
  attempt: 2,
  notBefore: 1_700_000_060_000,
  approvedBy: 'dba',
  intent: { command: 'build', at: 1_700_000_000_000 },
  failure: { reason: 'lock_timeout', final: false },
};
const now = 1_700_000_000_500;

it('what is written is what is read', () => {
  const status = statusOf(state, undefined, 1, now);
  expect(indexRecommendationStatus.parse(status)).toEqual(status);
  expect(stateOf(status, 0)).toEqual(state);
  const kept: LoopState = { ...state, phase: 'Kept', appliedAt: now, notBefore: 0 };
  expect(stateOf(statusOf(kept, status, 1, now), 0)).toEqual(kept);
});

it('says to kstatus whether it works, waits for people, or is over', () => {
  const types = (phase: LoopState['phase']) =>
    (statusOf({ ...state, phase }, undefined, 1, now).conditions ?? []).map(
      (each) => `${each.type}=${each.status}`,
    );
  expect(types('Proposed')).toEqual(['Ready=True']);
  expect(types('Applying')).toEqual(['Ready=Unknown', 'Reconciling=True']);
  expect(types('Failed')).toEqual(['Ready=False', 'Stalled=True']);
  expect(types('Kept')).toEqual(['Ready=True']);
});

it('one that nobody has looked at is proposed', () => {
  expect(stateOf(undefined, 7)).toMatchObject({ phase: 'Proposed', since: 7 });
});
