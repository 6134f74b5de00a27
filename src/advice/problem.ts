/**
 * Which indexes to have, as numbers: the statements' costs under sets of candidates, what writes
 * pay, and how much may be stored. Made by `atoms.ts`, solved by the room `solver`.
 */
export interface Problem {
  /** Cost of one execution as things are, by statement. */
  base: ReadonlyMap<string, number>;
  /** Executions, by statement. */
  weight: ReadonlyMap<string, number>;
  /** What a statement costs when just these indexes are there besides what is there now. */
  atoms: readonly Atom[];
  indexes: readonly CandidateCost[];
  budgetBytes: number;
  /** How many indexes a table may have at most, those that are there included. */
  perTable: number;
}

export interface Atom {
  statement: string;
  /** Ids of candidates; one or two. */
  indexes: readonly string[];
  cost: number;
}

export interface CandidateCost {
  id: string;
  table: string;
  bytes: number;
  /** What writes pay for it over the same time as `weight`, in the planner's units. */
  writeCost: number;
  /** It is there already, and stays. */
  pinned?: true;
}

export interface Selection {
  chosen: string[];
  /** Σ weight · cost + writes, of the model. */
  cost: number;
  /** No allowed set can be cheaper. */
  bound: number;
  /** `cost / bound - 1`. */
  gap: number;
  method: 'optimal' | 'time-limit' | 'greedy';
}
