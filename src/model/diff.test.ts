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
  const below = (type: string, more: object = {}) =>
    planOf({
      'Node Type': type,
      'Total Cost': 100,
      ...more,
      Plans: [{ ...seq('t'), 'Parent Relationship': 'Outer' }],
    });
  const scan = (more: object) => planOf(seq('t', { 'Node Type': 'Index Scan', ...more }));
  it.each([
    [below('Gather'), below('Gather Merge'), 'Gather Merge added; Gather removed'],
    [
      below('ModifyTable', { Operation: 'Update' }),
      below('ModifyTable', { Operation: 'Delete' }),
      'Delete added; Update removed',
    ],
    [
      scan({ 'Index Name': 'i' }),
      scan({ 'Index Name': 'i', 'Scan Direction': 'Backward' }),
      't: IndexScan i backward instead of IndexScan i',
    ],
    [
      planOf(seq('t')),
      planOf(seq('t', { 'Parallel Aware': true })),
      't: parallel SeqScan instead of SeqScan; parallel SeqScan added; SeqScan removed',
    ],
  ])('names operations by what the server calls them', (before, after, told) => {
    expect(describeDiff(diffPlans(before, after))).toBe(told);
  });
});
