import { expect, it } from 'vitest';
import { awkwardTable } from '../../test/support/tables.ts';
import { keyColumns } from './index-keys.ts';

const own = [
  { name: 'Id', type: 'int' },
  { name: 'id', type: 'text' },
  { name: 'Total', type: 'int' },
];

it('finds the table’s own columns, in their spelling', () => {
  const types = (name: string) => keyColumns(awkwardTable(own), [{ column: name }]);
  expect(types('id')).toEqual([own[1]]);
  expect(types('total')).toEqual([own[2]]);
  expect(types('other')).toBeUndefined();
});
it('takes a name on trust where the columns are not known, and nothing for nothing', () => {
  expect(keyColumns(awkwardTable(), [{ column: 'x' }])).toEqual([{ name: 'x', type: '' }]);
  expect(keyColumns(awkwardTable(), [])).toBeUndefined();
});
