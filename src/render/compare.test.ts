import { expect, it } from 'vitest';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import { comparePlans } from './compare.ts';

const scan = (index?: string, cost = 10) =>
  index
    ? {
        ...seq('orders', { 'Total Cost': cost, 'Index Cond': '(id = 1)' }),
        'Node Type': 'Index Scan',
        'Index Name': index,
      }
    : seq('orders', { 'Total Cost': cost });
const told = (before: object, after: object) =>
  comparePlans(planOf(before), planOf(after)).map(({ kind, before: a, after: b }) => [kind, a, b]);

it('says of a table that is read in another way how it was and how it is', () => {
  expect(told(scan('orders_pkey'), scan(undefined, 9_000))).toEqual([
    ['other', 'Index lookup · orders · orders_pkey', 'Full scan · orders'],
  ]);
});
it('says what is new, what is gone, and what became dearer', () => {
  const join = (cost: number) =>
    joined('Hash Join', scan(undefined, cost), seq('c'), { 'Total Cost': cost + 100 });
  expect(told(scan(undefined, 50), join(50)).map(([kind]) => kind)).toEqual(['new', 'new']);
  expect(told(join(50), scan(undefined, 50)).map(([kind]) => kind)).toEqual(['gone', 'gone']);
  expect(told(join(50), join(50_000))).toEqual([
    ['dearer', 'Full scan · orders', 'Full scan · orders'],
  ]);
});
it('says nothing of two plans that are one', () => {
  expect(told(scan(), scan())).toEqual([]);
});
it('compares times only where both were measured', () => {
  const ran = (ms: number) => ({
    'Actual Startup Time': 0,
    'Actual Total Time': ms,
    'Actual Rows': 5,
    'Actual Loops': 1,
  });
  const [change] = comparePlans(planOf(seq('t', ran(10))), planOf(seq('t', ran(90))));
  expect(change).toMatchObject({ kind: 'dearer', figures: '10 ms, 100% → 90 ms, 100%' });
});
