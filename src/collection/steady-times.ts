import type { TargetState } from './target-state.ts';

/**
 * A state remembers moments on the wall clock, since it goes from process to process. When that
 * clock steps, its moments step along; and none lies further ahead than it can have been set: a
 * clock that was wrong yesterday keeps nothing waiting today.
 */
export function steadyTimes(
  state: TargetState,
  step_ms: number,
  now: number,
  mostOpen_ms: number,
): void {
  const past = (at: number) => Math.min(at + step_ms, now);
  const future = (at: number, most_ms: number) => Math.min(at + step_ms, now + most_ms);
  if (state.startedAt !== undefined) state.startedAt = past(state.startedAt);
  if (state.breaker.state === 'open')
    state.breaker = { ...state.breaker, until: future(state.breaker.until, mostOpen_ms) };
  state.explains = { ...state.explains, at: past(state.explains.at) };
  state.databaseTime = { ...state.databaseTime, at: past(state.databaseTime.at) };
  for (const [key, mark] of state.explained)
    state.explained.set(key, { ...mark, at: past(mark.at) });
  for (const [key, failure] of state.failures)
    state.failures.set(key, { ...failure, until: future(failure.until, longestFailure_ms) });
}

/** What a failed statement is left alone for at most: `rememberFailure`. */
const longestFailure_ms = 86_400_000;
