import { expect, it } from 'vitest';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import { measure, metricFor, metricNames } from './metric.ts';

const { root } = planOf(
  joined('Hash Join', seq('a', { 'Plan Rows': 1_000_000 }), seq('b'), { 'Total Cost': 100 }),
);

it.each(metricNames)('measures %s between nothing and all of it', (name) => {
  const { measures } = measure(root, name);
  expect(measures).toHaveLength(3);
  for (const { value } of measures) expect(value >= 0 && value <= 1).toBe(true);
});
it('takes time only where it was measured', () => {
  expect(metricFor(root)).toBe('cost');
  expect(measure(root, 'time').measures.every(({ text }) => text === '')).toBe(true);
});
it('says shares of the plan that add up to it', () => {
  const { measures } = measure(root, 'cost');
  expect(measures.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(1);
  expect(measures[0]?.text).toBe('80 %');
});
it('says rows on a scale of logarithms', () => {
  const { measures } = measure(root, 'rows');
  expect(measures[1]).toEqual({ value: 1, text: '1.0 M rows' });
  expect(measures[2]?.value).toBeCloseTo(Math.log10(6) / 6, 2);
});
