import { describe, expect, it } from 'vitest';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import fc from '../../test/support/property.ts';
import { preorder } from './plan.ts';

const counted = (rows: number, loops = 1) => ({ 'Actual Rows': rows, 'Actual Loops': loops });
const timed = (rows: number, ms: number, loops = 1) => ({
  ...counted(rows, loops),
  'Actual Total Time': ms,
});

describe('totals', () => {
  it('are of all loops', () => {
    const { root, totals } = planOf(
      joined('Nested Loop', seq('a', timed(10, 2)), seq('b', timed(3, 1, 10)), timed(30, 14)),
    );
    expect(totals).toEqual({ estCost: 100, estRows: 5, nodes: 3, depth: 2, actualMs: 14 });
    expect(root.children[1]?.derived.rowsTotal).toBe(30);
    expect(root.children[1]?.derived.qError).toBeCloseTo(5 / 3);
  });
  it('know the dominant operation by its own share', () => {
    const plan = joined('Nested Loop', seq('a'), seq('b', { 'Total Cost': 2 }));
    expect(planOf(plan).dominantOp).toBe('NestedLoop');
    expect(planOf({ ...plan, ...timed(1, 9) }).dominantOp).toBe('NestedLoop');
  });
  it('have shares of the cost where no times were measured', () => {
    const { root, dominantOp } = planOf(
      joined('Hash Join', seq('a', counted(1)), seq('b', counted(1)), counted(1)),
    );
    expect(root.derived).not.toHaveProperty('timeShare');
    expect(root.derived.costShare).toBe(0.8);
    expect(dominantOp).toBe('HashJoin');
  });
  it('are numbers whatever a server prints', () => {
    const type = fc.constantFrom('Nested Loop', 'Limit', 'Hash Join', 'Append', 'Merge Join');
    const number: fc.Arbitrary<number> = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constant(1e308),
    );
    const leaf = fc.record({
      'Node Type': type,
      'Parent Relationship': fc.constantFrom('Outer', 'Inner', 'InitPlan', 'SubPlan'),
      'Startup Cost': number,
      'Total Cost': number,
      'Plan Rows': number,
      'Actual Total Time': number,
      'Actual Loops': number,
      'Actual Rows': number,
    });
    const above = (below: fc.Arbitrary<object>): fc.Arbitrary<object> =>
      fc
        .tuple(leaf, fc.array(below, { maxLength: 3 }))
        .map(([node, plans]) => ({ ...node, Plans: plans }));
    fc.assert(
      fc.property(above(above(above(above(leaf)))), (root) => {
        const plan = planOf(root);
        const derived = preorder(plan.root).flatMap(({ derived }) => [
          derived.exclusiveCost,
          derived.costShare,
          derived.exclusiveMs ?? 0,
          derived.timeShare ?? 0,
          derived.rowsTotal ?? 0,
          derived.qError ?? 0,
        ]);
        for (const each of [...derived, plan.totals.actualMs ?? 0]) {
          expect(Number.isFinite(each)).toBe(true);
          expect(each).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
