import { describe, expect, it } from 'vitest';
import { planOf, seq } from '../../test/support/plans.ts';
import { describeDiff, diffPlans } from './diff.ts';

describe('diff', () => {
  it('is empty for the same plan and says what changed otherwise', () => {
    const before = planOf(
      seq('t', { 'Node Type': 'Index Scan', 'Index Name': 't_i', 'Index Cond': '(id = 1)' }),
    );
    const after = planOf(seq('t', { 'Total Cost': 100 }));
    expect(diffPlans(before, before)).toEqual({ same: true, costRatio: 1, changes: [] });
    expect(describeDiff(diffPlans(before, after))).toBe(
      't: SeqScan instead of IndexScan t_i; SeqScan added; IndexScan removed',
    );
    expect(diffPlans(before, after).costRatio).toBe(10);
    expect(describeDiff(diffPlans(before, before))).toBe('the same plan');
    const filtered = planOf(seq('t', { Filter: '(id = 1)' }));
    expect(describeDiff(diffPlans(filtered, after))).toBe('the same steps on other conditions');
  });
});
