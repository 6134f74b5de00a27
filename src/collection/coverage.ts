import type { Coverage } from '../plans/batch.ts';
import type { Window } from './delta.ts';

export interface CoverageFacts {
  /** Its plan is not older than twice reexplainAfter. */
  hasPlan(key: string): boolean;
  /** It was tried, or left out on purpose. Waiting for its turn is no reason. */
  hasReason(key: string): boolean;
}

/** Shares of the interval's database time. Undefined for the first look: totals since the statistics began are no interval. */
export function computeCoverage(window: Window, { hasPlan, hasReason }: CoverageFacts): Coverage | undefined {
  if (window.sinceStatisticsBegan) return undefined;
  let [total, explained, reasoned] = [0, 0, 0];
  for (const { key, totalMs, toplevel } of window.stats) {
    if (!toplevel) continue;
    total += totalMs;
    if (hasPlan(key)) explained += totalMs;
    else if (hasReason(key)) reasoned += totalMs;
  }
  if (total === 0) return undefined;
  return {
    explained: explained / total,
    withReason: (explained + reasoned) / total,
    ...(window.attributed === undefined ? {} : { attributed: window.attributed }),
  };
}
