import { expect, it } from 'vitest';
import { preorder } from '../model/plan.ts';
import { emptyShape, type QueryShape } from '../model/query-shape.ts';
import { outlineOf } from './outline.ts';

const writing = (...writes: NonNullable<QueryShape['writes']>) =>
  outlineOf('mariadb', { ...emptyShape('update'), writes });

it('writes the tables that the text names', () => {
  const outline = writing({ name: 'orders' }, { schema: 'shop', name: 'lines' });
  expect(outline?.engine).toBe('mariadb');
  expect(outline && preorder(outline.root)).toMatchObject([
    { id: 0, op: 'Modify', relation: { name: 'orders', kind: 'table' } },
    { id: 1, op: 'Modify', relation: { schema: 'shop', name: 'lines', kind: 'table' } },
  ]);
});
it('there is none of what only reads, or of which nothing is known', () => {
  expect([writing(), outlineOf('mysql', emptyShape()), outlineOf('postgres', undefined)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
