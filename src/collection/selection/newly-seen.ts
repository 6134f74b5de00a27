import type { SelectionStrategy } from './strategy.ts';

/**
 * Was not there at the last snapshot and has never been explained: a deployment's work, usually.
 * Heaviest first.
 */
export const newlySeen: SelectionStrategy = {
  name: 'newlySeen',
  score: ({ stats, explained }) => (stats.isNew && !explained ? stats.totalMs : 0),
};
