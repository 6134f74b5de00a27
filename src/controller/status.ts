import { type Code, codes } from '../base/codes.ts';
import { formatDuration, formatMs, formatPercent, formatTime } from '../base/quantity.ts';
import type { CycleOutcome, CycleReport, TopQuery } from '../model/batch.ts';
import { coverageRest, coverageWords } from '../model/coverage-words.ts';
import {
  type Condition,
  removeCondition,
  setCondition,
  type Verdict,
} from '../resources/conditions.ts';
import { engineLabels, type Target } from '../resources/kinds/database-target/spec.ts';
import type { DatabaseTargetStatus } from '../resources/kinds/database-target/status.ts';
import type { Ownership } from '../targets/target-store.ts';

/**
 * One cycle's report and what was known before → the status. The only place where a status is
 * written. Pure.
 */
export interface StatusFacts {
  target: Target;
  report: CycleReport;
  prerequisites?: readonly {
    name: string;
    verdict: 'ok' | 'warning' | 'failed';
    seen: string;
    mend?: string;
  }[];
  counts: { plans: number; openFindings: number };
  ownership: Ownership;
  now: number;
}

/** At most `most` bytes of UTF-8. */
function cut(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) return text;
  let end = Math.min(text.length, most);
  while (Buffer.byteLength(text.slice(0, end)) > most - 3) end -= 1;
  return `${text.slice(0, end)}…`;
}
const messageLimit = 480;
const clockTime = (ms: number) => formatTime(ms).slice(11, 19);

export function nextStatus(
  previous: DatabaseTargetStatus | undefined,
  facts: StatusFacts,
): DatabaseTargetStatus {
  const { target, report, counts, ownership, now } = facts;
  const prerequisites = facts.prerequisites
    ? listPrerequisites(facts.prerequisites)
    : (previous?.prerequisites ?? []);
  const coverage = report.coverage ? coverageWords(report.coverage) : previous?.coverage;
  const server = report.server ?? previous?.server;
  const shown = report.top.filter(({ code }) => code !== 'excluded');
  const topQueries = shown.length
    ? shown.slice(0, 5).map((query) => withWhatWasSaid(topQuery(query), previous))
    : previous?.topQueries;
  const status: DatabaseTargetStatus = {
    observedGeneration: target.generation,
    conditions: conditions(previous, facts, prerequisites),
    ownership,
    ...(server ? { server } : {}),
    lastCycle: lastCycle(report, previous),
    ...(coverage ? { coverage } : {}),
    safety: {
      statementTimeout: formatDuration(report.safety.statementTimeoutMs),
      circuit: report.safety.circuit,
      ...whileOpen(report),
      brake: report.safety.brake ?? 'none',
      databaseTimeUsed: formatPercent(report.safety.databaseTimeUsed),
    },
    plans: counts.plans,
    findings: counts.openFindings,
    prerequisites,
    ...(topQueries ? { topQueries } : {}),
    updatedAt: formatTime(now),
  };
  return { ...status, summary: summary(status, engineLabels[target.spec.engine]) };
}

/** While the circuit is open no cycle runs: the last one that did is told. */
function lastCycle(
  report: CycleReport,
  previous: DatabaseTargetStatus | undefined,
): NonNullable<DatabaseTargetStatus['lastCycle']> {
  const reason = outcomeCode(report.outcome);
  if (reason === 'circuit_open' && previous?.lastCycle) return previous.lastCycle;
  return {
    at: formatTime(report.startedAt),
    outcome: report.outcome.kind,
    ...(reason ? { reason } : {}),
    selected: report.selected,
    explained: report.explained,
    duration: formatMs(report.durationMs),
    databaseTime: formatMs(report.databaseMs),
  };
}

function whileOpen({
  safety: { open },
}: CycleReport): Pick<NonNullable<DatabaseTargetStatus['safety']>, 'cause' | 'nextTry'> {
  return open
    ? { ...(open.cause ? { cause: open.cause.code } : {}), nextTry: formatTime(open.until) }
    : {};
}

export const outcomeCode = (outcome: CycleOutcome) =>
  outcome.kind === 'collected'
    ? undefined
    : outcome.kind === 'failed'
      ? outcome.error
      : outcome.reason;

function conditions(
  previous: DatabaseTargetStatus | undefined,
  { report, now }: StatusFacts,
  prerequisites: NonNullable<DatabaseTargetStatus['prerequisites']>,
): Condition[] {
  const failed = prerequisites.find(({ verdict }) => verdict === 'failed');
  const met: Verdict = failed
    ? {
        status: 'False',
        reason: 'Missing',
        message: cut(`${failed.name}: ${failed.seen}. ${failed.mend ?? ''}`, messageLimit),
      }
    : {
        status: prerequisites.length ? 'True' : 'Unknown',
        reason: prerequisites.length ? 'AllMet' : 'NotChecked',
        message: prerequisites.length
          ? 'the server has what collection needs'
          : 'the server was not reached yet',
      };
  let list = removeCondition(previous?.conditions ?? [], 'Reconciling');
  const same = waitsItsTurn(report, previous) || wasCutShort(report, previous);
  if (!same) list = setCondition(list, 'Ready', readiness(report, previous), now);
  const stalled = same ? list.find(({ type }) => type === 'Stalled') : stall(report);
  list = stalled ? setCondition(list, 'Stalled', stalled, now) : removeCondition(list, 'Stalled');
  list = setCondition(list, 'PrerequisitesMet', met, now);
  if (!same) list = setCondition(list, 'CollectionHealthy', health(report), now);
  return setCondition(list, 'SafetyThrottled', throttled(report, now), now);
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
  const next = open ? ` Next try ${clockTime(open.until)}.` : '';
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
  if (!reason)
    return { status: 'True', reason: 'Collecting', message: 'the last cycle ended well' };
  return { status: 'Unknown', reason: toReason(reason), message: 'no cycle ran' };
}

