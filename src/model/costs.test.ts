import { describe, expect, it } from 'vitest';
import { planOf } from '../../test/support/plans.ts';
import { preorder } from './plan.ts';

type Raw = Record<string, unknown>;
const node = (
  type: string,
  [start, total, rows]: readonly [number, number, number],
  more: Raw = {},
  ...children: Raw[]
): Raw => ({
  'Node Type': type,
  'Startup Cost': start,
  'Total Cost': total,
  'Plan Rows': rows,
  ...more,
  Plans: children.map((child, i) => ({
    'Parent Relationship': i === 1 ? 'Inner' : 'Outer',
    ...child,
  })),
});
const scan = (total: number, rows = 100, more: Raw = {}) =>
  node('Seq Scan', [0, total, rows], more);
const limit = (total: number, child: Raw) => node('Limit', [0, total, 1], {}, child);
const subplan = (total: number, name = 'SubPlan 1') =>
  scan(total, 1, { 'Parent Relationship': 'SubPlan', 'Subplan Name': name });
const own = (root: Raw) =>
  preorder(planOf(root).root).map(({ derived }) => Math.round(derived.exclusiveCost));

describe('own costs', () => {
  it.each<[string, Raw, number[]]>([
    ['of a sort', node('Sort', [110, 120, 100], {}, scan(100)), [20, 100]],
    ['of a share, below a Limit', limit(10, scan(100)), [0, 10]],
    [
      'of a sort below a Limit: all that is before its first row, and a share',
      limit(112, node('Sort', [110, 120, 100], {}, scan(100))),
      [0, 12, 100],
    ],
    [
      'of a hash join below a Limit: the hashed side whole',
      limit(
        60,
        node('Hash Join', [50, 150, 100], {}, scan(80), node('Hash', [50, 50, 9], {}, scan(50))),
      ),
      [0, 2, 8, 0, 50],
    ],
    [
      'of a merge join that ends early',
      node('Merge Join', [0, 60, 9], {}, scan(80), scan(40)),
      [0, 40, 20],
    ],
    ['of a merge join', node('Merge Join', [0, 130, 9], {}, scan(80), scan(40)), [10, 80, 40]],
    [
      'of an inner side, once for each outer row',
      node('Nested Loop', [0, 350, 9], {}, scan(30, 100), scan(3, 1)),
      [20, 30, 300],
    ],
    [
      'of an inner side that stops at the first match',
      node('Nested Loop', [0, 130, 9], {}, scan(30, 100), scan(3, 1)),
      [0, 30, 100],
    ],
    [
      'of an inner side that is kept and read again',
      node(
        'Nested Loop',
        [0, 200, 9],
        {},
        scan(30, 100),
        node('Materialize', [0, 50, 100], {}, scan(49)),
      ),
      [95, 30, 26, 49],
    ],
    [
      'of members, one after the other',
      limit(120, node('Append', [0, 300, 9], {}, scan(100), scan(200))),
      [0, 0, 100, 20],
    ],
    [
      'of members that workers share',
      node('Append', [0, 150, 9], {}, scan(100), scan(200)),
      [0, 50, 100],
    ],
    [
      'of a CTE and an InitPlan, where they hang',
      node(
        'Aggregate',
        [140, 150, 9],
        {},
        scan(60, 9, { 'Parent Relationship': 'InitPlan', 'Subplan Name': 'CTE x' }),
        scan(30, 9, { 'Parent Relationship': 'InitPlan', 'Subplan Name': 'InitPlan 2' }),
        scan(50),
      ),
      [10, 60, 30, 50],
    ],
    [
      'of a subplan of each row that comes out',
      node('Seq Scan', [0, 100, 10], {}, subplan(5)),
      [50, 50],
    ],
    [
      'of a subplan of each row that is looked at',
      node('Seq Scan', [0, 100, 10], { Filter: '(n > (SubPlan 1))' }, subplan(5)),
      [0, 100],
    ],
    [
      'of a subplan that is hashed once',
      node('Seq Scan', [0, 100, 10], { Filter: '(NOT (hashed SubPlan 1))' }, subplan(5)),
      [95, 5],
    ],
  ])('%s', (_, root, expected) => expect(own(root)).toEqual(expected));

  it('never scaled: a plan that cannot be is seen in the sum', () =>
    expect(own(node('Sort', [20, 30, 9], {}, scan(100)))).toEqual([0, 100]));
});
