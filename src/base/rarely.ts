import type { Clock } from './clock.ts';

/**
 * Trouble that lasts is told once, then now and then: a log of the same line alone hides what is
 * new.
 */
export interface Rarely {
  /** It is to be told: each trouble at once, and once in a while for as long as it lasts. */
  isNews(trouble: string): boolean;
  /** All is well; true where anything had been told. */
  over(): boolean;
}

const tenMinutes_ms = 600_000;
/** What is away is late, cut and refused in turn; of words that never end not all are kept. */
const mostKinds = 20;

export function createRarely(
  { monotonic }: Pick<Clock, 'monotonic'>,
  again_ms = tenMinutes_ms,
): Rarely {
  const told = new Map<string, number>();
  return {
    isNews(trouble) {
      const now = monotonic();
      const before = told.get(trouble);
      if (before !== undefined && now - before < again_ms) return false;
      const [oldest] = told.keys();
      if (oldest !== undefined && told.size === mostKinds) told.delete(oldest);
      told.set(trouble, now);
      return true;
    },
    over() {
      const was = told.size > 0;
      told.clear();
      return was;
    },
  };
}
