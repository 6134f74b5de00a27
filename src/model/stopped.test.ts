import { expect, it } from 'vitest';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import { mayBeStopped } from './stopped.ts';
import { flatten } from './tree.ts';

const above = (type: string, child: object, more: object = {}) => ({
  'Node Type': type,
  ...more,
  Plans: [{ ...child, 'Parent Relationship': 'Outer' }],
});
const stoppedIn = (root: object) => {
  const tree = flatten(planOf(root).root);
  const stopped = mayBeStopped(tree);
  return tree.nodes.flatMap(({ nativeOp }, at) => (stopped[at] ? [nativeOp] : []));
};

it('is what a limit reads, down to what is read whole', () => {
  expect(stoppedIn(above('Limit', above('Result', above('Sort', seq('t')))))).toEqual([
    'Result',
    'Sort',
  ]);
  const hashed = above('Aggregate', seq('t'), { Strategy: 'Hashed' });
  expect(stoppedIn(above('Limit', hashed))).toEqual(['Aggregate']);
  const sorted = above('Aggregate', seq('t'), { Strategy: 'Sorted' });
  expect(stoppedIn(above('Limit', sorted))).toEqual(['Aggregate', 'Seq Scan']);
});
it('is the side of a join of which the first row is enough', () => {
  const semi = { 'Join Type': 'Semi' };
  expect(stoppedIn(joined('Nested Loop', seq('a'), seq('b'), semi))).toEqual(['Seq Scan']);
  expect(stoppedIn(joined('Hash Join', seq('a'), seq('b')))).toEqual([]);
});
