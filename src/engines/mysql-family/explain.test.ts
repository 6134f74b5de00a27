import { expect, it } from 'vitest';
import { dialects } from '../../dialects/index.ts';
import { emptyShape } from '../../model/query-shape.ts';
import type { TableFacts } from '../../model/statistics.ts';
import { resolver, tablesOfUnknownIndexes } from './explain.ts';

const facts: TableFacts = {
  schema: 'shop',
  name: 'orders',
  rows: 5,
  pages: 1,
  neverAnalyzed: false,
  modifiedSinceAnalyze: 0,
  indexes: ['PRIMARY', 'by_status', 'by_total'].map((name) => ({
    name,
    unique: false,
    keys: ['id'],
    partial: false,
  })),
};
const assemble = (block: object) =>
  dialects.mysql.readPlan(JSON.stringify({ query_block: { select_id: 1, ...block } }), {
    engineVersion: '9.7',
    namespace: 'shop',
    collectedAt: 0,
    parameters: 'sampled',
    fingerprint: { algorithm: 't', value: '1' },
    resolve: (name) => ({ schema: 'shop', name }),
  });
const reading = (key: string, access_type = 'ref') =>
  assemble({ table: { table_name: 'orders', access_type, key, rows_examined_per_scan: 1 } });

it.each([
  ['by_status', []],
  ['<auto_key0>', []],
  ['intersect(by_status,by_total)', []],
  ['sort_union(by_status,intersect(PRIMARY,by_total))', []],
  ['union(by_status,made_up)', [facts]],
  ['made_up', [facts]],
])('an index that its table is not known to have: %s', (key, expected) =>
  expect(
    tablesOfUnknownIndexes(reading(key, key.includes('(') ? 'index_merge' : 'ref'), [facts]),
  ).toEqual(expected),
);

it('tables of which nothing is known are not judged', () =>
  expect(tablesOfUnknownIndexes(reading('made_up'), [])).toEqual([]));

it('an alias is the statement’s, else that of one table behind its views', () => {
  const resolve = resolver({
    shape: { ...emptyShape(), relations: [{ name: 'late', alias: 'l' }, { name: 'o' }] },
    behind: [
      { schema: 'shop', name: 'orders', alias: 'o' },
      { schema: 'shop', name: 'notes', alias: 'n' },
      { schema: 'shop', name: 'notes', alias: 'n' },
      { schema: 'shop', name: 'orders', alias: 'x' },
      { schema: 'shop', name: 'notes', alias: 'x' },
    ],
    schema: 'home',
  });
  expect(['l', 'o', 'n', 'x', 'y'].map(resolve)).toEqual([
    { schema: 'home', name: 'late' },
    { schema: 'home', name: 'o' },
    { schema: 'shop', name: 'notes' },
    { schema: 'home', name: 'x' },
    { schema: 'home', name: 'y' },
  ]);
});
