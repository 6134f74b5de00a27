import type { IndexSeen } from '../model/index-seen.ts';
import type {
  Intent,
  LoopCommand,
  LoopReason,
  LoopState,
  Observed,
  Phase,
  Stepped,
  Subject,
} from './machine-state.ts';

/** The moves of the machine, of which its rules are made, and how often and how long. Pure. */

/** A build that fails three times fails for a reason that a fourth would meet, too. */
export const mostAttempts = 3;

const firstRetry_ms = 60_000;
const mostRetry_ms = 3_600_000;

/** What cannot be now is looked at again after this. */
export const deferral_ms = 300_000;

/** Of a large table; it is cancelled then, and what it has left is removed. */
const mostBuild_ms = 12 * 3_600_000;

/** An index that is missed is given longer: it would be begun anew. */
const mostRestore_ms = 2 * mostBuild_ms;

/** When what runs has to be over; undefined: nothing was begun. */
export function deadlineOf({ phase, since, intent }: LoopState): number | undefined {
  if (phase === 'Cleaning') return since + mostBuild_ms;
  return intent && intent.at + (phase === 'RollingBack' ? mostRestore_ms : mostBuild_ms);
}

export const release: LoopCommand = { kind: 'release' };
export const retryAfter = (attempt: number): number =>
  Math.min(mostRetry_ms, firstRetry_ms * 2 ** Math.max(0, attempt - 1));

export const stay = (state: LoopState, commands: LoopCommand[] = []): Stepped => ({
  state,
  commands,
});

/** Why, without a new beginning of the phase. */
export const because = (state: LoopState, reason: LoopReason): LoopState =>
  state.reason === reason ? state : { ...withoutDetail(state), reason };

function withoutDetail(state: LoopState): LoopState {
  const { detail: _, ...rest } = state;
  return rest;
}

export const enter = (
  state: LoopState,
  phase: Phase,
  reason: LoopReason,
  now: number,
): LoopState => ({
  ...withoutDetail(state),
  phase,
  reason,
  since: state.phase === phase ? state.since : now,
});

export function end(state: LoopState, phase: Phase, reason: LoopReason, now: number): Stepped {
  const { intent: _, ...rest } = enter(state, phase, reason, now);
  return { state: rest, commands: [release] };
}

export const isApproved = ({ contentHash }: Subject, { approval }: Observed): boolean =>
  approval !== undefined && !approval.rejects && approval.contentHash === contentHash;

export const isRejected = ({ contentHash }: Subject, { approval }: Observed): boolean =>
  approval?.rejects === true && approval.contentHash === contentHash;

/** These keep from being begun what was approved, and from nothing else. */
const onlyForBeginning: ReadonlySet<LoopReason> = new Set(['outside_window', 'not_vouched']);

/**
 * A window is for what is begun, and a blackout for what nobody asks for in it: whoever takes back
 * what harms, or deletes, wants that now.
 */
export function mayTakeBack(subject: Subject, seen: Observed): boolean {
  const { gate } = seen;
  if (gate.kind === 'open' || onlyForBeginning.has(gate.reason)) return true;
  return gate.reason === 'blackout' && (seen.deleted || !isApproved(subject, seen));
}

/** Whether the change itself, or its reversal, ends with an index. */
export const wantsIndex = ({ kind }: Subject, direction: 'apply' | 'rollback'): boolean =>
  (kind === 'create-index') === (direction === 'apply');

export function withdraw(state: LoopState, now: number): Stepped {
  const { intent: _, approvedBy: __, ...rest } = enter(state, 'Withdrawn', 'approval_revoked', now);
  return stay(rest, [release]);
}

export const defer = (state: LoopState, reason: LoopReason, until: number, now: number): Stepped =>
  stay({ ...enter(state, 'Deferred', reason, now), notBefore: until });

export const attempt = (
  state: LoopState,
  phase: Phase,
  command: Intent['command'],
  now: number,
): Stepped => {
  const { failure: _, ...rest } = enter(state, phase, 'under_way', now);
  return {
    state: { ...rest, attempt: state.attempt + 1, intent: { command, at: now } },
    commands: [{ kind: command }],
  };
};

/** However often it takes, further and further apart: it must not stay as it is. */
export const again = (
  state: LoopState,
  phase: Phase,
  command: Intent['command'],
  now: number,
): Stepped =>
  now < state.notBefore
    ? stay(state)
    : {
        state: {
          ...enter(state, phase, state.reason, now),
          attempt: state.attempt + 1,
          notBefore: now + retryAfter(state.attempt + 1),
          intent: { command, at: now },
        },
        commands: [{ kind: command }],
      };

export const turn = (state: LoopState, reason: LoopReason, now: number): LoopState => {
  const { intent: _, unmissed: __, ...rest } = enter(state, 'RollingBack', reason, now);
  return { ...rest, attempt: 0, notBefore: 0 };
};

export const refusalOf = ({ preflight }: Observed): LoopReason | undefined =>
  preflight?.kind === 'refused' ? preflight.reason : undefined;

export type Looked = Exclude<IndexSeen, { kind: 'busy' }>;
