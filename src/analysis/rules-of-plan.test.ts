import { expect, it } from 'vitest';
import type { Need } from './rule.ts';
import { rules } from './rules/index.ts';
import { rulesOfPlan } from './rules-of-plan.ts';

const inPlans = (need: Need) => need === 'previous';

it('has every rule that asks for nothing but plans, in the order of all', () => {
  const asked = rules.filter(({ needs }) =>
    Object.values(needs).some((needed) => needed.every(inPlans)),
  );
  expect(rulesOfPlan).toEqual(asked);
});
