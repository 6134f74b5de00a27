import { describe, expect, it } from 'vitest';
import { bareNode } from '../dialects/reading.ts';
import { emptyShape } from '../model/query-shape.ts';
import type { Condition } from './conditions.ts';
import { uncounted } from './examine.ts';
import { index, table, typed } from './examples.ts';
import {
  looksSelective,
  rowsCounted,
  rowsEstimated,
  rowsJoined,
  shareOfValue,
  skewOf,
} from './rows.ts';

const equal = (column: string): Condition => ({
  column,
  kind: 'equal',
  operator: '=',
  single: true,
});
const range = (column: string): Condition => ({ column, kind: 'range', operator: '>' });
const columns = typed({ status: ['text', 4], clerk: 'int4', letter: 'char', active: 'bool' });
const orders = table('orders', 1_000, {
  columns,
  indexes: [index('orders_pkey', ['id'], { unique: true })],
});
const generic = { engine: 'postgres', parameters: 'generic' } as never;
const sampled = { engine: 'mysql', parameters: 'sampled' } as never;

describe('rows that are wanted', () => {
  const node = bareNode('SeqScan', 'Seq Scan');
  node.est.rows = 100;
  const estimated = (conditions: Condition[], plan = generic) =>
    rowsEstimated(node, { conditions, alternatives: [] }, orders, plan);
  it('are the planner’s where it has statistics of the column', () => {
    expect(estimated([equal('status')])).toBe(100);
    expect(estimated([equal('clerk')])).toBeUndefined();
  });
  it('are not known of a range with one end, guessed of one with two', () => {
    expect(estimated([range('total')])).toBeUndefined();
    expect(estimated([range('total'), range('total')])).toBe(100);
  });
  it('are known of a range of a column that most rows have no value of', () => {
    const gone = (nulls: number) => ({
      ...orders,
      columns: [{ name: 'gone', type: 'timestamptz', distinct: 90, nulls }],
    });
    const of = (nulls: number) =>
      rowsEstimated(node, { conditions: [range('gone')], alternatives: [] }, gone(nulls), generic);
    expect(of(0.97)).toBe(100);
    expect(of(0.3)).toBeUndefined();
  });
  it('are by the columns’ values where the planner has a fixed share', () => {
    expect(estimated([equal('clerk')], sampled)).toBeUndefined();
    expect(estimated([equal('id')], sampled)).toBe(1);
  });
});

it('rows are counted where the statement returns what the table gives', () => {
  const counted = (shape: object) => ({
    stats: { ...uncounted, calls: 10, rows: 50 },
    fingerprint: { algorithm: 'test', value: 'f' },
    facts: [],
    shape: { ...emptyShape(), relations: [{ name: 'orders' }], ...shape },
  });
  expect(rowsCounted(counted({}))).toBe(5);
  expect(rowsCounted(counted({ limit: true }))).toBeUndefined();
  expect(rowsCounted(counted({ aggregates: [{ function: 'sum' }] }))).toBeUndefined();
  expect(rowsCounted(counted({ joins: 1 }))).toBeUndefined();
  expect(rowsJoined(counted({ joins: 1 }))).toBe(5);
  expect(rowsJoined(counted({ joins: 1, grouped: true }))).toBeUndefined();
});
it('a value’s share is by the column, or by a unique index', () => {
  expect(shareOfValue(orders, equal('status'))).toBe(0.25);
  expect(shareOfValue(orders, equal('id'))).toBe(0.001);
  expect(shareOfValue(orders, equal('clerk'))).toBeUndefined();
});
it('how many have no value is not told by how many values there are', () => {
  const none: Condition = { column: 'gone', kind: 'equal', operator: 'is null' };
  const gone = { name: 'gone', type: 'timestamptz', distinct: 900, commonest: 0.2, nulls: 0.9 };
  const facts = { ...orders, columns: [gone] };
  expect(shareOfValue(facts, none)).toBe(0.9);
  expect(shareOfValue(orders, none)).toBeUndefined();
  expect(skewOf([none], facts)).toBe(1);
});
it('a value that is asked for is rather a common one', () => {
  const skewed = (commonest: number) =>
    skewOf([equal('status')], {
      ...orders,
      columns: [{ name: 'status', type: 'text', distinct: 4, commonest }],
    });
  expect(skewed(0.25)).toBe(1);
  expect(skewed(0.9)).toBeCloseTo(1.8);
});
it('a type tells whether one value is of few rows, where nothing else does', () => {
  expect(looksSelective([equal('clerk')], orders, sampled)).toBe(true);
  expect(looksSelective([equal('active')], orders, sampled)).toBe(false);
  expect(looksSelective([equal('letter')], orders, sampled)).toBe(false);
  expect(looksSelective([equal('clerk')], orders, generic)).toBe(false);
  expect(looksSelective([range('at'), range('at')], orders, generic)).toBe(true);
});
it.each([
  ['varchar', 40, 'utf8mb4_bin', true, false],
  ['varchar', 80, 'utf8mb4_bin', true, true],
  ['varchar', 80, 'utf8mb4_bin', false, false],
  ['varchar', 12, 'latin1_swedish_ci', true, true],
  ['char', 32, 'latin1_swedish_ci', false, true],
  ['bigint', undefined, undefined, false, true],
  ['tinyint', undefined, undefined, false, false],
])('so does its length: %s of %s bytes (%s), one value: %s', (type, bytes, collation, one, few) => {
  const column = { name: 'c', type, ...(bytes ? { bytes } : {}), ...(collation && { collation }) };
  const { single: _single, ...several } = { ...equal('c'), operator: 'in' };
  const asked = one ? equal('c') : several;
  expect(looksSelective([asked], { ...orders, columns: [column] }, sampled)).toBe(few);
});
it('a range of the key of partitions may be all of one', () => {
  const partitionOf = { schema: 's', name: 'orders', strategy: 'range', keys: ['at'] };
  const parts = { ...orders, partitionOf: { ...partitionOf, partitions: 9 } };
  expect(looksSelective([range('at'), range('at')], parts, generic)).toBe(false);
});
