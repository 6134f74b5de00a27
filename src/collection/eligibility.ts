import type { Code } from '../base/codes.ts';
import type { QueryStats } from '../model/statistics.ts';
import type { DatabaseTargetSpec } from '../resources/kinds/database-target/spec.ts';
import { includedBy } from '../resources/pattern.ts';
import type { TargetState } from './target-state.ts';

/**
 * Why a statement is not even a candidate, before any strategy looks at it. Undefined: it is one.
 */
export function eligibility(
  {
    databases,
    collection: { exclude, minExecutionCount },
  }: Pick<DatabaseTargetSpec, 'databases' | 'collection'>,
  state: Pick<TargetState, 'failures' | 'explained'>,
  now: number,
): (stats: QueryStats) => Code | undefined {
  const included = includedBy(databases);
  return ({ key, database, user, calls, callsEver = calls }) => {
    if (!included(database) || exclude.users.includes(user)) return 'excluded';
    const mark = state.explained.get(key);
    if (mark && exclude.fingerprints.includes(mark.fingerprint)) return 'excluded';
    const failure = state.failures.get(key);
    if (failure && failure.until > now) return failure.code;
    // Of what it has run so far: a report of minutes may well run once in an interval.
    return callsEver < minExecutionCount ? 'below_minimum' : undefined;
  };
}
