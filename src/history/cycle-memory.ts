import type { Logger } from '../base/logger.ts';
import type { CycleMemory } from './history-questions.ts';

/**
 * What a cycle asks of a history; where that is damaged, it is unknown. What was sent to a server
 * by then is charged all the same, and the next statement gets its turn.
 */
export function cycleMemory(
  history: Pick<CycleMemory, 'recall' | 'previousPlan'>,
  logger: Logger,
): Pick<CycleMemory, 'recall' | 'previousPlan'> {
  const orUnknown =
    <T>(target: string, unknown: T) =>
    (error: unknown): T => {
      logger.warn({ target, error }, 'the history cannot be read; the cycle does without');
      return unknown;
    };
  return {
    recall: (target, fingerprints) =>
      history.recall(target, fingerprints).catch(orUnknown(target, [])),
    previousPlan: (id) => history.previousPlan(id).catch(orUnknown(id.target, undefined)),
  };
}
