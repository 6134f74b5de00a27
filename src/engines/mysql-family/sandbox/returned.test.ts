import { expect, it } from 'vitest';
import { emptyShape, type QueryShape } from '../../../model/query-shape.ts';
import { isCertain, mayBe, toldBy } from './returned.ts';

const shape = (more: Partial<QueryShape> = {}): QueryShape => ({
  ...emptyShape(),
  relations: [{ name: 't' }],
  comparisons: [{ column: 'a', operator: '=', with: 'value' }],
  ...more,
});
const told = (more: Partial<QueryShape>, rows = 10, columns = 1) =>
  toldBy(shape(more), { rows, of: 1_000 }, columns);

it('knows what the conditions leave where all of it comes back', () => {
  expect(told({})).toEqual({ atLeast: 0.01, exactly: true });
  expect(isCertain(told({}), 1)).toBe(true);
  expect([0.002, 0.01, 0.03, 0.9].map((share) => mayBe(share, told({})))).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

it.each([
  ['what is cut off', { limit: true }],
  ['what is put together', { grouped: true }],
  ['what has another condition', { comparisons: [...shape().comparisons, isNull()] }],
  [
    'what is made of the column',
    { comparisons: [{ ...shape().comparisons[0]!, wrapped: 'case' }] },
  ],
] as const)('of %s it knows that no less is left', (_, more) => {
  expect(told(more as Partial<QueryShape>)).toEqual({ atLeast: 0.01, exactly: false });
  expect(mayBe(0.9, told(more as Partial<QueryShape>))).toBe(true);
  expect(mayBe(0.002, told(more as Partial<QueryShape>))).toBe(false);
});
function isNull() {
  return { column: 'b', operator: 'is null', with: 'value' } as const;
}

it.each([
  ['of several tables', { relations: [{ name: 't' }, { name: 'u' }] }],
  ['of a query in it', { subqueries: 1 }],
  [
    'where one of two conditions is enough',
    { comparisons: [{ ...shape().comparisons[0]!, inOr: true }] },
  ],
] as const)('knows nothing %s', (_, more) =>
  expect(told(more as Partial<QueryShape>)).toBeUndefined(),
);

it('knows nothing of a table whose size nobody knows', () => {
  expect(toldBy(shape(), { rows: 10 }, 1)).toBeUndefined();
  expect(mayBe(0.5, undefined)).toBe(true);
});
