import { butForNumbers } from '../../base/but-for-numbers.ts';
import { parsePercent } from '../../base/quantity.ts';
import type { Condition } from '../../resources/conditions.ts';
import type { DatabaseTargetStatus } from '../../resources/kinds/database-target/status.ts';

/**
 * What of a status is worth a write at once. Figures move in every cycle; they wait for the
 * heartbeat, and metrics tell them live. Pure.
 */
export type Change = 'ready' | 'other' | 'history' | 'figures';

export function statusChange(
  written: DatabaseTargetStatus | undefined,
  next: DatabaseTargetStatus,
): Change {
  if (
    !written ||
    facts(written, 'Ready') !== facts(next, 'Ready') ||
    written.observedGeneration !== next.observedGeneration
  )
    return 'ready';
  if (
    significant(written) !== significant(next) ||
    coverageChange(written, next) >= significantCoverageChange ||
    findingsChange(written, next)
  )
    return 'other';
  return facts(written, 'HistoryAway') === facts(next, 'HistoryAway') ? 'figures' : 'history';
}

/** A share of the load that a reader would take for news. */
const significantCoverageChange = 0.2;
const coverageChange = (
  { coverage: a }: DatabaseTargetStatus,
  { coverage: b }: DatabaseTargetStatus,
): number => (a && b ? Math.abs(parsePercent(a.explained) - parsePercent(b.explained)) : 0);

/**
 * Of a statement with the plan that it had: it was explained again, hours later, or somebody said
 * something and looks whether it is heard.
 */
function findingsChange(
  { topQueries: before = [] }: DatabaseTargetStatus,
  { topQueries: now = [] }: DatabaseTargetStatus,
): boolean {
  return now.some(({ fingerprint, plan, findings }) =>
    before.some(
      (each) =>
        each.fingerprint === fingerprint &&
        each.plan === plan &&
        each.findings.join() !== findings.join(),
    ),
  );
}

const facts = ({ conditions = [] }: DatabaseTargetStatus, type: string) => {
  const found = conditions.find((each) => each.type === type);
  return `${found?.status}/${found?.reason}`;
};

/** What a person is to do, but for numbers: who has done it looks whether that was all. */
const advice = ({ type, status, message }: Condition): string | undefined =>
  type === 'Stalled' || (type === 'PrerequisitesMet' && status === 'False')
    ? butForNumbers(message)
    : undefined;

const significant = (status: DatabaseTargetStatus): string =>
  JSON.stringify([
    (status.conditions ?? [])
      .filter(({ type }) => type !== 'HistoryAway')
      .map((each) => [each.type, each.status, each.reason, advice(each)]),
    status.ownership,
    status.server,
    status.safety?.circuit,
    status.safety?.cause,
    status.safety?.nextTry, // one for each probe, and they come less and less often
    status.safety?.brake,
    (status.prerequisites ?? []).map(({ name, verdict }) => [name, verdict]),
    (status.topQueries ?? []).length > 0,
    status.coverage !== undefined, // from the second cycle on
  ]);
