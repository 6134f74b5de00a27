import { expect, it } from 'vitest';
import { AppError } from '../../../base/errors.ts';
import { catalogWords as mariadb } from '../../mariadb/catalog-words.ts';
import { catalogWords as mysql } from '../../mysql/catalog-words.ts';
import type { Row } from '../../row.ts';
import { type CatalogRows, tableFacts } from './table-facts.ts';

const named = { table_schema: 'shop', table_name: 'orders' };
const nothing: CatalogRows = {
  tables: [{ ...named, engine: 'InnoDB', row_count: '600', bytes: '40000' }],
  indexes: [],
  columns: [],
  foreignKeys: [],
  partitions: [],
  usage: [],
  indexStatistics: [],
  columnStatistics: [],
};
const key = (index_name: string, position: number, more: Row): Row => ({
  ...named,
  index_name,
  position: `${position}`,
  non_unique: '1',
  prefixed: '0',
  hidden: '0',
  method: 'BTREE',
  column_name: null,
  ...more,
});
const factsOf = (rows: Partial<CatalogRows>, words = mysql) =>
  tableFacts({ ...nothing, ...rows }, words)[0];

it('what was not to be read is absent', () => {
  expect(factsOf({})).toEqual({
    schema: 'shop',
    name: 'orders',
    rows: 600,
    entryKey: 6,
    pages: 3,
    neverAnalyzed: false,
    modifiedSinceAnalyze: 0,
    indexes: [],
    columns: [],
    engine: 'InnoDB',
  });
});

it('indexes say of what they are, and those that the planner does not see stand apart', () => {
  const facts = factsOf({
    indexes: [
      key('i', 2, { column_name: 'b' }),
      key('d', 1, { column_name: 'a' }),
      key('d', 2, { column_name: 'b', descending: '1' }),
      key('i', 1, { column_name: 'a', prefixed: '1' }),
      key('f', 1, { expression: "concat(`a`,_utf8mb4\\'it\\\\\\'s\\',`b`)", non_unique: '0' }),
      key('h', 1, { column_name: 'a', hidden: '1' }),
      key('t', 1, { column_name: 'a', method: 'FULLTEXT' }),
    ],
    indexStatistics: [{ ...named, index_name: 'i', stat_name: 'size', stat_value: '7', at: '50' }],
    usage: [
      { ...named, index_name: 'i', used: '9', inserted: '0', updated: '2', deleted: '0' },
      { ...named, index_name: null, used: '4', inserted: '4', updated: '0', deleted: '1' },
    ],
    since: 30,
  });
  const plain = { unique: false, partial: false };
  expect(facts).toMatchObject({
    indexes: [
      { ...plain, name: 'i', keys: ['a', 'b'], prefixed: ['a'], pages: 7, scans: 9 },
      { ...plain, name: 'd', keys: ['a', 'b'], otherOrder: true },
      { ...plain, name: 'f', keys: ['concat(a, _utf8mb4 ?, b)'], unique: true, constraint: true },
      { ...plain, name: 't', keys: ['a'], method: 'fulltext' },
    ],
    invisibleIndexes: [{ ...plain, name: 'h', keys: ['a'] }],
    analyzedAt: 50,
    writes: { inserted: 4, updated: 2, deleted: 1 },
    countedSince: 30,
  });
});

it.each([
  ['RANGE', 'year(`at`) DIV 10', 'range', ['year(at) DIV ?']],
  ['RANGE COLUMNS', '`a`,`b`', 'range', ['a', 'b']],
  ['LINEAR KEY', '`a`', 'key', ['a']],
])('partitions by %s of %s', (strategy, keys, wanted, columns) => {
  const partitions = [{ ...named, strategy, keys, partitions: '4' }];
  expect(factsOf({ partitions })?.partitionOf).toEqual({
    schema: 'shop',
    name: 'orders',
    strategy: wanted,
    keys: columns,
    partitions: 4,
  });
});

