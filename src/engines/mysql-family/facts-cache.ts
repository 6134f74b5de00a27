import { createLru, type Lru } from '../../base/lru.ts';
import type { TableFacts } from '../../model/statistics.ts';
import type { ViewText } from './facts/view-tables.ts';

/** Tables between cycles, by target and name; undefined facts: it is no table that we see. */
export type FactsCache = Lru<string, Remembered>;

export interface Remembered {
  facts: TableFacts | undefined;
  /** Of a view; what is too long or not shown to us was not read. */
  view?: ViewText | 'unread';
  /** Its engine, where another server has it. */
  remote?: string;
  until: number;
}

/** Until when a source of facts is not asked for again, by target and name. */
export type RefusedSources = Lru<string, number>;

/** Tables, of all targets. */
const tablesLimit = 20_000;
/** A handful for each target. */
const sourcesLimit = 20_000;

export const createFactsCache = (): FactsCache => createLru(tablesLimit);
export const createRefusedSources = (): RefusedSources => createLru(sourcesLimit);
