import { describe, expect, it } from 'vitest';
import { planOf, seq } from '../../test/support/plans.ts';
import fc from '../../test/support/property.ts';
import { preorder } from './plan.ts';

type Raw = Record<string, unknown>;
const node = (type: string, ms: number, more: Raw = {}, ...children: Raw[]): Raw => ({
  ...seq('t'),
  'Node Type': type,
  'Actual Total Time': ms,
  'Actual Startup Time': 0,
  'Actual Rows': 1,
  'Actual Loops': 1,
  ...more,
  Plans: children.map((child) => ({ 'Parent Relationship': 'Outer', ...child })),
});
const initPlan = (ms: number, name = 'InitPlan 1') =>
  node('Aggregate', ms, { 'Parent Relationship': 'InitPlan', 'Subplan Name': name });
const cte = (ms: number, type = 'Seq Scan') =>
  node(type, ms, { 'Parent Relationship': 'InitPlan', 'Subplan Name': 'CTE x' });
const cteScan = (ms: number, more: Raw = {}) =>
  node('CTE Scan', ms, { 'Relation Name': undefined, 'CTE Name': 'x', ...more });
const inner = (raw: Raw) => ({ ...raw, 'Parent Relationship': 'Inner' });

/** Own times by preorder, and the whole. */
function timesOf(root: Raw) {
  const plan = planOf(root);
  const own = preorder(plan.root).map(({ derived }) => Math.round(derived.exclusiveMs ?? -1));
  return { own, whole: plan.totals.actualMs };
}
const own = (root: Raw) => timesOf(root).own;

