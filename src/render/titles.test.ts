import { expect, it } from 'vitest';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import { nounOf } from './nouns.ts';
import { sentenceOf } from './sentence.ts';
import { subjectOf, titleOf } from './titles.ts';

it('says the same of every engine, and what of', () => {
  const { root } = planOf(
    joined('Hash Join', seq('orders', { Alias: 'o' }), seq('customers'), {
      'Join Type': 'Left',
      'Hash Cond': '(o.customer_id = customers.id)',
    }),
  );
  expect(titleOf(root)).toBe('Hash join, left');
  expect(subjectOf(root)).toBe('(o.customer_id = customers.id)');
  const [orders] = root.children;
  expect(orders && [titleOf(orders), subjectOf(orders), nounOf(orders)]).toEqual([
    'Full scan',
    'orders o',
    'full scan',
  ]);
});
it('calls what nobody knows by the server’s name', () => {
  expect(titleOf(planOf({ 'Node Type': 'Quantum Scan' }).root)).toBe('Quantum Scan');
});
it('calls an index by how it is used', () => {
  const scan = { ...seq('t', { 'Total Cost': 10, 'Index Name': 'i' }), 'Node Type': 'Index Scan' };
  const whole = planOf(scan);
  expect(titleOf(whole.root)).toBe('Whole index in order');
  expect(sentenceOf(whole)).toBe('100% of the expected cost is a read of a whole index of t by i.');
  expect(titleOf(planOf({ ...scan, 'Index Cond': '(a = 1)' }).root)).toBe('Index lookup');
});
