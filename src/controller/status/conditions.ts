import { type Code, codes } from '../../base/codes.ts';
import type { CycleOutcome, CycleReport } from '../../model/batch.ts';
import {
  type Condition,
  removeCondition,
  setCondition,
  type Verdict,
} from '../../resources/conditions.ts';
import type { DatabaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import { clockTime, cut, messageLimit, outcomeCode, sentence, toReason } from './words.ts';

/** What one cycle's report says of each condition. Pure. */
type Prerequisites = NonNullable<DatabaseTargetStatus['prerequisites']>;

export function conditions(
  previous: DatabaseTargetStatus | undefined,
  report: CycleReport,
  prerequisites: Prerequisites,
  now: number,
): Condition[] {
  let list = removeCondition(previous?.conditions ?? [], 'Reconciling');
  const same = waitsItsTurn(report, previous) || wasCutShort(report, previous);
  if (!same) list = setCondition(list, 'Ready', readiness(report, previous), now);
  const stalled = same ? list.find(({ type }) => type === 'Stalled') : stall(report);
  list = stalled ? setCondition(list, 'Stalled', stalled, now) : removeCondition(list, 'Stalled');
  list = setCondition(list, 'PrerequisitesMet', prerequisitesMet(prerequisites), now);
  if (!same) list = setCondition(list, 'CollectionHealthy', health(report), now);
  return setCondition(list, 'SafetyThrottled', throttled(report, now), now);
}

/** A restart of it is no news. */
const historyPatience_ms = 60_000;

/** Why it takes nothing, the operator's log says: where it is, is not for whoever has a target. */
export function withHistory(
  list: readonly Condition[],
  away_ms: number | undefined,
  now: number,
): Condition[] {
  if (away_ms === undefined || away_ms < historyPatience_ms)
    return removeCondition(list, 'HistoryAway');
  const message =
    `The history has taken nothing since ${clockTime(now - away_ms)}: what cycles find waits in ` +
    'memory, and figures of plans and findings are of then. The collector’s log says why.';
  return setCondition(list, 'HistoryAway', { status: 'True', reason: 'BatchesWait', message }, now);
}

function prerequisitesMet(prerequisites: Prerequisites): Verdict {
  const failed = prerequisites.find(({ verdict }) => verdict === 'failed');
  if (failed) {
    const message = cut(
      `${failed.name}: ${failed.observed ?? ''}. ${failed.remediation ?? ''}`,
      messageLimit,
    );
    return { status: 'False', reason: 'Missing', message };
  }
  return prerequisites.length
    ? { status: 'True', reason: 'AllMet', message: 'All prerequisites are met' }
    : {
        status: 'Unknown',
        reason: 'NotChecked',
        message: 'Not checked yet: no cycle has come so far',
      };
}

/** Targets on one server take turns: to have waited once is no news; to wait again is. */
const waitsItsTurn = (
  { outcome }: CycleReport,
  previous: DatabaseTargetStatus | undefined,
): boolean =>
  outcomeCode(outcome) === 'locked_by_peer' &&
  previous?.lastCycle?.reason !== 'locked_by_peer' &&
  previous?.conditions?.find(({ type }) => type === 'Ready')?.reason === 'Collecting';

/** A cycle that ended with this replica's part in it says nothing about the target. */
const ours = new Set<string>(['ownership_lost', 'fenced', 'target_deleted', 'program_ending']);
const wasCutShort = (
  { outcome }: CycleReport,
  previous: DatabaseTargetStatus | undefined,
): boolean =>
  outcome.kind === 'skipped' &&
  ours.has(outcome.reason) &&
  previous?.conditions?.some(({ type }) => type === 'Ready') === true;

/** Who waits for a turn is as ready as it was: one that never had any is not yet. */
const wasReady = (previous: DatabaseTargetStatus | undefined): boolean =>
  previous?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

interface Trouble {
  code: Code;
  message: string;
  /** The circuit is open. */
  rests: boolean;
}

/**
 * What keeps the target from being collected: the failure of this cycle, or of the one since which
 * the circuit is open.
 */
function trouble({ outcome, safety: { open } }: CycleReport): Trouble | undefined {
  const cause =
    outcome.kind === 'failed'
      ? { code: outcome.error, detail: outcome.detail }
      : isOpen(outcome)
        ? open?.cause
        : undefined;
  if (!cause) return undefined;
  const next = open ? ` Next attempt at ${clockTime(open.until)}.` : '';
  return {
    code: cause.code,
    message: `${sentence(cause.code, cause.detail)}${next}`,
    rests: open !== undefined,
  };
}
const isOpen = (outcome: CycleOutcome) =>
  outcome.kind === 'deferred' && outcome.reason === 'circuit_open';

/** Nothing changes until a person does something. */
function stall(report: CycleReport): Verdict | undefined {
  const found = trouble(report);
  if (!found || codes[found.code].action !== 'human') return undefined;
  return { status: 'True', reason: toReason(found.code), message: found.message };
}

/**
 * Whether cycles do what they should; a stop or a blackout is no illness, and says nothing about
 * it.
 */
function health(report: CycleReport): Verdict {
  const found = trouble(report);
  if (found) return { status: 'False', reason: toReason(found.code), message: found.message };
  const reason = outcomeCode(report.outcome);
  if (!reason) return { status: 'True', reason: 'Collecting', message: 'Last cycle succeeded' };
  return { status: 'Unknown', reason: toReason(reason), message: 'No cycle ran' };
}

/**
 * A cause that a person must mend is said under its own name for as long as it lasts; CIRCUIT says
 * that cycles rest.
 */
function readiness(report: CycleReport, previous: DatabaseTargetStatus | undefined): Verdict {
  const found = trouble(report);
  if (found) {
    const reason =
      found.rests && codes[found.code].action !== 'human' ? 'CircuitOpen' : toReason(found.code);
    return { status: 'False', reason, message: found.message };
  }
  const { outcome } = report;
  switch (outcome.kind) {
    case 'collected':
      return { status: 'True', reason: 'Collecting', message: 'Collecting query plans' };
    case 'skipped':
      return {
        status: 'False',
        reason: toReason(outcome.reason),
        message: sentence(outcome.reason, outcome.detail),
      };
    case 'deferred':
      return {
        status:
          outcome.reason === 'locked_by_peer' ? (wasReady(previous) ? 'True' : 'Unknown') : 'False',
        reason: toReason(outcome.reason),
        message:
          `${sentence(outcome.reason, outcome.detail)} ` +
          `Next attempt at ${clockTime(outcome.until)}.`,
      };
    case 'failed':
      return {
        status: 'False',
        reason: toReason(outcome.error),
        message: sentence(outcome.error, outcome.detail),
      };
    default:
      return outcome satisfies never;
  }
}

function throttled({ outcome, safety, unexplained }: CycleReport, now: number): Verdict {
  const code = outcomeCode(outcome);
  if (safety.circuit === 'open')
    return {
      status: 'True',
      reason: 'CircuitOpen',
      message: `Circuit breaker open; next attempt at ${clockTime(safety.open?.until ?? now)}`,
    };
  if (code?.startsWith('brake_'))
    return {
      status: 'True',
      reason: toReason(code),
      message: outcome.kind === 'skipped' ? cut(outcome.detail ?? '', messageLimit) : '',
    };
  const limited = (unexplained.rate_limited ?? 0) + (unexplained.budget_spent ?? 0);
  if (limited)
    return {
      status: 'True',
      reason: 'BudgetSpent',
      message: `${limited} statements wait for the EXPLAIN budget`,
    };
  if (code === 'budget_spent')
    return {
      status: 'True',
      reason: 'BudgetSpent',
      message: 'Database time budget spent; cycles resume when it has recovered',
    };
  return { status: 'False', reason: 'WithinLimits', message: 'Not throttled' };
}
