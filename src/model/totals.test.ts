import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import { preorder } from './plan.ts';

describe('totals', () => {
  const timed = (rows: number, ms: number, loops = 1) => ({
    'Actual Rows': rows,
    'Actual Loops': loops,
    'Actual Total Time': ms,
    'Actual Startup Time': 0,
  });
  it('multiplies by loops and takes children out', () => {
    const { root, totals } = planOf(
      joined('Nested Loop', seq('a', timed(10, 2)), seq('b', timed(3, 1, 10)), timed(30, 14)),
    );
    expect(totals.actualMs).toBe(14);
    expect(preorder(root).map(({ derived }) => Math.round(derived.exclusiveMs ?? -1))).toEqual([
      2, 2, 10,
    ]);
    expect(root.children[1]?.derived.rowsTotal).toBe(30);
  });
  it('exclusive times are never negative and sum to the root', () => {
    interface Tree {
      ms: number;
      loops: number;
      children: Tree[];
    }
    const figures = {
      ms: fc.double({ min: 0, max: 50, noNaN: true }),
      loops: fc.integer({ min: 0, max: 5 }),
    };
    const leaf: fc.Arbitrary<Tree> = fc.record({ ...figures, children: fc.constant<Tree[]>([]) });
    const above = (child: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> =>
      fc.record({ ...figures, children: fc.array(child, { maxLength: 3 }) });
    const node = above(above(above(leaf)));
    const toPlan = ({ ms, loops, children }: Tree): object => ({
      ...seq('t'),
      'Node Type': 'Append',
      ...timed(1, ms, loops),
      Plans: children.map((child) => ({ ...toPlan(child), 'Parent Relationship': 'Member' })),
    });
    fc.assert(
      fc.property(node, (tree) => {
        const { root, totals } = planOf(toPlan({ ...tree, loops: 1 }));
        const times = preorder(root).map(({ derived }) => derived.exclusiveMs ?? -1);
        expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
        const sum = times.reduce((a, b) => a + b, 0);
        if (sum > 0)
          expect(Math.abs(sum - (totals.actualMs ?? 0))).toBeLessThanOrEqual(
            0.01 * (totals.actualMs ?? 0) + 1e-9,
          );
      }),
    );
  });
});
