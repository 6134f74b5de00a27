import { expect, it } from 'vitest';
import { joined, mysqlPlanOf, planOf, seq } from '../../test/support/plans.ts';
import { measure, metricFor, metricNames } from './metric.ts';
import { whyNot } from './why-not.ts';

const plan = planOf(
  joined('Hash Join', seq('a', { 'Plan Rows': 1_000_000 }), seq('b'), { 'Total Cost': 100 }),
);
const textsOf = (name: (typeof metricNames)[number]) => {
  const { text } = measure(plan, name);
  return [0, 1, 2].map((at) => text(at));
};

it.each(metricNames)('measures %s between nothing and all of it', (name) => {
  const { values } = measure(plan, name);
  expect(values).toHaveLength(3);
  for (const value of values) expect(value >= 0 && value <= 1).toBe(true);
});
it('takes time only where it was measured', () => {
  expect(metricFor(plan.root)).toBe('cost');
  expect(textsOf('time')).toEqual(['', '', '']);
});
it('says shares of the plan that add up to it', () => {
  const { values } = measure(plan, 'cost');
  expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1);
  expect(textsOf('cost')[0]).toBe('80%');
});
it('says rows on a scale of logarithms', () => {
  const { values } = measure(plan, 'rows');
  expect(values[1]).toBe(1);
  expect(textsOf('rows')[1]).toBe('1.0 M rows');
  expect(values[2]).toBeCloseTo(Math.log10(6) / 6, 2);
});
it('says why there is nothing to see', () => {
  const absent = (each: Parameters<typeof whyNot>[0]) =>
    metricNames.filter((name) => whyNot(each, name) !== undefined);
  expect(absent(plan)).toEqual(['time', 'misestimate', 'io']);
  const ran = { 'Actual Total Time': 3, 'Actual Rows': 90, 'Actual Loops': 1 };
  expect(absent(planOf(seq('t', { ...ran, 'Shared Hit Blocks': 3 })))).toEqual([]);
  expect(whyNot(plan, 'io')).toContain('BUFFERS');
  expect(whyNot(mysqlPlanOf({ table: { table_name: 't', access_type: 'ALL' } }), 'io')).toContain(
    'this server',
  );
});
