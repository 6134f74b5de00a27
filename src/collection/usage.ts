import type { StatementUse } from '../model/batch.ts';
import type { QueryStats } from '../model/statistics.ts';
import { coveredStats } from './coverage.ts';
import type { Progress } from './step.ts';

/**
 * What known statements did in the interval that were not selected in it: of one whose plan is
 * fresh, the history would else know of a minute every few hours. Only where somebody is advised by
 * it, since each is a row of the history in each cycle. Pure.
 */
export function usageOf(
  { window, state, answers }: Pick<Progress, 'window' | 'state' | 'answers'>,
  covers: (database: string) => boolean,
): StatementUse[] {
  // What was counted since the statistics began is of no hour.
  if (!window || window.sinceStatisticsBegan) return [];
  const { explained, failures } = state;
  const answered = new Set(answers.map(({ query }) => query.stats.key));
  const all = coveredStats(window, covers);
  const total = all.reduce((sum, { totalMs }) => sum + totalMs, 0);
  return all
    .filter(({ key, totalMs }) => !answered.has(key) && totalMs >= leastShare * total)
    .toSorted((a, b) => b.totalMs - a.totalMs)
    .flatMap((stats) => {
      const known = explained.get(stats.key) ?? failures.get(stats.key);
      return known?.fingerprint === undefined ? [] : [useOf(known.fingerprint, stats)];
    })
    .slice(0, mostStatements);
}

/** No advice is given for less. */
const leastShare = 0.001;
/** A batch of the history stays small; those that follow take next to nothing. */
const mostStatements = 200;

const useOf = (
  fingerprint: string,
  { calls, totalMs, rows, tempBlocksWritten }: QueryStats,
): StatementUse => ({ fingerprint, calls, totalMs, rows, tempBlocks: tempBlocksWritten });
