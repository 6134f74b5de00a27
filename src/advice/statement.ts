import type { Plan } from '../model/plan.ts';
import type { PlanContext } from '../model/statistics.ts';

/** A statement of a target's workload, as far as advice looks at it: one of the history's. */
export interface AdvisedStatement extends Partial<PlanContext> {
  fingerprint: string;
  database: string;
  text?: string;
  weight: { calls: number; totalMs: number; rows: number };
  plan?: Plan;
}
