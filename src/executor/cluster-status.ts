import type { LoopReason, LoopState } from '../advice/machine-state.ts';
import { isFinal, loopReasons, proposed } from '../advice/machine-state.ts';
import { type Code, codes } from '../base/codes.ts';
import { formatTime, parseTime } from '../base/quantity.ts';
import type { Condition } from '../resources/conditions.ts';
import { setCondition } from '../resources/conditions.ts';
import type { IndexRecommendationStatus } from '../resources/kinds/index-recommendation/status.ts';

/** What is remembered of a recommendation, as its status, and back. Pure. */
export function statusOf(
  state: LoopState,
  before: IndexRecommendationStatus | undefined,
  generation: number,
  now: number,
): IndexRecommendationStatus {
  const { intent, failure, appliedAt, approvedBy, unmissed, server, detail } = state;
  return {
    observedGeneration: generation,
    phase: state.phase,
    phaseSince: formatTime(state.since),
    reason: state.reason,
    ...(detail === undefined ? {} : { detail }),
    attempt: state.attempt,
    ...(approvedBy === undefined ? {} : { approvedBy }),
    ...(state.notBefore > 0 ? { notBefore: formatTime(state.notBefore) } : {}),
    ...(intent ? { intent: { command: intent.command, at: formatTime(intent.at) } } : {}),
    ...(failure ? { failure } : {}),
    ...(appliedAt === undefined ? {} : { appliedAt: formatTime(appliedAt) }),
    ...(unmissed ? { unmissed } : {}),
    ...(server === undefined ? {} : { server }),
    conditions: conditionsOf(state, before?.conditions ?? [], generation, now),
    summary: [`${state.phase}: ${explain(state.reason, detail)}`],
  };
}

/** In words, and as numbers where there are any. A line of a status has so many letters. */
export const explain = (reason: LoopReason, detail?: string): string =>
  cut(detail === undefined ? inWords(reason) : `${inWords(reason)} (${detail})`);
const inWords = (reason: LoopReason): string =>
  reason in loopReasons ? loopReasons[reason as keyof typeof loopReasons] : ofCode(reason as Code);
/** What another version wrote may have no entry here. */
const ofCode = (code: Code): string => (code in codes ? `${code}: ${codes[code].remedy}` : code);
const longest = 220;
const cut = (text: string): string =>
  text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;

/** As kstatus reads them: Stalled where a person is needed, Reconciling while there is work. */
function conditionsOf(
  state: LoopState,
  before: readonly Condition[],
  generation: number,
  now: number,
): Condition[] {
  const said = { reason: state.phase, message: explain(state.reason, state.detail) };
  const stalled = state.phase === 'Failed';
  const working = !isFinal(state) && !['Proposed', 'Withdrawn'].includes(state.phase);
  const ready = working ? 'Unknown' : stalled ? 'False' : 'True';
  let conditions = setCondition(before, 'Ready', { status: ready, ...said }, now);
  for (const [type, holds] of [
    ['Reconciling', working],
    ['Stalled', stalled],
  ] as const)
    conditions = holds
      ? setCondition(conditions, type, { status: 'True', ...said }, now)
      : conditions.filter((each) => each.type !== type);
  return conditions.map((each) => ({ ...each, observedGeneration: generation }));
}

export function stateOf(status: IndexRecommendationStatus | undefined, madeAt: number): LoopState {
  if (!status?.phase) return proposed(madeAt);
  const { intent, failure, appliedAt, approvedBy, notBefore, unmissed, server, detail } = status;
  return {
    phase: status.phase,
    since: status.phaseSince ? parseTime(status.phaseSince) : madeAt,
    reason: (status.reason ?? 'awaiting_approval') as LoopReason,
    ...(detail === undefined ? {} : { detail }),
    attempt: status.attempt ?? 0,
    notBefore: notBefore ? parseTime(notBefore) : 0,
    ...(approvedBy === undefined ? {} : { approvedBy }),
    ...(intent ? { intent: { command: intent.command, at: parseTime(intent.at) } } : {}),
    ...(failure ? { failure: { reason: failure.reason as LoopReason, final: failure.final } } : {}),
    ...(appliedAt === undefined ? {} : { appliedAt: parseTime(appliedAt) }),
    ...(unmissed ? { unmissed } : {}),
    ...(server === undefined ? {} : { server }),
  };
}
