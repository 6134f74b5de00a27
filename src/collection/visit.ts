import { AppError } from '../base/errors.ts';
import type { Session } from '../engines/engine.ts';
import { gate } from '../safety/gate.ts';
import { refill, settle } from '../safety/token-bucket.ts';
import { brake, lock } from './check-server.ts';
import { connect } from './connect.ts';
import { cycleSettings } from './settings.ts';
import type { CycleContext, CycleDeps, Progress } from './step.ts';
import type { TargetState } from './target-state.ts';

/**
 * Something else than a cycle asks the server: behind the same gate, under the same lock and brake,
 * and out of the same budget. Of what the target remembers it changes the budget alone.
 */
export type Visit<T> = (session: Session, signal: AbortSignal) => Promise<T>;

/** What came of it, and what the target remembers then; `value` is absent where it failed. */
export interface Visited<T> {
  state: TargetState;
  result: { kind: 'done'; value: T } | { kind: 'failed'; error: unknown };
}

/** Of what a cycle is given. */
export type VisitDeps = Omit<CycleDeps, 'analyse' | 'analyseUnplanned' | 'recall' | 'homes'>;
type VisitContext = VisitDeps & Pick<CycleContext, 'settings'>;

export async function runVisit<T>(
  before: TargetState,
  deps: VisitDeps,
  signal: AbortSignal,
  visit: Visit<T>,
): Promise<Visited<T>> {
  const { clock, target } = deps;
  const settings = cycleSettings(target.spec);
  const now = clock.now();
  const state = {
    ...before,
    databaseTime: refill(before.databaseTime, settings.databaseTime, now),
  };
  const shut = whyShut(state, deps, now);
  if (shut) return { state: before, result: { kind: 'failed', error: shut } };
  const { result, ms } = await ask({ ...deps, settings }, state, signal, visit);
  return {
    state: {
      ...before,
      databaseTime: settle(state.databaseTime, settings.databaseTime, clock.now(), ms),
    },
    result,
  };
}

async function ask<T>(
  deps: VisitContext,
  state: TargetState,
  signal: AbortSignal,
  visit: Visit<T>,
): Promise<{ result: Visited<T>['result']; ms: number }> {
  const failed = (error: unknown) => ({
    kind: 'failed' as const,
    error: signal.aborted ? signal.reason : error,
  });
  try {
    await using session = await connect(deps, state.notes, signal);
    const result = await admit(session, deps, state)
      .then(() => visit(session, signal))
      .then((value) => ({ kind: 'done' as const, value }), failed);
    return { result, ms: session.databaseMs };
  } catch (error) {
    return { result: failed(error), ms: 0 };
  }
}

function whyShut(
  state: TargetState,
  { target, stops }: Pick<CycleDeps, 'target' | 'stops'>,
  now: number,
): AppError | undefined {
  const verdict = gate({
    now,
    target,
    suspend: target.spec.suspend,
    stops: stops(),
    blackouts: target.spec.collection.blackouts,
    breaker: state.breaker,
    databaseTime: state.databaseTime,
  });
  return verdict.kind === 'open' ? undefined : new AppError(verdict.reason, verdict.detail ?? '');
}

/** The steps of a cycle that ask whether this server may be asked. */
async function admit(session: Session, deps: VisitContext, state: TargetState): Promise<void> {
  const begun: Progress = {
    state,
    leftOut: new Map(),
    ranked: [],
    answers: [],
    texts: new Map(),
    databaseMs: 0,
  };
  for (const step of [lock, brake])
    for await (const { outcome } of step(begun, session, deps))
      if (outcome && 'reason' in outcome) throw new AppError(outcome.reason, outcome.detail ?? '');
}
