import { expect, it } from 'vitest';
import { preorder } from '../../model/plan.ts';
import { readBlocks } from './block-json.ts';
import { blocksOfRows } from './plan-table.ts';
import type { TableRow } from './table-rows.ts';

const row = (id: string, select_type: string, table: string, more: TableRow = {}): TableRow => ({
  id,
  select_type,
  table,
  type: 'ALL',
  rows: '10',
  ...more,
});
const nodesOf = (...rows: TableRow[]) =>
  preorder(readBlocks(blocksOfRows(rows), { tableCost: () => 0, rowsRead: () => 10 }).root).map(
    ({ op, relation, parentRelation }) => [op, relation?.name, parentRelation],
  );

it('joins the tables of one block in their order, and sorts where a row says so', () => {
  const nodes = nodesOf(
    row('1', 'SIMPLE', 'a', { Extra: 'Using temporary; Using filesort' }),
    row('1', 'SIMPLE', 'b', { type: 'ref', key: 'i|j', ref: 'a.id', Extra: 'Using index' }),
  );
  expect(nodes.map(([op, name]) => [op, name])).toEqual([
    ['Sort', undefined],
    ['NestedLoop', undefined],
    ['SeqScan', 'a'],
    ['IndexOnlyScan', 'b'],
  ]);
});
it('makes a derived table once, where it is first read', () => {
  const nodes = nodesOf(
    row('1', 'PRIMARY', '<derived2>'),
    row('1', 'PRIMARY', '<derived2>'),
    row('2', 'DERIVED', 'a'),
  );
  expect(nodes.filter(([, name]) => name === 'a')).toHaveLength(1);
  expect(nodes.map(([op]) => op)).toContain('CteScan');
});
it('unites what one result names, and what nothing keeps unique', () => {
  const both = [row('1', 'PRIMARY', 'a'), row('2', 'UNION', 'b')];
  expect(nodesOf(...both).map(([op]) => op)).toEqual(['Append', 'SeqScan', 'SeqScan']);
  const result = row('', 'UNION RESULT', '<union1,2>', { Extra: 'Using temporary' });
  expect(nodesOf(...both, result).map(([op]) => op)).toContain('Unique');
});
it('puts a subquery into the block that it stands in', () => {
  const nodes = nodesOf(
    row('1', 'PRIMARY', 'a'),
    row('2', 'DEPENDENT SUBQUERY', 'b'),
    row('3', 'SUBQUERY', 'c'),
    row('4', 'MATERIALIZED', 'd'),
  );
  expect(nodes.map(([, name, relation]) => [name, relation])).toEqual([
    ['a', undefined],
    ['b', 'subplan'],
    ['c', 'initplan'],
    ['d', 'initplan'],
  ]);
});
it('ends where a recursive table names itself', () => {
  const nodes = nodesOf(
    row('1', 'PRIMARY', '<derived2>'),
    row('2', 'DERIVED', 'a'),
    row('3', 'RECURSIVE UNION', '<derived2>'),
    row('', 'UNION RESULT', '<union2,3>'),
  );
  expect(nodes.length).toBeLessThan(8);
});