it('the keys that refer are in their order, and the only index that serves them is needed', () => {
  const part = (column_name: string, position: string) => ({
    ...named,
    name: 'fk',
    column_name,
    position,
    other_schema: 'shop',
    other_name: 'customers',
  });
  const foreignKeys = [part('b', '2'), part('a', '1')];
  expect(factsOf({ foreignKeys })?.foreignKeys).toEqual([
    { columns: ['a', 'b'], references: { schema: 'shop', name: 'customers' } },
  ]);
  const index = (name: string) =>
    ['a', 'b'].map((column_name, i) => key(name, i + 1, { column_name }));
  const needed = (...names: string[]) =>
    factsOf({ foreignKeys, indexes: names.flatMap(index) })?.indexes.map(
      ({ constraint }) => constraint,
    );
  expect(needed('i')).toEqual([true]);
  expect(needed('i', 'j')).toEqual([undefined, undefined]);
});

it('how even a column is: what InnoDB counted, the catalog, or who was asked to', () => {
  const columns = ['a', 'b', 'c'].map((column_name) => ({ ...named, column_name, type: 'int' }));
  const indexes = [
    key('i', 1, { column_name: 'a', cardinality: '5' }),
    key('j', 1, { column_name: 'b', cardinality: '6' }),
  ];
  const indexStatistics = [
    { ...named, index_name: 'i', stat_name: 'n_diff_pfx01', stat_value: '8', at: '1' },
  ];
  const distinct = (rows: Partial<CatalogRows>, words = mysql) =>
    factsOf({ columns, indexes, ...rows }, words)?.columns?.map((each) => each.distinct);
  expect(distinct({})).toEqual([5, 6, undefined]);
  const histogram = { ...named, column_name: 'c', singleton: '1', nulls: '0.25' };
  const columnStatistics = [{ ...histogram, held: '[0.5, 0.625, 0.75]' }];
  expect(distinct({ indexStatistics, columnStatistics })).toEqual([8, 6, 3]);
  expect(factsOf({ columns, columnStatistics })?.columns?.[2]).toEqual({
    name: 'c',
    type: 'int',
    width: 4,
    nulls: 0.25,
    distinct: 3,
    commonest: 0.5,
  });
  const wide = [{ ...histogram, singleton: '0', held: '[10, 20]' }];
  expect(factsOf({ columns, columnStatistics: wide })?.columns?.[2]?.distinct).toBe(30);
  const counted = [{ ...named, column_name: 'c', nulls: '0.5', width: '3.5', frequency: '10' }];
  expect(factsOf({ columns, columnStatistics: counted }, mariadb)?.columns?.[2]).toMatchObject({
    nulls: 0.5,
    width: 3.5,
    distinct: 30,
  });
});

it.each<[string, string, number, number | undefined, typeof mysql]>([
  ['MySQL: as many as it knows, within what a sample is wrong by', '1000', 0, undefined, mysql],
  ['MySQL: several times as many', '4600', 4_300, 4_500, mysql],
  ['MariaDB: what is there now, against what was there', '4600', 400, undefined, mariadb],
])('rows that were written since it was analysed. %s', (_, inserted, wanted, live, words) => {
  const statistic = (stat_name: string, stat_value: string) => ({
    ...named,
    index_name: 'PRIMARY',
    stat_name,
    stat_value,
    at: '50',
  });
  const written = { ...named, index_name: null, used: '0', inserted, updated: '7', deleted: '100' };
  const rows: Partial<CatalogRows> = {
    indexStatistics: [statistic('n_diff_pfx01', '20'), statistic('n_diff_pfx02', '200')],
    usage: [written],
    since: 30,
  };
  const facts = factsOf(rows, words);
  expect([facts?.modifiedSinceAnalyze, facts?.liveRows]).toEqual([wanted, live]);
  // It was analysed before all that is counted.
  const since = { ...rows, since: 60 };
  expect(factsOf(since, words)?.modifiedSinceAnalyze).toBe(Math.max(wanted, +inserted + 107));
});

it('a number that is none is refused', () => {
  expect(() => factsOf({ partitions: [{ ...named, partitions: 'many' }] })).toThrow(AppError);
});
