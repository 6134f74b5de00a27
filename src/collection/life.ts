import { jitter, type Random } from '../base/random.ts';
import type { Doubt } from '../base/slots.ts';
import type { CycleOutcome } from '../model/batch.ts';
import type { Target } from '../resources/kinds/database-target/target.ts';
import type { Breaker } from '../safety/circuit-breaker.ts';
import type { CycleSettings } from './settings.ts';
import { steadyTimes } from './steady-times.ts';
import { decodeState, encodeState, freshState, type TargetState } from './target-state.ts';

/**
 * What a collector knows between its target's cycles: what the last one left, and when the next one
 * is due. Pure: moments come in.
 */
export interface Life {
  /** Undefined until the target is owned. */
  readonly epoch?: number;
  /** Between cycles a target is its encoded state: some 60 KB instead of a megabyte of maps. */
  readonly encoded?: Uint8Array;
  readonly breaker?: Breaker;
  /** Monotonic. */
  readonly dueAt: number;
  /** Why its next cycle may fail. */
  readonly doubt: Doubt | undefined;
  /** How often in a row its server was another's. */
  readonly peers: number;
  /** Of the wall clock before the monotonic one, when the last cycle ended. */
  readonly offset_ms: number;
  /** The open circuit is not to keep the next cycle waiting. */
  readonly probing: boolean;
  /** A stop covered the target when stops were last looked at. */
  readonly stopped: boolean;
}

export interface Moment {
  now: number;
  monotonic: number;
}

/** Less than this between the two clocks is drift. */
const clockStep_ms = 1_000;

export const newLife = (at: Moment): Life => ({
  dueAt: at.monotonic,
  doubt: 'untried',
  peers: 0,
  offset_ms: at.now - at.monotonic,
  probing: false,
  stopped: false,
});

/**
 * Goes on where the last owner stopped: the same cadence. A target that is new, has a new spec, or
 * whose status says that nobody collects it is looked at now.
 */
export function takeOver(
  life: Life,
  encoded: Uint8Array | undefined,
  { generation, ended = false }: Pick<Target, 'generation'> & { ended?: boolean | undefined },
  interval_ms: number,
  at: Moment,
): Life {
  const known = encoded && decodeState(encoded);
  if (!encoded || !known) return { ...life, ...(encoded ? { encoded } : {}), dueAt: at.monotonic };
  const { breaker, startedAt } = known;
  const failing = breaker.state === 'open' || breaker.failures > 0;
  const isSame = known.generation === generation;
  const goesOn = startedAt !== undefined && isSame && !ended;
  return {
    ...life,
    encoded,
    breaker,
    doubt:
      startedAt === undefined || (failing && !isSame) ? 'untried' : failing ? 'failed' : undefined,
    dueAt: at.monotonic + (goesOn ? Math.min(startedAt - at.now, 0) + interval_ms : 0),
  };
}

/** What the next cycle starts from. */
export function recallState(
  { encoded, offset_ms, probing }: Life,
  { generation }: Pick<Target, 'generation'>,
  { explains, databaseTime, breaker: { maxOpenFor_ms } }: CycleSettings,
  { now, monotonic }: Moment,
): TargetState {
  const known = (encoded && decodeState(encoded)) ?? freshState(now, explains, databaseTime);
  const step_ms = now - monotonic - offset_ms;
  const state = steadyTimes(
    known,
    Math.abs(step_ms) < clockStep_ms ? 0 : step_ms,
    now,
    maxOpenFor_ms,
  );
  const { breaker } = state;
  // Whoever corrected the cause wants to see at once whether it was the right one.
  const corrected = state.cycle > 0 && state.generation !== generation;
  return breaker.state === 'open' && (probing || corrected)
    ? { ...state, breaker: { ...breaker, until: now, opened: 0 } }
    : state;
}

export function afterCycle(
  life: Life,
  state: TargetState,
  outcome: CycleOutcome,
  { now, monotonic }: Moment,
): Life {
  const asked = outcome.kind === 'collected' || outcome.kind === 'failed';
  const taken = outcome.kind === 'deferred' && outcome.reason === 'locked_by_peer';
  return {
    ...life,
    encoded: encodeState(state),
    breaker: state.breaker,
    offset_ms: now - monotonic,
    doubt: asked ? (outcome.kind === 'failed' ? 'failed' : undefined) : life.doubt,
    peers: taken ? life.peers + 1 : 0,
  };
}

/** Whatever the last one met, what may have been its cause has changed: that was never tried. */
export const doubtOf = ({ doubt, probing }: Life): Doubt | undefined =>
  doubt && probing ? 'untried' : doubt;

/** Something else than a cycle has used some of it; nothing else is touched. */
export function withBudget(life: Life, databaseTime: TargetState['databaseTime']): Life {
  const known = life.encoded && decodeState(life.encoded);
  return known ? { ...life, encoded: encodeState({ ...known, databaseTime }) } : life;
}

/**
 * When the next cycle is due, monotonic. The schedule is a grid, not a pause after each cycle: a
 * late start does not move the ones after it. A server that was busy with another target is asked
 * again before the next interval; an open circuit may last longer than one.
 */
export function nextDue(
  { dueAt, peers }: Life,
  began: number,
  interval_ms: number,
  outcome: CycleOutcome | undefined,
  { now, monotonic }: Moment,
  random: Random,
): number {
  const next = Math.max(
    Math.min(dueAt, began) + interval_ms,
    monotonic + jitter(interval_ms * 0.1, 0.5, random),
  );
  if (outcome?.kind !== 'deferred') return next;
  const wait_ms = Math.max(0, outcome.until - now);
  if (outcome.reason !== 'locked_by_peer') return Math.max(next, monotonic + wait_ms);
  return Math.min(next, monotonic + wait_ms * 2 ** Math.min(peers - 1, 10));
}
