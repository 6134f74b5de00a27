import { codes } from '../base/codes.ts';
import { formatDuration, formatMs, formatPercent, formatTime } from '../base/quantity.ts';
import type { CycleOutcome, CycleReport, TopQuery } from '../plans/batch.ts';
import { type Condition, removeCondition, setCondition, type Verdict } from '../resources/conditions.ts';
import { engineLabels, type Target } from '../resources/database-target.ts';
import type { DatabaseTargetStatus } from '../resources/database-target-status.ts';
import type { Ownership } from '../targets/target-store.ts';

/** One cycle's report and what was known before → the status. The only place where a status is written. Pure. */
export interface StatusFacts {
  target: Target;
  report: CycleReport;
  prerequisites?: readonly { name: string; verdict: 'ok' | 'warning' | 'failed'; seen: string; mend?: string }[];
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

export function nextStatus(previous: DatabaseTargetStatus | undefined, facts: StatusFacts): DatabaseTargetStatus {
  const { target, report, counts, ownership, now } = facts;
  const prerequisites = facts.prerequisites ? listPrerequisites(facts.prerequisites) : (previous?.prerequisites ?? []);
  const coverage = report.coverage
    ? { explained: formatPercent(report.coverage.explained), withReason: formatPercent(report.coverage.withReason) }
    : previous?.coverage;
  const server = report.server ?? previous?.server;
  const shown = report.top.filter(({ code }) => code !== 'excluded');
  const topQueries = shown.length ? shown.slice(0, 5).map((query) => withWhatWasSaid(topQuery(query), previous)) : previous?.topQueries;
  const status: DatabaseTargetStatus = {
    observedGeneration: target.generation,
    conditions: conditions(previous, facts, prerequisites),
    ownership,
    ...(server ? { server } : {}),
    lastCycle: lastCycle(report),
    ...(coverage ? { coverage } : {}),
    safety: {
      statementTimeout: formatDuration(report.safety.statementTimeoutMs),
      circuit: report.safety.circuit,
      brake: report.safety.brake ?? 'none',
      databaseTimeUsed: formatPercent(report.safety.databaseTimeUsed),
    },
    plans: counts.plans,
    findings: counts.openFindings,
    prerequisites,
    ...(topQueries ? { topQueries } : {}),
    updatedAt: formatTime(now),
  };
  return { ...status, summary: summary(status, report, engineLabels[target.spec.engine]) };
}

function lastCycle(report: CycleReport): NonNullable<DatabaseTargetStatus['lastCycle']> {
  const reason = outcomeCode(report.outcome);
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

export const outcomeCode = (outcome: CycleOutcome) =>
  outcome.kind === 'collected' ? undefined : outcome.kind === 'failed' ? outcome.error : outcome.reason;

function conditions(
  previous: DatabaseTargetStatus | undefined,
  { report, now }: StatusFacts,
  prerequisites: NonNullable<DatabaseTargetStatus['prerequisites']>,
): Condition[] {
  const failed = prerequisites.find(({ verdict }) => verdict === 'failed');
  const met: Verdict = failed
    ? { status: 'False', reason: 'Missing', message: cut(`${failed.name}: ${failed.seen}. ${failed.mend ?? ''}`, messageLimit) }
    : {
        status: prerequisites.length ? 'True' : 'Unknown',
        reason: prerequisites.length ? 'AllMet' : 'NotChecked',
        message: prerequisites.length ? 'the server has what collection needs' : 'the server was not reached yet',
      };
  let list = removeCondition(previous?.conditions ?? [], 'Reconciling');
  const turn = waitsItsTurn(report, previous);
  if (!turn) list = setCondition(list, 'Ready', readiness(report), now);
  const stalled = stall(report);
  list = stalled ? setCondition(list, 'Stalled', stalled, now) : removeCondition(list, 'Stalled');
  list = setCondition(list, 'PrerequisitesMet', met, now);
  if (!turn) list = setCondition(list, 'CollectionHealthy', health(report), now);
  return setCondition(list, 'SafetyThrottled', throttled(report), now);
}

/** Targets on one server take turns: to have waited once is no news; to wait again is. */
const waitsItsTurn = ({ outcome }: CycleReport, previous: DatabaseTargetStatus | undefined): boolean =>
  outcomeCode(outcome) === 'locked_by_peer' &&
  previous?.lastCycle?.reason !== 'locked_by_peer' &&
  previous?.conditions?.find(({ type }) => type === 'Ready')?.reason === 'Collecting';

/** Nothing changes until a person does something. */
function stall({ outcome }: CycleReport): Verdict | undefined {
  if (outcome.kind !== 'failed' || codes[outcome.error].action !== 'human') return undefined;
  return { status: 'True', reason: toReason(outcome.error), message: sentence(outcome.error, outcome.detail) };
}

/** Whether cycles do what they should; a stop or a blackout is no illness, and says nothing about it. */
function health({ outcome }: CycleReport): Verdict {
  if (outcome.kind === 'collected') return { status: 'True', reason: 'Collecting', message: 'the last cycle ended well' };
  if (outcome.kind === 'failed')
    return { status: 'False', reason: toReason(outcome.error), message: sentence(outcome.error, outcome.detail) };
  return { status: 'Unknown', reason: toReason(outcome.reason), message: 'no cycle ran' };
}

interface BeginningFacts {
  target: Target;
  ownership: Ownership;
  now: number;
}

/** Whether the target has a status that speaks of its present spec and owner. */
export const startingChanges = (previous: DatabaseTargetStatus | undefined, target: Target): boolean =>
  previous?.observedGeneration !== target.generation || !previous.conditions?.length;

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
    list = setCondition(list, 'Ready', { status: 'Unknown', reason: 'Starting', message: 'no cycle has run yet' }, now);
  return { ...previous, ownership, conditions: setCondition(list, 'Reconciling', why, now), updatedAt: formatTime(now) };
}

/** Owned, but its cycles do not come: neither well nor ill, unknown. */
export function overdueStatus(
  previous: DatabaseTargetStatus | undefined,
  { target, ownership, now }: BeginningFacts,
): DatabaseTargetStatus {
  const { meaning, remedy } = codes.not_collected;
  const verdict: Verdict = { status: 'Unknown', reason: toReason('not_collected'), message: `${meaning} ${remedy}` };
  return {
    ...previous,
    observedGeneration: target.generation,
    ownership,
    conditions: setCondition(previous?.conditions ?? [], 'Ready', verdict, now),
    updatedAt: formatTime(now),
  };
}

/** The spec is none that this version understands: a person must act, and nothing is collected meanwhile. */
export function invalidStatus(
  previous: DatabaseTargetStatus | undefined,
  message: string,
  { target, ownership, now }: BeginningFacts,
): DatabaseTargetStatus {
  const verdict = { reason: toReason('invalid_manifest'), message: cut(message, messageLimit) };
  let list = setCondition(previous?.conditions ?? [], 'Ready', { status: 'False', ...verdict }, now);
  list = setCondition(removeCondition(list, 'Reconciling'), 'Stalled', { status: 'True', ...verdict }, now);
  return { ...previous, observedGeneration: target.generation, ownership, conditions: list, updatedAt: formatTime(now) };
}

function readiness({ outcome, safety }: CycleReport): Verdict {
  switch (outcome.kind) {
    case 'collected':
      return { status: 'True', reason: 'Collecting', message: 'cycles collect plans' };
    case 'skipped':
      return { status: 'False', reason: toReason(outcome.reason), message: sentence(outcome.reason, outcome.detail) };
    case 'deferred':
      return {
        status: outcome.reason === 'locked_by_peer' ? 'True' : 'False',
        reason: toReason(outcome.reason),
        message: `${sentence(outcome.reason, outcome.detail)} Next try ${clockTime(outcome.until)}.`,
      };
    case 'failed':
      return {
        status: 'False',
        reason: safety.circuit === 'open' ? 'CircuitOpen' : toReason(outcome.error),
        message: sentence(outcome.error, outcome.detail),
      };
    default:
      return outcome satisfies never;
  }
}

/** `circuit_open` → `CircuitOpen`. */
const toReason = (code: string) => code.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** What, then what to do. */
function sentence(code: keyof typeof codes, detail: string | undefined): string {
  const { meaning, remedy } = codes[code];
  return cut(`${detail ? `${detail}. ` : ''}${meaning} ${remedy}`, messageLimit);
}

function throttled({ outcome, safety, unexplained }: CycleReport): Verdict {
  const code = outcomeCode(outcome);
  if (safety.circuit === 'open')
    return { status: 'True', reason: 'CircuitOpen', message: 'cycles pause until the circuit breaker lets one through' };
  if (code?.startsWith('brake_'))
    return { status: 'True', reason: toReason(code), message: outcome.kind === 'skipped' ? cut(outcome.detail ?? '', messageLimit) : '' };
  const limited = (unexplained.rate_limited ?? 0) + (unexplained.budget_spent ?? 0);
  if (limited || code === 'budget_spent')
    return { status: 'True', reason: 'BudgetSpent', message: `${limited} statements wait for the budget` };
  return { status: 'False', reason: 'WithinLimits', message: 'no limit holds anything back' };
}

/** What needs attention first; eight fit. */
function listPrerequisites(all: NonNullable<StatusFacts['prerequisites']>): NonNullable<DatabaseTargetStatus['prerequisites']> {
  const rank = { failed: 0, warning: 1, ok: 2 };
  return all
    .toSorted((a, b) => rank[a.verdict] - rank[b.verdict])
    .slice(0, 8)
    .map(({ name, verdict, seen, mend }) => ({ name, verdict, seen: cut(seen, 120), ...(mend ? { mend: cut(mend, 200) } : {}) }));
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

/** A new owner does not know texts and findings of plans that another one made; what the status said of the same plan still holds. */
function withWhatWasSaid(query: ShownQuery, previous: DatabaseTargetStatus | undefined): ShownQuery {
  if (query.text !== '') return query;
  const said = previous?.topQueries?.find(({ fingerprint, plan }) => fingerprint === query.fingerprint && plan === query.plan);
  return said ? { ...query, text: said.text, findings: said.findings } : query;
}

/** The lines that `kubectl describe` shows, in its own order of keys. */
function summary(status: DatabaseTargetStatus, { outcome, selected, explained }: CycleReport, product: string): Record<string, string> {
  const { lastCycle, coverage, safety, server, prerequisites = [], topQueries = [] } = status;
  const code = outcomeCode(outcome);
  return {
    ...(server ? { server: `${product} ${server.version}, ${server.role}` } : {}),
    lastCycle: cut(
      `${lastCycle?.at.slice(11, 19)} ${outcome.kind}${code ? ` ${code}` : ''} after ${lastCycle?.duration}; ${explained} of ${selected} explained`,
      lineLimit,
    ),
    ...(coverage ? { coverage: `explained ${coverage.explained}, with a reason ${coverage.withReason} of database time` } : {}),
    ...(safety
      ? {
          safety: `timeout ${safety.statementTimeout} (adapted), circuit ${safety.circuit}, brake ${safety.brake}, database time used ${safety.databaseTimeUsed}`,
        }
      : {}),
    ...(prerequisites.length ? { prerequisites: cut(prerequisitesLine(prerequisites), lineLimit) } : {}),
    ...Object.fromEntries(topQueries.map((query, i) => [`Query ${i + 1}`, cut(queryLine(query), lineLimit)])),
  };
}

/** Of a line in the summary; the schema allows 400. */
const lineLimit = 240;

function prerequisitesLine(all: NonNullable<DatabaseTargetStatus['prerequisites']>): string {
  const count = (verdict: string) => all.filter((each) => each.verdict === verdict).length;
  const open = all.filter(({ verdict }) => verdict !== 'ok').map(({ name, seen }) => `${name} (${seen})`);
  return `${count('failed')} failed, ${count('warning')} warnings${open.length ? `: ${open.join(', ')}` : ''}`;
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
