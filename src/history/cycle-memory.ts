import type { Logger } from '../base/logger.ts';
import type { CycleMemory } from './history-questions.ts';
import type { HistoryWriter } from './history-writer.ts';

type Memory = Omit<CycleMemory, 'counts'> & Pick<HistoryWriter, 'judge'>;

/**
 * What a cycle asks of a history; where that is damaged, it is unknown. What was sent to a server
 * by then is charged all the same, and the next statement gets its turn.
 */
export function cycleMemory(history: Memory, logger: Logger): Memory {
  const orUnknown =
    <T>(target: string | undefined, unknown: T) =>
    (error: unknown): T => {
      logger.warn({ target, error }, 'the history cannot be read; the cycle does without');
      return unknown;
    };
  return {
    recall: (target, fingerprints) =>
      history.recall(target, fingerprints).catch(orUnknown(target, [])),
    previousPlan: (id) => history.previousPlan(id).catch(orUnknown(id.target, undefined)),
    verdicts: (target) => history.verdicts(target).catch(orUnknown(target, undefined)),
    judge: (target, changes) => history.judge(target, changes).catch(orUnknown(target, undefined)),
    proposals: (filter) => history.proposals(filter).catch(orUnknown(filter.target, undefined)),
    verdictCounts: () => history.verdictCounts().catch(orUnknown(undefined, undefined)),
  };
}
