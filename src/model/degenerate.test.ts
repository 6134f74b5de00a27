import { expect, it } from 'vitest';
import { mysqlPlanOf } from '../../test/support/plans.ts';
import { isDegenerate, isPartlyDegenerate } from './degenerate.ts';

it.each([
  [{ message: 'no matching row in const table' }, true, false],
  [
    {
      ordering_operation: {
        using_filesort: true,
        table: { message: 'Impossible WHERE noticed after reading const tables' },
      },
    },
    true,
    false,
  ],
  [{ message: 'Select tables optimized away' }, false, false],
  [{ message: 'No tables used' }, false, false],
  [
    {
      union_result: {
        query_specifications: [
          { query_block: { message: 'Impossible WHERE' } },
          { query_block: { message: 'Impossible HAVING' } },
        ],
      },
    },
    true,
    false,
  ],
  [
    {
      union_result: {
        query_specifications: [
          { query_block: { message: 'Impossible WHERE' } },
          {
            query_block: {
              table: { table_name: 'orders', access_type: 'ALL', rows_examined_per_scan: 9 },
            },
          },
        ],
      },
    },
    false,
    true,
  ],
])('what the values of a sample leave: %j', (block, whole, part) => {
  const { root } = mysqlPlanOf(block);
  expect([isDegenerate(root), isPartlyDegenerate(root)]).toEqual([whole, part]);
});
