import { expect, it } from 'vitest';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import { depthOf, ends, flatten } from './tree.ts';

it('has parents before children, by their places', () => {
  const tree = flatten(planOf(joined('Hash Join', seq('a'), seq('b'))).root);
  expect(tree.nodes.map(({ relation }) => relation?.name)).toEqual([undefined, 'a', 'b']);
  expect(tree.parents).toEqual([-1, 0, 0]);
  expect(ends(tree)).toEqual([3, 2, 3]);
  expect(depthOf(tree)).toBe(2);
});

it('is laid flat however deep it is', () => {
  let { root } = planOf(seq('a'));
  for (let i = 1; i < 100_000; i += 1) root = { ...root, children: [root] };
  expect(depthOf(flatten(root))).toBe(100_000);
});
