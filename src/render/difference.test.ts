import { expect, it } from 'vitest';
import { goldenPlans as plans } from '../../test/support/golden-plans.ts';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import { differenceOf } from './difference.ts';

it('a plan does not differ from itself', () => {
  for (const plan of plans) {
    const { ratio, sentence, pairs, changes } = differenceOf(plan, plan);
    expect([ratio ?? 1, changes]).toEqual([1, []]);
    expect(sentence).toMatch(/: the same plan\.$/);
    expect(pairs.every(([a, b, kind]) => a === b && kind === 'same')).toBe(true);
  }
});

it('says by how much, and what took the place of what', () => {
  const index = {
    ...seq('orders', { 'Total Cost': 10, 'Index Cond': '(id = 1)' }),
    'Node Type': 'Index Scan',
    'Index Name': 'orders_pkey',
  };
  const whole = planOf(seq('orders', { 'Total Cost': 9_000 }));
  const { ratio, by, sentence, pairs } = differenceOf(planOf(index), whole);
  expect([ratio, by, pairs]).toEqual([900, 'cost', [[0, 0, 'other']]]);
  expect(sentence).toBe(
    'Expected cost 9,000 in the place of 10, 900 times as much: ' +
      'orders is read whole instead of looked up by orders_pkey.',
  );
  expect(differenceOf(whole, planOf(index)).sentence).toMatch(
    /900 times less: orders is looked up by/,
  );
});
it('names steps that came and went', () => {
  const join = joined('Hash Join', seq('orders'), seq('c'));
  const { pairs } = differenceOf(planOf(join), planOf(seq('orders')));
  expect(pairs.filter(([, , kind]) => kind === 'gone').map(([, after]) => after)).toEqual([
    null,
    null,
  ]);
  expect(pairs).toContainEqual([1, 0, 'same']);
});
it('says nothing of costs that are not there', () => {
  const plan = planOf(seq('t'));
  const unpriced = { ...plan, lossiness: ['no_costs' as const] };
  expect(differenceOf(unpriced, plan)).toMatchObject({ ratio: null, by: 'none' });
});