interface BeginningFacts {
  target: Target;
  ownership: Ownership;
  now: number;
}

/** Whether the target has a status that speaks of its present spec and owner. */
export const startingChanges = (
  previous: DatabaseTargetStatus | undefined,
  target: Target,
): boolean => previous?.observedGeneration !== target.generation || !previous.conditions?.length;

/** Owned, and its first cycle (of this spec) still to come. */
export function startingStatus(
  previous: DatabaseTargetStatus | undefined,
  { ownership, now }: Omit<BeginningFacts, 'target'>,
): DatabaseTargetStatus {
  const why = {
    status: 'True' as const,
    reason: previous?.conditions?.length ? 'NewGeneration' : 'Starting',
    message: 'the first cycle of this spec is about to run',
  };
  let list: Condition[] = previous?.conditions ?? [];
  if (!list.some(({ type }) => type === 'Ready'))
    list = setCondition(
      list,
      'Ready',
      { status: 'Unknown', reason: 'Starting', message: 'no cycle has run yet' },
      now,
    );
  return {
    ...previous,
    ownership,
    conditions: setCondition(list, 'Reconciling', why, now),
    updatedAt: formatTime(now),
  };
}

/** Owned, but its cycles do not come: neither well nor ill, unknown. */
export function overdueStatus(
  previous: DatabaseTargetStatus | undefined,
  { target, ownership, now }: BeginningFacts,
): DatabaseTargetStatus {
  const { meaning, remedy } = codes.not_collected;
  const verdict: Verdict = {
    status: 'Unknown',
    reason: toReason('not_collected'),
    message: `${meaning} ${remedy}`,
  };
  return {
    ...previous,
    observedGeneration: target.generation,
    ownership,
    conditions: setCondition(previous?.conditions ?? [], 'Ready', verdict, now),
    updatedAt: formatTime(now),
  };
}

/**
 * The last program that could collect has ended: what the status knows stays, that somebody
 * collects does not.
 */
export function endedStatus(
  previous: DatabaseTargetStatus | undefined,
  {
    target,
    ownership,
    pod,
    now,
  }: Omit<BeginningFacts, 'target'> & { target: { generation: number }; pod: string },
): DatabaseTargetStatus {
  const message = `${pod} was the last replica and ended at ${formatTime(now).slice(0, 19)}Z; nobody collects until one runs again`;
  const verdict: Verdict = { status: 'Unknown', reason: 'CollectorEnded', message };
  let list = removeCondition(previous?.conditions ?? [], 'Reconciling');
  for (const type of ['Ready', 'CollectionHealthy'] as const)
    list = setCondition(list, type, verdict, now);
  return {
    ...previous,
    observedGeneration: target.generation,
    ownership,
    conditions: list,
    updatedAt: formatTime(now),
  };
}

/**
 * The spec is none that this version understands: a person must act, and nothing is collected
 * meanwhile.
 */
