import { expect, it } from 'vitest';
import { joined, planOf, seq } from '../../test/support/plans.ts';
import { hashWords } from './hash-words.ts';
import { tokenize } from './postgres/lexer.ts';

const wordsOf = (root: object) => hashWords(planOf(root).root, tokenize);

it('numbers a relation that is read twice, whatever its aliases', () => {
  const aliased = (alias: string) => ({ ...seq('employees'), Alias: alias });
  const { names, canonical } = wordsOf(joined('Hash Join', aliased('e'), aliased('m')));
  expect([...names.values()].map(({ name }) => name)).toEqual(['s.employees#1', 's.employees#2']);
  expect(canonical('(e.manager_id = m.id)')).toBe('s.employees#1.manager_id = s.employees#2.id');
});

it('takes a partition by the alias that its server made for it', () => {
  const { names } = wordsOf({ ...seq('orders_2026_01'), Alias: 'orders_1' });
  expect(names.get('orders_1')).toEqual({ name: 'orders', member: true });
});
