import { expect, it } from 'vitest';
import { sceneOf } from '../../src/render/scene.ts';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import { neighbour, nextOf } from './keys.ts';

const plan = planOf(
  joined('Hash Join', joined('Nested Loop', seq('a'), seq('b')), seq('c'), { 'Total Cost': 900 }),
);

it.each([
  ['down', 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'],
  ['right', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'],
] as const)('arrows go where cards stand, root at the %s', (direction, up, below, left, right) => {
  const scene = sceneOf(plan, { direction });
  const idOf = (key: string, from: number) => {
    const to = neighbour(
      scene,
      scene.cards.findIndex(({ id }) => id === from),
      key,
    );
    return to === undefined ? undefined : scene.cards[to]?.id;
  };
  expect(idOf(below, 0)).toBe(1);
  expect(idOf(up, 1)).toBe(0);
  expect(idOf(right, 1)).toBe(4);
  expect(idOf(left, 4)).toBe(1);
  expect(idOf(right, 2)).toBe(3);
  expect(idOf(right, 4)).toBeUndefined();
  expect(idOf(up, 0)).toBeUndefined();
});
it('goes from finding to finding, and round', () => {
  expect(nextOf([7, 2, 5], undefined, false)).toBe(2);
  expect(nextOf([7, 2, 5], 2, false)).toBe(5);
  expect(nextOf([7, 2, 5], 7, false)).toBe(2);
  expect(nextOf([7, 2, 5], 5, true)).toBe(2);
  expect(nextOf([7, 2, 5], 2, true)).toBe(7);
  expect(nextOf([], 2, true)).toBeUndefined();
});
