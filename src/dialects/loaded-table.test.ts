import { expect, it } from 'vitest';
import { loadedTable } from './loaded-table.ts';

it.each<[string, ReturnType<typeof loadedTable>]>([
  ['COPY feed FROM STDIN', { name: 'feed' }],
  ['copy Shop.feed(dev, v) from $1 WITH (FORMAT csv)', { schema: 'shop', name: 'feed' }],
  ['COPY "a""b"."Feed" (id) FROM STDIN', { schema: 'a"b', name: 'Feed' }],
  [
    'LOAD DATA LOCAL INFILE ? INTO TABLE `shop` . `feed` FIELDS TERMINATED BY ?',
    {
      schema: 'shop',
      name: 'feed',
    },
  ],
  ['COPY feed TO STDOUT', undefined],
  ['COPY (SELECT a FROM feed) TO STDOUT', undefined],
  ['INSERT INTO feed VALUES ($1)', undefined],
])('finds where %s loads rows into', (text, found) => expect(loadedTable(text)).toEqual(found));

it('takes no longer than reading it for a text that is mostly space', () => {
  expect(loadedTable(`COPY t${' '.repeat(1_000_000)}TO STDOUT`)).toBeUndefined();
});
