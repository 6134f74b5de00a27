import type { Problem, Selection } from '../advice/problem.ts';

/** Chooses. Bounded in time; what is known then is the answer, with its bound. */
export interface Solver {
  solve(problem: Problem, options: { limit_ms: number; signal: AbortSignal }): Promise<Selection>;
}
