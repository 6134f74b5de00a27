import { expect, it } from 'vitest';
import type { WorkloadStatement } from '../history/history-questions.ts';
import { onItsTables, planKey } from './reuse.ts';

const index = (table: string) => ({
  id: table,
  index: { schema: 'public', table, method: 'btree', keys: [{ column: 'a' }] },
});
const set = ['orders', 'log', 'other'].map(index);
const statement = (of: object) => of as WorkloadStatement;

it('a set is the same in whatever order', () =>
  expect(planKey('s', ['b', 'a'])).toBe(planKey('s', ['a', 'b'])));
it('only those on tables that a statement reads matter, roots of partitions too', () => {
  const facts = [
    { schema: 'public', name: 'orders' },
    { schema: 'public', name: 'log_1', partitionOf: { schema: 'public', name: 'log' } },
    { schema: 'elsewhere', name: 'other' },
  ];
  expect(onItsTables(statement({ facts }), set)?.map(({ id }) => id)).toEqual(['orders', 'log']);
});
it('what a statement reads is not known without facts', () =>
  expect(onItsTables(statement({}), set)).toBeUndefined());
