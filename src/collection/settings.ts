import { parseDuration, parsePercent, parseSize } from '../base/quantity.ts';
import type { DatabaseTargetSpec } from '../resources/kinds/database-target/spec.ts';
import { timeBudgetPolicy } from '../safety/token-bucket.ts';

/** A spec's texts as numbers, once per cycle. */
export function cycleSettings({ collection, safety }: DatabaseTargetSpec) {
  return {
    interval_ms: parseDuration(collection.interval),
    reexplainAfter_ms: parseDuration(collection.reexplainAfter),
    timeout: {
      min_ms: parseDuration(safety.statementTimeout.min),
      max_ms: parseDuration(safety.statementTimeout.max),
    },
    lockTimeout_ms: parseDuration(safety.lockTimeout),
    planBytes: parseSize(safety.limits.plan),
    explains: { perSecond: safety.explains.perSecond, burst: safety.explains.burst },
    databaseTime: timeBudgetPolicy(
      parsePercent(safety.databaseTimeBudget),
      parseDuration(safety.databaseTimeBurst),
    ),
    breaker: {
      failures: safety.circuitBreaker.failures,
      openFor_ms: parseDuration(safety.circuitBreaker.openFor),
      maxOpenFor_ms: parseDuration(safety.circuitBreaker.maxOpenFor),
    },
    brake: {
      replicationLag_ms: parseDuration(safety.brake.replicationLag),
      connectionsUsed: parsePercent(safety.brake.connectionsUsed),
      activePerCore: safety.brake.activePerCore,
      cores: safety.brake.cores,
      lockWaiters: safety.brake.lockWaiters,
      slowdown: safety.brake.slowdown,
      ignore: safety.brake.ignore,
    },
  };
}

export type CycleSettings = ReturnType<typeof cycleSettings>;
