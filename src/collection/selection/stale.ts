import { isDue, type SelectionStrategy } from './strategy.ts';

/** Has a plan, but one older than reexplainAfter: tables grow, statistics change. Oldest first. */
export const stale: SelectionStrategy = {
  name: 'stale',
  score: (candidate, context) =>
    candidate.explained && isDue(candidate, context) ? context.now - candidate.explained.at : 0,
};
