/** What is said of a code, and what follows from it. */
export type Action = 'retry' | 'wait' | 'stop' | 'human';

export interface CodeEntry {
  /** What it speaks about: one statement, the whole cycle, or either. */
  scope: 'statement' | 'cycle' | 'either';
  /**
   * retry: next cycle will try again · wait: after a time that is said · stop: someone asked for it
   * · human: a person has to act.
   */
  action: Action;
  meaning: string;
  remedy: string;
}
