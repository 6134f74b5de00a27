import type { Clock } from '../base/clock.ts';
import { createLru } from '../base/lru.ts';

/**
 * Approvals stay when their recommendations are done or gone, and lead to them at each pass: what
 * has been found so is not read again for some time, unless somebody says something more of it.
 */
export interface Finished {
  has(name: string, said: string): boolean;
  note(name: string, said: string, what: 'done' | 'gone'): void;
}

const mostNames = 10_000;
/** One that is gone may come: it is applied after its approval. */
const valid_ms = { done: 600_000, gone: 60_000 };

export function createFinished(clock: Clock): Finished {
  const known = createLru<string, { said: string; until: number }>(mostNames);
  return {
    has(name, said) {
      const found = known.get(name);
      return found?.said === said && clock.now() < found.until;
    },
    note: (name, said, what) => known.set(name, { said, until: clock.now() + valid_ms[what] }),
  };
}
