import { expect, it } from 'vitest';
import { planOf, seq } from '../../test/support/plans.ts';
import { drawPlans, drawSvg } from './draw-plan.ts';

const page = { name: 'p', plan: planOf(seq('orders')), findings: [] };

it('draws what is asked for', () => {
  expect(drawSvg({ page }, { theme: 'dark', metric: 'rows' })).toMatch(/^<svg /);
  expect(drawSvg({ page, before: page }, { theme: 'light' })).toContain(
    'Expected cost 10, as before: the same plan.',
  );
  expect(drawPlans([page, page], { theme: 'light', turn: 'right', cards: 2 })).toContain(
    'Against p: Expected cost 10, as before: the same plan.',
  );
});
