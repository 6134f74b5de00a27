import type { CycleOutcome } from '../model/batch.ts';
import { type Cause, onCycleFailure, onCycleSuccess } from '../safety/circuit-breaker.ts';
import { rememberFailure } from '../safety/failure-memory.ts';
import { settle as settleBucket } from '../safety/token-bucket.ts';
import type { Answer, CycleContext, Ended } from './step.ts';
import type { TargetState } from './target-state.ts';

/**
 * What a target remembers of a cycle that asked its server, however it ended: the database time it
 * took, what became of each statement, and whether the server let it.
 */
export function settle(
  cycle: Ended,
  context: Pick<CycleContext, 'settings' | 'random'>,
  now: number,
): Ended {
  const { state, answers, databaseMs, outcome } = cycle;
  const { databaseTime } = context.settings;
  return {
    ...cycle,
    state: {
      ...state,
      ...marksAfter(state, answers),
      databaseTime: settleBucket(state.databaseTime, databaseTime, now, databaseMs),
      breaker: breakerAfter(state.breaker, outcome, context, now),
    },
  };
}

/** Of each statement, when it was explained or why it was not. */
export function marksAfter(
  state: Pick<TargetState, 'explained' | 'failures'>,
  answers: readonly Answer[],
): Pick<TargetState, 'explained' | 'failures'> {
  const explained = new Map(state.explained);
  const failures = new Map(state.failures);
  for (const { query, at } of answers) {
    const { stats, result, fingerprint } = query;
    if (result.kind === 'explained') {
      const hash = result.plan.hash.shape;
      explained.set(stats.key, { at, fingerprint: fingerprint.value, hash });
      failures.delete(stats.key);
    } else {
      const failure = rememberFailure(result.code, fingerprint.value, at);
      if (failure) failures.set(stats.key, failure);
    }
  }
  return { explained, failures };
}

function breakerAfter(
  breaker: TargetState['breaker'],
  outcome: CycleOutcome,
  { settings, random }: Pick<CycleContext, 'settings' | 'random'>,
  now: number,
): TargetState['breaker'] {
  if (outcome.kind === 'collected') return onCycleSuccess();
  if (outcome.kind !== 'failed') return breaker;
  // What could have ended the process is not tried a second time at once.
  const policy =
    outcome.error === 'library_fault' ? { ...settings.breaker, failures: 1 } : settings.breaker;
  return onCycleFailure(breaker, causeOf(outcome), policy, now, random);
}

/** It lies in the state, whose room is little. */
const detailLimit = 300;
const causeOf = ({ error, detail }: CycleOutcome & { kind: 'failed' }): Cause => ({
  code: error,
  ...(detail ? { detail: detail.slice(0, detailLimit) } : {}),
});
