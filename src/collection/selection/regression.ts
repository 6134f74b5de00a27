import { quantile } from '../../base/sketch.ts';
import type { Candidate, SelectionStrategy } from './strategy.ts';

/** Fewer intervals are no history. */
const leastIntervals = 20;
const leastRatio = 1.5;
/** Standard errors between the interval's mean and the historical median. */
const significance = 3;
/** A plan this fresh already is of the new time. */
const settle_ms = 300_000;

/**
 * Mean of the interval / median of earlier intervals' means; only if the difference is no accident.
 * Beats the hourly limit: a regression is news.
 */
export const regression: SelectionStrategy = {
  name: 'regression',
  score: (candidate, { now }) => {
    if (candidate.explained && now - candidate.explained.at < settle_ms) return 0;
    const ratio = regressionRatio(candidate);
    return ratio !== undefined && ratio >= leastRatio ? ratio : 0;
  },
};

/** Undefined where there is too little history or the difference is within chance. */
export function regressionRatio({
  stats,
  sketch,
}: Pick<Candidate, 'stats' | 'sketch'>): number | undefined {
  if (!sketch || sketch.count < leastIntervals) return undefined;
  const median = quantile(sketch, 0.5);
  if (median === undefined || stats.stddevMs === undefined) return undefined;
  const standardError = stats.stddevMs / Math.sqrt(stats.calls);
  return stats.meanMs - median > significance * standardError ? stats.meanMs / median : undefined;
}
