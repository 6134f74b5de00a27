import { expect, it } from 'vitest';
import { planOf, seq } from '../../../test/support/plans.ts';
import { emptyShape, type QueryShape } from '../../model/query-shape.ts';
import type { TableFacts } from '../../model/statistics.ts';
import type { RelationEntry } from './catalog.ts';
import { mostMembers, narrowed, tablesOfPlan, tablesSpokenOf } from './facts-wanted.ts';

const shape: QueryShape = {
  ...emptyShape(),
  comparisons: [
    { column: 'a', operator: '=', with: 'column', other: { column: 'b', qualifier: 'u' } },
  ],
  orderBy: [{ column: 'c' }, { expression: 'random' }],
  groupBy: [{ column: 'd' }],
  aggregates: [{ function: 'max', column: 'e' }, { function: 'count' }],
};
const entry = (name: string, kind = 'r') => ({ schema: 's', name, kind }) as RelationEntry;

it('tables that a text names, with the columns that it speaks of', () => {
  const rights = [{ name: 't', right: 'delete' as const }];
  expect(tablesSpokenOf({ shape, rights }, [entry('t'), entry('v', 'v'), entry('u', 'p')])).toEqual(
    [
      { schema: 's', name: 't', columns: ['a', 'b', 'c', 'd', 'e'], deleted: true },
      { schema: 's', name: 'u', columns: ['a', 'b', 'c', 'd', 'e'], deleted: false },
    ],
  );
});

it('those that a plan reads, the first of many members, and what it asks of them', () => {
  const parts = Array.from({ length: 20 }, (_, i) => seq(`p${i}`, { Filter: '(hidden = $1)' }));
  const plan = planOf({ 'Node Type': 'Append', Plans: [...parts, seq('t')] });
  const known = [{ schema: 's', name: 't' } as TableFacts];
  const wanted = tablesOfPlan(plan, shape, known);
  expect(wanted.map(({ name }) => name)).toEqual([
    't',
    ...Array.from({ length: mostMembers }, (_, i) => `p${i}`),
  ]);
  expect(wanted[0]?.columns).toEqual(['a', 'b', 'c', 'd', 'e', 'hidden']);
});

it('other columns are not kept', () => {
  const columns = ['a', 'z'].map((name) => ({ name, type: 'text' }));
  const facts = { schema: 's', name: 't', columns } as TableFacts;
  expect(narrowed(facts, ['a', 'b']).columns).toEqual([{ name: 'a', type: 'text' }]);
});
