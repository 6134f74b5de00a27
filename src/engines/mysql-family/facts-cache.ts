import { createLru, type Lru } from '../../base/lru.ts';
import type { QueryShape } from '../../model/query-shape.ts';
import type { TableFacts } from '../../model/statistics.ts';

/** Tables between cycles, by target and name; undefined facts: it is no table that we see. */
export type FactsCache = Lru<string, Remembered>;

interface Remembered {
  facts: TableFacts | undefined;
  /** Of a view: the tables that it reads. */
  behind?: QueryShape['relations'];
  /** Of a view: what it calls, as of a statement. */
  calls?: readonly string[];
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
