import { expect, it } from 'vitest';
import { planOf, seq } from '../../test/support/plans.ts';

/** test/golden has 500 hashes of the versions before; here is what is no longer so. */
const before = (root: object) => planOf(root).hash.before;
const above = (type: string, more: object = {}) => ({
  'Node Type': type,
  'Total Cost': 50,
  ...more,
  Plans: [{ ...seq('a'), 'Parent Relationship': 'Outer' }],
});

it.each([
  ['a Gather', above('Gather'), above('Gather Merge')],
  [
    'a writing command',
    above('ModifyTable', { Operation: 'Update' }),
    above('ModifyTable', { Operation: 'Delete' }),
  ],
  ['a shared scan', seq('a'), seq('a', { 'Parallel Aware': true })],
  [
    'an InitPlan by its number',
    seq('a', { Filter: '(x > (InitPlan 1).col1)' }),
    seq('a', { Filter: '(x > (InitPlan 2).col1)' }),
  ],
])('told %s by its common name', (_, one, other) => expect(before(one)).toBe(before(other)));

it('told operations and names apart', () => {
  const all = [seq('a'), seq('b'), above('Sort'), above('Quantum Scan'), above('Neural Scan')];
  expect(new Set(all.map(before)).size).toBe(all.length);
});
