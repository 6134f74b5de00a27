import { isDue, type SelectionStrategy } from './strategy.ts';

/** Mean time × calls: what the interval spent on it. */
export const impact: SelectionStrategy = {
  name: 'impact',
  score: (candidate, context) => (isDue(candidate, context) ? candidate.stats.totalMs : 0),
};
