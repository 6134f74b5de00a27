import { expect, it } from 'vitest';
import { readAnyPlan } from '../dialects/read-any.ts';
import { emptyShape } from '../model/query-shape.ts';
import { uncounted } from './examine.ts';
import { node, outer, seqScan, table, typed } from './examples.ts';
import { extremes, firstRows } from './order.ts';

const facts = [table('t', 9_000, { columns: typed({ a: 'int4', b: 'int4' }) })];
const plan = (keys: string[], below: object = seqScan('t', { rows: 9_000 })) =>
  readAnyPlan(
    JSON.stringify([
      {
        Plan: node('Limit', { rows: 10 }, [
          outer(node('Sort', { 'Sort Key': keys, rows: 9_000 }, [outer(below)])),
        ]),
      },
    ]),
  );
const context = (shape: object) => ({
  stats: uncounted,
  fingerprint: { algorithm: 'test', value: 'f' },
  facts,
  shape: { ...emptyShape(), relations: [{ name: 't' }], ...shape },
});
const keysOf = (keys: string[]) =>
  firstRows(plan(keys), context({ limit: true })).map((each) => each.keys);

it('an order is the index’s where it is of the table’s columns', () => {
  expect(keysOf(['a DESC'])).toEqual([[{ column: 'a' }]]);
  expect(keysOf(['t.a', 'b DESC'])).toEqual([[{ column: 'a' }, { column: 'b', descending: true }]]);
  expect(keysOf(['a DESC', 'b DESC'])).toEqual([[{ column: 'a' }, { column: 'b' }]]);
  expect(keysOf(['a DESC', 'b'])).toEqual([[{ column: 'a', descending: true }, { column: 'b' }]]);
  expect(keysOf(['other.a'])).toEqual([]);
  expect(keysOf(['lower(a)'])).toEqual([]);
  expect(keysOf(['a DESC NULLS LAST', 'b'])).toEqual([
    [{ column: 'a', descending: true, otherNulls: true }, { column: 'b' }],
  ]);
  expect(keysOf(['a USING >>>'])).toEqual([]);
});
it('a running total takes all rows, if it is sorted itself', () => {
  const window = (below: object) => node('WindowAgg', { rows: 9_000 }, [outer(below)]);
  const sorted = node('Sort', { 'Sort Key': ['a'], rows: 9_000 }, [
    outer(seqScan('t', { rows: 9_000 })),
  ]);
  const of = (below: object) => firstRows(plan(['b DESC'], below), context({ limit: true })).length;
  expect(of(window(sorted))).toBe(0);
  const streaming = node('Limit', { rows: 10 }, [outer(window(sorted))]);
  const read = readAnyPlan(JSON.stringify([{ Plan: streaming }]));
  expect(firstRows(read, context({ limit: true }))).toHaveLength(1);
});
it('without a limit all rows are wanted', () =>
  expect(firstRows(plan(['a']), context({}))).toEqual([]));
it('groups of other columns do not come in that order', () => {
  const grouped = (key: string) =>
    node('Aggregate', { 'Group Key': [key], rows: 90 }, [outer(seqScan('t', { rows: 9_000 }))]);
  const found = (key: string) => firstRows(plan(['a'], grouped(key)), context({ limit: true }));
  expect(found('a')).toHaveLength(1);
  expect(found('b')).toEqual([]);
});
it('the least and the greatest of a column are the first of an order, of each its own', () => {
  const of = (...aggregates: object[]) =>
    extremes(plan(['a']), context({ aggregates })).map(({ keys }) => keys);
  const least = { function: 'min', column: 'a' };
  expect(of(least, { function: 'max', column: 'a' })).toEqual([[{ column: 'a' }]]);
  expect(of(least, { function: 'max', column: 'b' })).toEqual([
    [{ column: 'a' }],
    [{ column: 'b' }],
  ]);
  expect(of(least, { function: 'sum', column: 'a' })).toEqual([]);
  expect(of({ function: 'count' })).toEqual([]);
});

it('a subquery may ask for them', () => {
  const latest = readAnyPlan(
    JSON.stringify([
      {
        Plan: {
          ...seqScan('t', { rows: 1, filter: '(a = $0)' }),
          Plans: [
            {
              'Parent Relationship': 'InitPlan',
              ...node('Aggregate', { rows: 1 }, [outer(seqScan('t', { rows: 9_000 }))]),
            },
          ],
        },
      },
    ]),
  );
  const asked = { subqueries: 1, aggregates: [{ function: 'max', column: 'a' }] };
  expect(extremes(latest, context(asked))).toMatchObject([{ keys: [{ column: 'a' }] }]);
  const other = { ...asked, aggregates: [{ function: 'max', column: 'elsewhere' }] };
  expect(extremes(latest, context(other))).toEqual([]);
});
