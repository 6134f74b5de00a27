import type { Code } from '../base/codes.ts';
import type { QueryStats } from '../plans/statistics.ts';
import type { DatabaseTargetSpec } from '../resources/database-target.ts';
import { isIncluded } from './pattern.ts';
import type { TargetState } from './target-state.ts';

/** Why a statement is not even a candidate, before any strategy looks at it. Undefined: it is one. */
export function ineligible(
  stats: QueryStats,
  spec: Pick<DatabaseTargetSpec, 'databases' | 'collection'>,
  state: Pick<TargetState, 'failures' | 'explained'>,
  now: number,
): Code | undefined {
  if (!isIncluded(stats.database, spec.databases) || spec.collection.exclude.users.includes(stats.user)) return 'excluded';
  const mark = state.explained.get(stats.key);
  if (mark && spec.collection.exclude.fingerprints.includes(mark.fingerprint)) return 'excluded';
  const failure = state.failures.get(stats.key);
  if (failure && failure.until > now) return failure.code;
  return stats.calls < spec.collection.minExecutionCount ? 'below_minimum' : undefined;
}
