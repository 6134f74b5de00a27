import { expect, it } from 'vitest';
import type { Comparison } from '../model/query-shape.ts';
import { compared, table, typed } from './examples.ts';
import { withNumbersForTexts } from './numbers-for-texts.ts';
import type { RuleContext } from './rule.ts';

const facts = ['orders', 'users'].map((name) =>
  table(name, 9_000, { columns: typed({ id: 'bigint', code: 'varchar' }) }),
);
const relations = [{ name: 'orders', alias: 'o' }, { name: 'users' }];

it.each<[string, Comparison, string[]]>([
  ['a text and a number', compared('code', { number: true, qualifier: 'o' }), ['orders.code']],
  ['nobody says whose', compared('CODE', { number: true }), ['orders.code', 'users.code']],
  [
    'a text and another table’s numbers',
    compared('code', {
      qualifier: 'o',
      with: 'column',
      other: { column: 'id', qualifier: 'users' },
    }),
    ['orders.code'],
  ],
  [
    'a text and another table’s texts',
    compared('code', {
      qualifier: 'o',
      with: 'column',
      other: { column: 'code', qualifier: 'users' },
    }),
    [],
  ],
  ['two numbers', compared('id', { number: true }), []],
  ['two texts', compared('code', { qualifier: 'o' }), []],
])('%s', (_, comparison, expected) => {
  const context = { shape: { relations, comparisons: [comparison] }, facts } as RuleContext;
  const now = withNumbersForTexts(context);
  const marked = now.facts.flatMap(({ name, columns = [] }) =>
    columns.flatMap((each) => (each.asNumber ? `${name}.${each.name}` : [])),
  );
  expect(marked).toEqual(expected);
  expect(now === context).toBe(expected.length === 0);
});
