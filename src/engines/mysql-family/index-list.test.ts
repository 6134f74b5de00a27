import { expect, it } from 'vitest';
import type { Row } from '../row.ts';
import { catalogOf, type IndexRows, whole } from './index-list.ts';

const key = (index: string, column: string | null, more: Row = {}): Row => ({
  table_schema: 'shop',
  table_name: 'notes',
  index_name: index,
  non_unique: '1',
  column_name: column,
  letters: null,
  direction: 'A',
  method: 'BTREE',
  hidden: '0',
  ...more,
});
const catalog = (rows: Partial<IndexRows>) =>
  catalogOf({
    keys: [],
    references: [],
    counting: [],
    usage: [],
    statistics: [],
    countedSince: undefined,
    ...rows,
  });

it('an index is what its keys are, in their order', () =>
  expect(
    catalog({
      keys: [
        key('PRIMARY', 'id', { non_unique: '0' }),
        key('both', 'a', { direction: 'D' }),
        key('both', 'b', { letters: '10' }),
        key('called', null, { expression: 'lower(`a`)' }),
        key('words', 'body', { method: 'FULLTEXT', hidden: '1' }),
      ],
    }),
  ).toMatchObject([
    { name: 'PRIMARY', needed: 'constraint', index: { unique: true } },
    {
      name: 'both',
      restorable: true,
      index: {
        schema: 'shop',
        table: 'notes',
        method: 'btree',
        keys: [
          { column: 'a', descending: true },
          { column: 'b', letters: 10 },
        ],
      },
    },
    { name: 'called', restorable: false, index: { keys: [{ expression: 'lower(`a`)' }] } },
    { name: 'words', restorable: false, hidden: true, index: { method: 'fulltext' } },
  ]));

it('an index that was cut by the limit is not listed', () => {
  const rows = [key('one', 'a'), key('two', 'a'), key('two', 'b')];
  expect(whole(rows, 4)).toEqual(rows);
  expect(whole(rows, 3)).toEqual(rows.slice(0, 1));
});

it('a foreign key is served by what begins with its columns', () => {
  const reference = (column: string, position: string) => ({
    table_schema: 'shop',
    table_name: 'notes',
    name: 'fk',
    column_name: column,
    position,
  });
  const found = catalog({
    keys: [key('one', 'a'), key('two', 'a'), key('two', 'b'), key('off', 'b'), key('off', 'a')],
    references: [reference('b', '2'), reference('a', '1')],
  });
  expect(found.map(({ servesForeignKey }) => servesForeignKey)).toEqual([
    undefined,
    true,
    undefined,
  ]);
});

it('so is what a foreign key refers to, which needs no unique index', () => {
  const reference = {
    table_schema: 'shop',
    table_name: 'lines',
    name: 'fk',
    column_name: 'note',
    position: '1',
    other_schema: 'shop',
    other_name: 'notes',
    other_column: 'a',
  };
  const keys = [key('one', 'a'), key('two', 'b')];
  const serves = (references: Row[]) =>
    catalog({ keys, references }).map(({ servesForeignKey }) => servesForeignKey);
  expect(serves([reference])).toEqual([true, undefined]);
  expect(serves([{ ...reference, other_schema: 'other' }])).toEqual([undefined, undefined]);
});

it('the one index that a column which counts by itself leads is needed', () => {
  const counting = [{ table_name: 'notes', column_name: 'id' }];
  const primary = [key('PRIMARY', 'tenant'), key('PRIMARY', 'id')];
  const needed = (...more: Row[]) =>
    catalog({ keys: [...primary, key('own', 'id'), ...more], counting })
      .filter((each) => each.needed)
      .map(({ name }) => name);
  expect(needed()).toEqual(['PRIMARY', 'own']);
  expect(needed(key('other', 'id'), key('other', 'at'))).toEqual(['PRIMARY']);
});

it('how large and how often read it is said where the server says so', () => {
  const named = { table_schema: 'shop', table_name: 'notes', index_name: 'one' };
  const keys = [key('one', 'a'), key('two', 'b')];
  const [one, two] = catalog({
    keys,
    usage: [{ ...named, used: '7' }],
    statistics: [
      { ...named, stat_name: 'size', stat_value: '3' },
      { ...named, stat_name: 'n_diff_pfx01', stat_value: '99' },
    ],
    countedSince: 5,
  });
  expect(one).toMatchObject({ bytes: 49_152, scans: 7, countedSince: 5 });
  expect(two?.bytes).toBe(0);
  expect(two).not.toHaveProperty('scans');
  expect(two).not.toHaveProperty('countedSince');
});
