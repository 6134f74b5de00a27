import { expect, it } from 'vitest';
import { readAnyPlan } from '../dialects/read-any.ts';
import { preorder } from '../model/plan.ts';
import { node, outer, seqScan } from './examples.ts';
import { shareBelow, shareOf, shareUnwanted } from './shares.ts';

const sorted = node('Sort', { 'Sort Key': ['a'], rows: 50, cost: 100 }, [
  outer(seqScan('t', { rows: 50, cost: 80 })),
]);
const { root } = readAnyPlan(JSON.stringify([{ Plan: sorted }]));
const [sort = root, scan = root] = preorder(root);

it('a node has its own share; with what is below, theirs too', () => {
  expect(shareOf(sort)).toBeCloseTo(0.2);
  expect(shareOf(sort, scan)).toBeCloseTo(1);
  expect(shareBelow(sort)).toBeCloseTo(1);
  expect(shareBelow(sort, scan)).toBeCloseTo(1);
});
it('of rows that are read, those that nobody wants', () => {
  expect(shareUnwanted(scan, 1_000, 250)).toBeCloseTo(0.6);
  expect(shareUnwanted(scan, 10, 20)).toBe(0);
  expect(shareUnwanted(scan, 0, 0)).toBe(0);
});
