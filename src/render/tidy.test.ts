import { describe, expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { sidesOf } from './tidy.ts';

const width = 10;
/** Parents before children: each hangs under one before it. */
const trees = fc
  .array(fc.nat(), { maxLength: 80 })
  .map((picks) => [-1, ...picks.map((pick, i) => pick % (i + 1))]);
const depthsOf = (parents: readonly number[]) => {
  const depths: number[] = [];
  for (const parent of parents) depths.push(parent < 0 ? 0 : (depths[parent] ?? 0) + 1);
  return depths;
};

describe('nodes side by side', () => {
  it('never overlap on a level, and stand in the order of the tree', () => {
    fc.assert(
      fc.property(trees, (parents) => {
        const [sides, depths] = [sidesOf(parents, width), depthsOf(parents)];
        for (const [a, side] of sides.entries())
          for (const [b, other] of sides.entries())
            if (a < b && depths[a] === depths[b]) {
              expect(Math.abs(side - other)).toBeGreaterThanOrEqual(width - 1e-6);
              if (parents[a] === parents[b]) expect(other).toBeGreaterThan(side);
            }
        expect(Math.min(...sides)).toBe(0);
      }),
    );
  });
  it('have each parent over the middle of its children', () => {
    fc.assert(
      fc.property(trees, (parents) => {
        const sides = sidesOf(parents, width);
        for (const at of parents.keys()) {
          const below = sides.filter((_, child) => parents[child] === at);
          if (below.length > 0)
            expect(sides[at]).toBeCloseTo(((below[0] ?? 0) + (below.at(-1) ?? 0)) / 2);
        }
      }),
    );
  });
});
it('stand as near to each other as their outlines allow', () => {
  // The third hangs under the first; the second’s child does not have to make room for it.
  expect(sidesOf([-1, 0, 0], width)).toEqual([5, 0, 10]);
  expect(sidesOf([-1, 0, 0, 1, 3], width)).toEqual([5, 0, 10, 0, 0]);
  expect(sidesOf([-1, 0, 0, 1, 1, 2, 2], width)).toEqual([15, 5, 25, 0, 10, 20, 30]);
});
