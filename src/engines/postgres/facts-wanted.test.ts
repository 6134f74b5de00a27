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
const table = { schema: 's', name: 't' } as TableFacts;
const entry = (name: string, kind = 'r') => ({ schema: 's', name, kind }) as RelationEntry;

it('tables that a text names, with the columns that it speaks of', () => {
  const rights = [{ name: 't', right: 'delete' as const }];
  expect(tablesSpokenOf({ shape, rights }, [entry('t'), entry('v', 'v'), entry('u', 'p')])).toEqual(
    [
      { schema: 's', name: 't', columns: ['a', 'b', 'c', 'd', 'e'], written: true },
      { schema: 's', name: 'u', columns: ['a', 'b', 'c', 'd', 'e'], written: false },
    ],
  );
});

it('what a total is made of: an index may have all of it', () => {
  const reads = [{ column: 'status' }];
  const of = (aggregates: { function: string }[]) =>
    tablesSpokenOf({ shape: { ...emptyShape(), aggregates, reads }, rights: [] }, [entry('t')]);
  expect(of([{ function: 'sum' }])[0]?.columns).toEqual(['status']);
  expect(of([])[0]?.columns).toEqual([]);
});

it('those that a plan reads, the first of many members, and what it asks of them', () => {
  const parts = Array.from({ length: 20 }, (_, i) => seq(`p${i}`, { Filter: '(hidden = $1)' }));
  const plan = planOf({ 'Node Type': 'Append', Plans: [...parts, seq('t')] });
  const wanted = tablesOfPlan(plan, shape, [table]);
  expect(wanted.map(({ name }) => name)).toEqual([
    't',
    ...Array.from({ length: mostMembers }, (_, i) => `p${i}`),
  ]);
  expect(wanted[0]?.columns).toEqual(['a', 'b', 'c', 'd', 'e', 'hidden']);
});

it('other columns are not kept', () => {
  const columns = ['a', 'z'].map((name) => ({ name, type: 'text' }));
  const facts = { ...table, columns };
  const kept = narrowed(facts, ['a', 'b'], { kind: 'select' });
  expect(kept.columns).toEqual([{ name: 'a', type: 'text' }]);
});

it.each([
  [{ kind: 'delete' as const }, true],
  [{ kind: 'update' as const, sets: ['id', 'a'] }, true],
  [{ kind: 'update' as const, sets: ['a'] }, false],
  [{ kind: 'select' as const }, false],
])('who refers to it is kept for what changes that: %j', (shaped, kept) => {
  const referring = { schema: 's', name: 'u', columns: ['t_id'], references: ['id'] };
  const facts = { ...table, referencedBy: [{ ...referring, indexed: false, rows: 1 }] };
  expect(narrowed(facts, [], shaped).referencedBy?.length).toBe(kept ? 1 : undefined);
});
