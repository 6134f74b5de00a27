import { expect, it } from 'vitest';
import { planOf, seq } from '../../test/support/plans.ts';
import { drawPlans, drawText } from './draw-plan.ts';

const page = { name: 'p', plan: planOf(seq('orders')), findings: [] };

it('draws what is asked for', () => {
  expect(drawText({ page }, 'svg', { theme: 'dark', metric: 'rows' })).toMatch(/^<svg /);
  expect(drawText({ page }, 'html', { theme: 'light' })).toMatch(/^<!doctype html>/);
  for (const format of ['svg', 'html'] as const)
    expect(drawText({ page, before: page }, format, { theme: 'light' })).toContain(
      'Expected cost 10, as before: the same plan.',
    );
  expect(drawPlans([page, page], { theme: 'light', turn: 'right', cards: 2 })).toContain(
    'Against p: Expected cost 10, as before: the same plan.',
  );
});
