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
): TargetState {
  const past = (at: number) => Math.min(at + step_ms, now);
  const future = (at: number, most_ms: number) => Math.min(at + step_ms, now + most_ms);
  const { startedAt, breaker, explains, databaseTime } = state;
  return {
    ...state,
    ...(startedAt === undefined ? {} : { startedAt: past(startedAt) }),
    breaker:
      breaker.state === 'open'
        ? { ...breaker, until: future(breaker.until, mostOpen_ms) }
        : breaker,
    explains: { ...explains, at: past(explains.at) },
    databaseTime: { ...databaseTime, at: past(databaseTime.at) },
    explained: mapValues(state.explained, (mark) => ({ ...mark, at: past(mark.at) })),
    failures: mapValues(state.failures, (failure) => ({
      ...failure,
      until: future(failure.until, longestFailure_ms),
    })),
  };
}

/** What a failed statement is left alone for at most: `rememberFailure`. */
const longestFailure_ms = 86_400_000;

const mapValues = <T>(map: ReadonlyMap<string, T>, change: (value: T) => T) =>
  new Map([...map].map(([key, value]) => [key, change(value)]));
