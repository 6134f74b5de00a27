import { expect, it } from 'vitest';
import { mariadbPlanOf } from '../../test/support/plans.ts';
import { preorder } from './plan.ts';

const table = (name: string, rows: number) => ({
  table: { table_name: name, access_type: 'ALL', rows, filtered: 100 },
});
const shares = (block: object) =>
  preorder(mariadbPlanOf(block).root).map(({ op, derived }) => [
    op,
    Math.round(100 * derived.costShare),
  ]);

it('is what scans read and what is kept, not what passes it on', () => {
  const having = { having_condition: 'a.id > 1' };
  expect(shares({ ...having, filesort: { sort_key: 'a.id', ...table('a', 500) } })).toEqual([
    ['Result', 0],
    ['Sort', 50],
    ['SeqScan', 50],
  ]);
});

it('counts an inner side as often as it is read', () => {
  expect(shares({ nested_loop: [table('a', 10), table('b', 9)] })).toEqual([
    ['NestedLoop', 0],
    ['SeqScan', 10],
    ['SeqScan', 90],
  ]);
});
