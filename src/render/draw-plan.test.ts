import { expect, it } from 'vitest';
import { planOf, seq } from '../../test/support/plans.ts';
import { drawPlan, drawPlans } from './draw-plan.ts';

const page = { name: 'p', plan: planOf(seq('orders')), findings: [] };

it('draws what is asked for', () => {
  expect(drawPlan(page, 'svg', { theme: 'dark', metric: 'rows' })).toMatch(/^<svg /);
  expect(drawPlan(page, 'html', { theme: 'light' })).toMatch(/^<!doctype html>/);
  expect(drawPlans([page, page], { theme: 'light', turn: 'right', cards: 2 })).toContain(
    'The same plan as p',
  );
});