describe('own times', () => {
  it.each<[string, Raw, number[]]>([
    [
      'of loops',
      node('Nested Loop', 14, {}, node('Seq Scan', 2), node('Seq Scan', 1, { 'Actual Loops': 10 })),
      [2, 2, 10],
    ],
    [
      'of what never ran',
      node('Nested Loop', 5, {}, node('Seq Scan', 5), node('Seq Scan', 0, { 'Actual Loops': 0 })),
      [0, 5, 0],
    ],
    ['of a CTE, in its scan', node('Aggregate', 20, {}, cte(15), cteScan(18)), [2, 15, 3]],
    [
      'of a CTE read twice, in the scan that produced it',
      node('Nested Loop', 30, {}, cte(15), cteScan(4), inner(cteScan(21))),
      [5, 15, 4, 6],
    ],
    [
      'of a CTE that two scans produced',
      node('Append', 21, {}, cte(15), cteScan(9), cteScan(11)),
      [1, 15, 0, 5],
    ],
    [
      'of a CTE, in the side that is hashed',
      node('Hash Join', 40, {}, cte(10), cteScan(12), inner(node('Hash', 18, {}, cteScan(17)))),
      [10, 10, 12, 1, 7],
    ],
    [
      'of an InitPlan, in the node that names it',
      node(
        'Aggregate',
        30,
        {},
        initPlan(9),
        node('Seq Scan', 28, { Filter: '(id = (InitPlan 1).col1)' }),
      ),
      [2, 9, 19],
    ],
    [
      'of an InitPlan, as older servers name it',
      node(
        'Aggregate',
        30,
        {},
        initPlan(9, 'InitPlan 1 (returns $0)'),
        node('Seq Scan', 18, { Filter: '(id = $0)' }),
      ),
      [12, 9, 9],
    ],
    [
      'of an InitPlan among the columns',
      node('Limit', 30, {}, initPlan(9), node('Sort', 30, {}, node('Seq Scan', 15))),
      [0, 9, 15, 6],
    ],
    [
      'of an InitPlan of a Limit',
      node('Limit', 30, {}, initPlan(9), node('Seq Scan', 20)),
      [1, 9, 20],
    ],
    [
      'of an InitPlan that a rescan needs',
      node(
        'Nested Loop',
        30,
        {},
        initPlan(9),
        node('Seq Scan', 5),
        inner(node('Index Scan', 1, { 'Index Cond': '(id = (InitPlan 1).col1)' })),
      ),
      [15, 9, 5, 1],
    ],
    [
      'of subplans of each row',
      node(
        'Seq Scan',
        21,
        {},
        node('Seq Scan', 2, {
          'Parent Relationship': 'SubPlan',
          'Subplan Name': 'SubPlan 1',
          'Actual Loops': 10,
        }),
      ),
      [1, 20],
    ],
    [
      'of workers, which ran side by side',
      node(
        'Gather',
        10,
        { 'Workers Planned': 2, 'Workers Launched': 2 },
        node('Seq Scan', 9, { 'Actual Loops': 3 }),
      ),
      [1, 9],
    ],
    [
      'of what one worker alone did',
      node(
        'Gather',
        10,
        { 'Workers Planned': 1, 'Workers Launched': 1 },
        node('Append', 9, { 'Actual Loops': 2 }, node('Seq Scan', 16)),
      ),
      [1, 1, 8],
    ],
    [
      'of an InitPlan that workers need, in their Gather',
      node(
        'Gather',
        20,
        { 'Workers Launched': 2 },
        initPlan(8),
        node('Seq Scan', 9, { 'Actual Loops': 3, Filter: '(id = (InitPlan 1).col1)' }),
      ),
      [3, 8, 9],
    ],
  ])('%s', (_, root, expected) => {
    expect(own(root)).toEqual(expected);
    const sum = expected.reduce((a, b) => a + b, 0);
    expect(sum).toBe(timesOf(root).whole);
  });

  it('of a CTE that writes and that no scan wanted: it ran after the root', () => {
    expect(timesOf(node('Result', 1, {}, cte(15, 'ModifyTable')))).toEqual({
      own: [1, 15],
      whole: 16,
    });
  });

  const unnamed = (ms: number, relation = 'SubPlan') =>
    node('Seq Scan', ms, { 'Parent Relationship': relation });
  it.each<[string, Raw, number[], number]>([
    [
      'a subquery, in what is above its table',
      node('Sort', 30, {}, node('Seq Scan', 4, {}, unnamed(20))),
      [6, 4, 20],
      30,
    ],
    [
      'a subquery that ran while planning',
      node('Aggregate', 5, {}, unnamed(20, 'InitPlan')),
      [5, 20],
      25,
    ],
  ])('where a server gives subqueries no name: %s', (_, root, expected, whole) => {
    expect(timesOf(root)).toEqual({ own: expected, whole });
  });

  it('never scaled: a plan that cannot be is seen in the sum', () => {
    expect(timesOf(node('Aggregate', 5, {}, node('Seq Scan', 9)))).toEqual({
      own: [0, 9],
      whole: 5,
    });
  });

  it('of more InitPlans than anyone writes, in bounded time', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => initPlan(1, `InitPlan ${i}`));
    expect(own(node('Result', 20_001, {}, ...many)).length).toBe(20_001);
  });

  interface Tree {
    work: number;
    loops: number;
    children: Tree[];
  }
  it('are the work that was done, in any tree', () => {
    const figures = {
      work: fc.integer({ min: 0, max: 1_000 }),
      loops: fc.integer({ min: 1, max: 4 }),
    };
    const leaf: fc.Arbitrary<Tree> = fc.record({ ...figures, children: fc.constant<Tree[]>([]) });
    const above = (child: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> =>
      fc.record({ ...figures, children: fc.array(child, { maxLength: 3 }) });
    const inclusive = ({ work, children }: Tree): number =>
      work + children.reduce((sum, child) => sum + inclusive(child), 0);
    const toPlan = (tree: Tree): Raw =>
      node(
        'Append',
        inclusive(tree) / tree.loops,
        { 'Actual Loops': tree.loops },
        ...tree.children.map(toPlan),
      );
    const worked = ({ work, children }: Tree): number[] => [work, ...children.flatMap(worked)];
    fc.assert(
      fc.property(above(above(above(leaf))), (tree) => {
        const all = worked(tree);
        if (all.some((work) => work > 0)) expect(own(toPlan(tree))).toEqual(all);
      }),
    );
  });
});