export function invalidStatus(
  previous: DatabaseTargetStatus | undefined,
  message: string,
  { target, ownership, now }: BeginningFacts,
): DatabaseTargetStatus {
  const verdict = { reason: toReason('invalid_manifest'), message: cut(message, messageLimit) };
  let list = setCondition(
    previous?.conditions ?? [],
    'Ready',
    { status: 'False', ...verdict },
    now,
  );
  list = setCondition(
    removeCondition(list, 'Reconciling'),
    'Stalled',
    { status: 'True', ...verdict },
    now,
  );
  return {
    ...previous,
    observedGeneration: target.generation,
    ownership,
    conditions: list,
    updatedAt: formatTime(now),
  };
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
      return { status: 'True', reason: 'Collecting', message: 'cycles collect plans' };
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
        message: `${sentence(outcome.reason, outcome.detail)} Next try ${clockTime(outcome.until)}.`,
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

/** `circuit_open` → `CircuitOpen`. */
const toReason = (code: string) =>
  code.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** What, then what to do. */
function sentence(code: keyof typeof codes, detail: string | undefined): string {
  const { meaning, remedy } = codes[code];
  return cut(`${detail ? `${detail}. ` : ''}${meaning} ${remedy}`, messageLimit);
}

function throttled({ outcome, safety, unexplained }: CycleReport, now: number): Verdict {
  const code = outcomeCode(outcome);
  if (safety.circuit === 'open')
    return {
      status: 'True',
      reason: 'CircuitOpen',
      message: `no cycle runs before ${clockTime(safety.open?.until ?? now)}`,
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
      message: `${limited} statements wait for the budget`,
    };
  if (code === 'budget_spent')
    return {
      status: 'True',
      reason: 'BudgetSpent',
      message: 'no cycle runs until some of it has been saved up again',
    };
  return { status: 'False', reason: 'WithinLimits', message: 'no limit holds anything back' };
}

/** What needs attention first; eight fit. */
function listPrerequisites(
  all: NonNullable<StatusFacts['prerequisites']>,
): NonNullable<DatabaseTargetStatus['prerequisites']> {
  const rank = { failed: 0, warning: 1, ok: 2 };
  return all
    .toSorted((a, b) => rank[a.verdict] - rank[b.verdict])
    .slice(0, 8)
    .map(({ name, verdict, seen, mend }) => ({
      name,
      verdict,
      seen: cut(seen, 120),
      ...(mend ? { mend: cut(mend, 200) } : {}),
    }));
}

const topQuery = ({ fingerprint, timeShare, text, meanMs, plan, code, findings }: TopQuery) => ({
  fingerprint,
  share: formatPercent(timeShare),
  text: cut(text, 140),
  mean: formatMs(meanMs),
  ...(plan ? { plan } : {}),
  ...(code ? { code } : {}),
  findings: [...new Set(findings.map(({ rule }) => rule))].slice(0, 4),
});

type ShownQuery = NonNullable<DatabaseTargetStatus['topQueries']>[number];

/**
 * A new owner does not know texts and findings of plans that another one made; what the status said
 * of the same plan still holds.
 */
function withWhatWasSaid(
  query: ShownQuery,
  previous: DatabaseTargetStatus | undefined,
): ShownQuery {
  if (query.text !== '') return query;
  const said = previous?.topQueries?.find(
    ({ fingerprint, plan }) => fingerprint === query.fingerprint && plan === query.plan,
  );
  return said ? { ...query, text: said.text, findings: said.findings } : query;
}

/** The lines that `kubectl describe` shows, in its own order of keys. */
function summary(status: DatabaseTargetStatus, product: string): Record<string, string> {
  const { lastCycle, coverage, safety, server, prerequisites = [], topQueries = [] } = status;
  return {
    ...(server ? { server: `${product} ${server.version}, ${server.role}` } : {}),
    ...(lastCycle ? { lastCycle: lastCycleLine(lastCycle) } : {}),
    ...(coverage
      ? {
          coverage: cut(
            `explained ${coverage.explained}, with a reason ${coverage.withReason} of database time${coverageRest(coverage)}`,
            lineLimit,
          ),
        }
      : {}),
    ...(safety
      ? {
          safety: `timeout ${safety.statementTimeout} (adapted), circuit ${circuitLine(safety)}, brake ${safety.brake}, database time used ${safety.databaseTimeUsed}`,
        }
      : {}),
    ...(prerequisites.length
      ? { prerequisites: cut(prerequisitesLine(prerequisites), lineLimit) }
      : {}),
    ...Object.fromEntries(
      topQueries.map((query, i) => [`Query ${i + 1}`, cut(queryLine(query), lineLimit)]),
    ),
  };
}

/** Of a line in the summary; the schema allows 400. */
const lineLimit = 240;

const lastCycleLine = ({
  at,
  outcome,
  reason,
  duration,
  explained,
  selected,
}: NonNullable<DatabaseTargetStatus['lastCycle']>) =>
  `${at.slice(11, 19)} ${outcome}${reason ? ` ${reason}` : ''} after ${duration}; ${explained} of ${selected} explained`;

/** `open (statement_timeout; next try 14:32:10)`. */
const circuitLine = ({ circuit, cause, nextTry }: NonNullable<DatabaseTargetStatus['safety']>) =>
  nextTry ? `${circuit} (${cause ? `${cause}; ` : ''}next try ${nextTry.slice(11, 19)})` : circuit;

function prerequisitesLine(all: NonNullable<DatabaseTargetStatus['prerequisites']>): string {
  const count = (verdict: string) => all.filter((each) => each.verdict === verdict).length;
  const open = all
    .filter(({ verdict }) => verdict !== 'ok')
    .map(({ name, seen }) => `${name} (${seen})`);
  return `${count('failed')} failed, ${count('warning')} ${count('warning') === 1 ? 'warning' : 'warnings'}${open.length ? `: ${open.join(', ')}` : ''}`;
}

/** `31%  SELECT …  12.4 ms  ph1:9c41e0…  full-scan, misestimate`. */
function queryLine({
  share,
  text,
  fingerprint,
  mean,
  plan,
  code,
  findings,
}: NonNullable<DatabaseTargetStatus['topQueries']>[number]): string {
  const known = plan ? `plan ${plan.slice(0, 12)}` : (code ?? 'no plan yet');
  return `${share}  ${cut(text || `(text not read) ${fingerprint}`, 120)}  ${mean}  ${known}${findings.length ? `  findings: ${findings.join(', ')}` : ''}`;
}
