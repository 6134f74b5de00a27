import { isDue, type SelectionStrategy } from './strategy.ts';

/** Below this, jitter of the machine is most of it. */
const leastMean_ms = 0.1;

/**
 * Standard deviation / mean of the interval: sometimes fast, sometimes not, is often two plans, or
 * one that fits only some values.
 */
export const variance: SelectionStrategy = {
  name: 'variance',
  score: (candidate, context) => {
    const { stddevMs, meanMs } = candidate.stats;
    return isDue(candidate, context) && stddevMs !== undefined && meanMs >= leastMean_ms
      ? stddevMs / meanMs
      : 0;
  },
};
