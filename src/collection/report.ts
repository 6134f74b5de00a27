import type { Code } from '../base/codes.ts';
import type { CycleReport } from '../model/batch.ts';
import { currentTimeout } from '../safety/adaptive-timeout.ts';
import { breakerVerdict } from '../safety/circuit-breaker.ts';
import type { Bucket, BucketPolicy } from '../safety/token-bucket.ts';
import { computeCoverage, coveredStats } from './coverage.ts';
import type { Window } from './delta.ts';
import type { Answer, CycleContext, Ended } from './step.ts';
import type { TargetState } from './target-state.ts';
import { topQueries } from './top-queries.ts';

/** What a cycle did, in figures. Pure but for recalling what earlier cycles found. */
export async function makeReport(
  cycle: Ended,
  context: Pick<CycleContext, 'settings' | 'covers' | 'recall'>,
  { startedAt, durationMs, now }: { startedAt: number; durationMs: number; now: number },
): Promise<CycleReport> {
  const { state, answers, window, server, outcome, databaseMs } = cycle;
  const { settings, covers, recall } = context;
  const reasonOf = reasonsOf(cycle);
  const hasPlan = (key: string) =>
    now - (state.explained.get(key)?.at ?? 0) < 2 * settings.reexplainAfter_ms;
  const coverage = window && computeCoverage(window, { covers, hasPlan, reasonOf });
  const unexplained = countsOf(answers);
  return {
    number: state.cycle,
    startedAt,
    durationMs,
    databaseMs,
    outcome,
    ...(server ? { server } : {}),
    ...(window ? { window: windowOf(window, covers) } : {}),
    selected: answers.length,
    explained: answers.length - Object.values(unexplained).reduce((sum, count) => sum + count, 0),
    unexplained,
    ...(coverage ? { coverage } : {}),
    safety: {
      statementTimeoutMs: currentTimeout(state.timeout, settings.timeout),
      ...circuit(state, now),
      ...(cycle.brake ? { brake: cycle.brake } : {}),
      databaseTimeUsed: shareUsed(state.databaseTime, settings.databaseTime),
    },
    top: window ? await topQueries(window, cycle, { covers, recall, reasonOf }) : [],
  };
}

/** What it was tried and refused for, or left out for on purpose; undefined: neither. */
function reasonsOf({ answers, leftOut }: Ended): (key: string) => Code | undefined {
  const refused = new Map(
    answers.flatMap(({ query: { stats, result } }): [string, Code][] =>
      result.kind === 'refused' ? [[stats.key, result.code]] : [],
    ),
  );
  return (key) => refused.get(key) ?? leftOut.get(key);
}

function countsOf(answers: readonly Answer[]): CycleReport['unexplained'] {
  const counts: CycleReport['unexplained'] = {};
  for (const { query } of answers) {
    const { result } = query;
    if (result.kind === 'refused') counts[result.code] = (counts[result.code] ?? 0) + 1;
  }
  return counts;
}

const windowOf = (window: Window, covers: CycleContext['covers']) => {
  const { sinceStatisticsBegan, began, ms } = window;
  const total = coveredStats(window, covers).reduce((sum, { totalMs }) => sum + totalMs, 0);
  return {
    sinceStatisticsBegan,
    ...(began ? { began } : {}),
    ms,
    ...(ms > 0 ? { sessions: Number((total / ms).toPrecision(3)) } : {}),
  };
};

function circuit(
  { breaker }: Pick<TargetState, 'breaker'>,
  now: number,
): Pick<CycleReport['safety'], 'circuit' | 'open'> {
  const { circuit, until, cause } = breakerVerdict(breaker, now);
  return {
    circuit,
    ...(until === undefined ? {} : { open: { until, ...(cause ? { cause } : {}) } }),
  };
}

/** Of wall time: what is missing of the budget, times the share that it grants. */
const shareUsed = ({ tokens }: Bucket, { burst, perSecond }: BucketPolicy): number =>
  burst > 0 ? Math.max(0, 1 - tokens / burst) * (perSecond / 1_000) : 0;
