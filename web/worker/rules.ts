import { type Examined, examine } from '../../src/analysis/examine.ts';
import { rulesOfPlan } from '../../src/analysis/rules-of-plan.ts';
import type { Plan } from '../../src/model/plan.ts';

/** Loaded when a plan has been read. */
export const examinePlan = (plan: Plan, before: Plan | undefined): Examined =>
  examine(rulesOfPlan, plan, before);
