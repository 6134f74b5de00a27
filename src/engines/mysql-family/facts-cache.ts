import { createLru } from '../../base/lru.ts';
import type { TableFacts } from '../../model/statistics.ts';

/** Tables between cycles, by target and name; undefined facts: it is no table that we see. */
export interface FactsCache {
  get(key: string): Remembered | undefined;
  set(key: string, entry: Remembered): void;
}

interface Remembered {
  facts: TableFacts | undefined;
  until: number;
}

/** Tables, of all targets. */
const tablesLimit = 20_000;

export const createFactsCache = (): FactsCache => createLru(tablesLimit);
