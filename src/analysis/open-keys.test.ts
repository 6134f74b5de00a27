import { expect, it } from 'vitest';
import type { Condition } from './conditions.ts';
import { behindOpenKey } from './open-keys.ts';

const is = (column: string, more: object = {}): Condition => ({
  column,
  kind: 'equal',
  operator: '=',
  ...more,
});
const after = (column: string) => is(column, { kind: 'range', operator: '>' });

it.each([
  ['all are given', [is('a'), is('b')], []],
  ['the first is not', [is('b')], ['b']],
  ['the first is a range', [after('a'), is('b'), is('c')], ['b', 'c']],
  ['one in the middle is not', [is('a'), is('c')], ['c']],
  ['a range behind an open one is none that is passed over for a value', [after('b')], []],
  ['its name alone stands for a range', [is('a', { operator: 'is true' }), is('b')], ['b']],
  ['one that is no key', [is('a'), is('x')], []],
])('%s', (_, conditions, columns) =>
  expect(behindOpenKey(conditions, ['a', 'b', 'c']).map(({ column }) => column)).toEqual(columns),
);
