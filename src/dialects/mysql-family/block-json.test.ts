import { describe, expect, it } from 'vitest';
import { mysqlPlanOf } from '../../../test/support/plans.ts';
import type { PlanNode } from '../../model/plan.ts';

const table = (name: string, rows = 10, more: object = {}) => ({
  table: {
    table_name: name,
    access_type: 'ALL',
    rows_examined_per_scan: rows,
    cost_info: { prefix_cost: '5.00' },
    ...more,
  },
});
/** `NestedLoop(orders, Sort(customers))` */
const drawn = ({ op, relation, children }: PlanNode): string => {
  const own = relation?.name ?? op;
  return children.length ? `${own}(${children.map(drawn).join(', ')})` : own;
};

describe('a query block', () => {
  it.each([
    [
      'tables, in join order',
      'NestedLoop(NestedLoop(a, b), c)',
      { nested_loop: [table('a'), table('b'), table('c')] },
    ],
    [
      'a sort of the first table, before anything is joined to it',
      'NestedLoop(Sort(a), b)',
      { ordering_operation: { using_filesort: true, nested_loop: [table('a'), table('b')] } },
    ],
    [
      'a sort of the result, where it is kept first',
      'Sort(NestedLoop(a, b))',
      {
        ordering_operation: {
          using_filesort: true,
          using_temporary_table: true,
          nested_loop: [table('a'), table('b')],
        },
      },
    ],
    [
      'members of a UNION',
      'Unique(Append(a, b))',
      {
        union_result: {
          using_temporary_table: true,
          query_specifications: [{ query_block: table('a') }, { query_block: table('b') }],
        },
      },
    ],
    [
      'groups',
      'Aggregate(Sort(a))',
      { grouping_operation: { using_filesort: true, ...table('a') } },
    ],
    ['no table at all', 'Result', { message: 'No tables used' }],
  ])('holds %s: %s', (_, tree, block) => expect(drawn(mysqlPlanOf(block).root)).toBe(tree));

  it('counts a subquery as often as it runs', () => {
    const within = (dependent: boolean) =>
      mysqlPlanOf(
        table('a', 10, {
          attached_subqueries: [{ dependent, cacheable: true, query_block: table('b') }],
        }),
      ).root;
    expect(within(true).children[0]).toMatchObject({
      parentRelation: 'subplan',
      est: { totalCost: 50 },
      ext: { dependent: true, executions: 10 },
    });
    expect(within(false).children[0]).toMatchObject({ est: { totalCost: 5 } });
  });
  it('tells of what nobody knows, and walks into it', () => {
    const { root, lossiness } = mysqlPlanOf({ quantum_operation: table('a') });
    expect([drawn(root), root.nativeOp, lossiness]).toEqual([
      'Unknown(a)',
      'quantum_operation',
      ['unknown_nodes'],
    ]);
  });
});
