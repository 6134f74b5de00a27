import { describe, expect, it } from 'vitest';
import { planOf, seq } from '../../../test/support/plans.ts';

const filterOf = (filter: string) => planOf(seq('a', { Filter: filter })).root.predicates.filter[0];

describe('subplans of PostgreSQL', () => {
  it.each([
    ['(id = (InitPlan 1).col1)', '(id = (InitPlan 1).col1)', ['id']],
    ['((n = 5) OR (hashed SubPlan 2))', '((n = ?) OR (hashed SubPlan 2))', ['n']],
    ['(ANY (id = (hashed SubPlan 12).col1))', '(ANY (id = (hashed SubPlan 12).col1))', ['id']],
    ['((SubPlan 1) > 5)', '((SubPlan 1) > ?)', []],
    ['(id = (InitPlan expr_1).col1)', '(id = (InitPlan expr_1).col1)', ['id']],
    [`(t = 'SubPlan 1')`, '(t = ?)', ['t']],
    ['("SubPlan" = 1)', '("SubPlan" = ?)', ['SubPlan']],
  ])('are told apart in %s', (filter, text, columns) => {
    expect(filterOf(filter)).toEqual({ text, columns });
  });

  it.each([
    ['InitPlan 1 (returns $0,$1)', 'InitPlan 1 (returns $0,$1)'],
    ['InitPlan 2', 'InitPlan 2'],
    ['SubPlan exists_1', 'SubPlan exists_1'],
    ['CTE orders of 2024', 'CTE orders of 2024'],
    ["'x' 5", '? ?'],
  ])('%s is declared as %s', (name, kept) => {
    const child = { ...seq('b'), 'Subplan Name': name, 'Parent Relationship': 'InitPlan' };
    expect(planOf(seq('a', { Plans: [child] })).root.children[0]?.subplanName).toBe(kept);
  });
});
