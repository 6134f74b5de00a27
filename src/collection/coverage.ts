import type { Code } from '../base/codes.ts';
import type { Coverage } from '../model/batch.ts';
import type { QueryStats } from '../model/statistics.ts';
import type { Window } from './delta.ts';

export interface CoverageFacts {
  /** The target's spec includes the database; the time of the others is none of its own. */
  covers(database: string): boolean;
  /** Its plan is not older than twice reexplainAfter. */
  hasPlan(key: string): boolean;
  /** Why it has none: it was tried, or left out on purpose. Waiting for its turn is no reason. */
  reasonOf(key: string): Code | undefined;
}

/** Those whose time counts: not a part of another's, and in a database that the target covers. */
export const coveredStats = (
  window: Pick<Window, 'stats'> | undefined,
  covers: CoverageFacts['covers'],
): QueryStats[] =>
  (window?.stats ?? []).filter(({ toplevel, database }) => toplevel && covers(database));

/**
 * Shares of the interval's database time, of the databases that the target covers. What ran but
 * could not be compared is time that nothing is known of: at most all that those statements ever
 * took, and no more than the server's own count says is missing. Undefined for the first look:
 * totals since the statistics began are no interval.
 */
export function computeCoverage(
  window: Window,
  { covers, hasPlan, reasonOf }: CoverageFacts,
): Coverage | undefined {
  if (window.sinceStatisticsBegan) return undefined;
  const times = { explained: 0, waiting: 0, elsewhere: 0 };
  const reasons: Partial<Record<Code, number>> = {};
  for (const { key, database, totalMs, toplevel } of window.stats) {
    if (!toplevel) continue;
    const reason = reasonOf(key);
    if (!covers(database)) times.elsewhere += totalMs;
    else if (hasPlan(key)) times.explained += totalMs;
    else if (reason) reasons[reason] = (reasons[reason] ?? 0) + totalMs;
    else times.waiting += totalMs;
  }
  const unknown = unknownTime(window, covers);
  const reasoned = Object.values(reasons).reduce((sum, ms) => sum + ms, 0);
  const total = times.explained + reasoned + times.waiting + unknown.ms;
  if (total === 0) return undefined;
  return {
    explained: times.explained / total,
    accountedFor: (times.explained + reasoned) / total,
    unknown: unknown.ms / total,
    uncompared: unknown.count,
    elsewhere: times.elsewhere / (total + times.elsewhere),
    reasons: Object.fromEntries(Object.entries(reasons).map(([code, ms]) => [code, ms / total])),
    ...(window.attributed === undefined ? {} : { attributed: window.attributed }),
  };
}

function unknownTime(
  { uncompared, missingMs, ms }: Window,
  covers: CoverageFacts['covers'],
): { ms: number; count: number } {
  const ours = uncompared.filter(({ database }) => covers(database));
  // Where the server counts nothing else: as if each had run all the time, in one session.
  const most = ours.reduce(
    (sum, { mostMs }) => sum + (missingMs === undefined ? Math.min(mostMs, ms) : mostMs),
    0,
  );
  return { ms: missingMs === undefined ? most : Math.min(most, missingMs), count: ours.length };
}
