import {
  formatDuration,
  formatMs,
  formatPercent,
  formatTime,
  parseTime,
} from '../../base/quantity.ts';
import { dialectOf } from '../../dialects/index.ts';
import type { CycleReport, TopQuery } from '../../model/batch.ts';
import { withLook } from '../../model/busy-hours.ts';
import { coverageWords } from '../../model/coverage-words.ts';
import { isMuted, type Verdict, type VerdictKind, verdictKey } from '../../model/verdict.ts';
import type { DatabaseTargetStatus } from '../../resources/kinds/database-target/status.ts';
import type { Target } from '../../resources/kinds/database-target/target.ts';
import type { Ownership } from '../../targets/target-store.ts';
import type { Counts } from '../acquired.ts';
import { conditions, withHistory } from './conditions.ts';
import { summary } from './summary.ts';
import { cut, outcomeCode } from './words.ts';

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
    observed: string;
    remediation?: string;
  }[];
  counts: Counts;
  /** What people said of its findings; wanted where the report has no statements of its own. */
  verdicts?: readonly Verdict[] | undefined;
  /** Undefined: as before. */
  advice?: DatabaseTargetStatus['advice'];
  /** For how long it has taken nothing. */
  historyAway_ms?: number | undefined;
  ownership: Ownership;
  now: number;
}

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
    : previous?.topQueries?.map((query) => withWhatIsSaidNow(query, facts.verdicts));
  const status: DatabaseTargetStatus = {
    observedGeneration: target.generation,
    conditions: withHistory(
      conditions(previous, report, prerequisites, now),
      facts.historyAway_ms,
      now,
    ),
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
    ...severities(counts),
    ...busy(previous, report),
    ...adviceOf(previous, facts),
    prerequisites,
    ...(topQueries ? { topQueries } : {}),
    updatedAt: formatTime(now),
  };
  return { ...status, summary: summary(status, dialectOf(target.spec.engine).label) };
}

const severities = ({ critical, warning }: Counts): Pick<DatabaseTargetStatus, 'severities'> =>
  critical === undefined || warning === undefined ? {} : { severities: { critical, warning } };

/** It is told as long as the target wants any. */
function adviceOf(
  previous: DatabaseTargetStatus | undefined,
  { target, advice = previous?.advice }: StatusFacts,
): Pick<DatabaseTargetStatus, 'advice'> {
  return advice && target.spec.advice.mode !== 'disabled' ? { advice } : {};
}

/** What was seen before stays where nobody looked. */
function busy(
  previous: DatabaseTargetStatus | undefined,
  { window, startedAt, durationMs }: CycleReport,
): Pick<DatabaseTargetStatus, 'busy'> {
  const before = previous?.busy;
  if (window?.sessions === undefined) return before ? { busy: before } : {};
  const known = before && { hours: before.hours, until: parseTime(before.until) };
  const { hours, until } = withLook(known, window.sessions, startedAt + durationMs);
  return { busy: { hours, until: formatTime(until) } };
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

/** What needs attention first; eight fit. */
function listPrerequisites(
  all: NonNullable<StatusFacts['prerequisites']>,
): NonNullable<DatabaseTargetStatus['prerequisites']> {
  const rank = { failed: 0, warning: 1, ok: 2 };
  return all
    .toSorted((a, b) => rank[a.verdict] - rank[b.verdict])
    .slice(0, 8)
    .map(({ name, verdict, observed, remediation }) => ({
      name,
      verdict,
      observed: cut(observed, 120),
      ...(remediation ? { remediation: cut(remediation, 200) } : {}),
    }));
}

const topQuery = ({ fingerprint, timeShare, text, meanMs, plan, code, findings }: TopQuery) => ({
  fingerprint,
  share: formatPercent(timeShare),
  text: cut(text, 140),
  mean: formatMs(meanMs),
  ...(plan ? { plan } : {}),
  ...(code ? { code } : {}),
  findings: [...new Set(findings.map(findingWord))].slice(0, 4),
});

/** Somebody has agreed and may be on it. */
const findingWord = ({ rule, verdict }: { rule: string; verdict?: VerdictKind | undefined }) =>
  verdict === 'accepted' ? `${rule} (accepted)` : rule;

type ShownQuery = NonNullable<DatabaseTargetStatus['topQueries']>[number];

/** While nothing runs, the statements of before are shown: what was said since then holds. */
function withWhatIsSaidNow(query: ShownQuery, verdicts: StatusFacts['verdicts']): ShownQuery {
  if (!verdicts) return query;
  const said = new Map(verdicts.map((each) => [verdictKey(each), each.kind]));
  const findings = query.findings
    .map((word) => word.split(' ')[0] ?? word)
    .map((rule) => ({ rule, verdict: said.get(verdictKey({ ...query, rule })) }))
    .filter((each) => !isMuted(each))
    .map(findingWord);
  return { ...query, findings };
}

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
