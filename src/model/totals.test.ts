import { describe, expect, it } from 'vitest';
import { joined, planOf, seq } from '../../test/support/plans.ts';

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
});
