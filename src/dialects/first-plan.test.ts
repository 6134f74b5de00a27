import { expect, it } from 'vitest';
import { processorTime } from '../../test/support/pace.ts';
import { preorder } from '../model/plan.ts';
import { firstPlan } from './first-plan.ts';
import { readPlanText } from './read-any.ts';

const scan = (of: string) => `Seq Scan on ${of}  (cost=0.00..35.50 rows=2550 width=4)`;
const psql = (of: string) =>
  `shop=# explain select * from ${of};\n QUERY PLAN \n------------\n ${scan(of)}\n` +
  `   Filter: (x = 1)\n(2 rows)\n`;
const logged = (of: string) =>
  `2026-01-02 03:04:05 UTC [7] LOG:  duration: 12.5 ms  plan:\n\tQuery Text: x\n\t${scan(of)}`;
const bar = '+----+-------------+-------+------+---------------+------+';
const head = '| id | select_type | table | type | possible_keys | rows |';
const table = (of: string) =>
  `${bar}\n${head}\n${bar}\n|  1 | SIMPLE      | ${of}     | ALL  | NULL          |   10 |\n${bar}`;
const row = (of: string) =>
  `*************************** 1. row ***************************\n           id: 1\n` +
  `  select_type: SIMPLE\n        table: ${of}\n         type: ALL\npossible_keys: NULL\n` +
  `         rows: 10\n`;
const tree = (of: string) =>
  `-> Sort: ${of}.x  (cost=9.5 rows=10)\n    -> Table scan on ${of}  (cost=5 rows=10)\n`;

const tablesOf = (text: string) => {
  const { plan, remarks } = readPlanText(text);
  const tables = preorder(plan.root).flatMap(({ relation }) => relation?.name ?? []);
  return { tables, remarks };
};

it.each([
  ['psql', psql, 8],
  ['psql -At', scan, 2],
  ['a log', logged, 4],
  ['a table', table, 7],
  ['\\G', row, 8],
  ['a tree', tree, 3],
])('of two in one text the first is read, and that is said: %s', (_, print, line) => {
  const [one, both] = [print('a'), `${print('a').trimEnd()}\n${print('b')}`];
  expect(tablesOf(one)).toEqual({ tables: ['a'], remarks: [] });
  const remarks = [{ line, text: 'another plan: only the first is read' }];
  expect(tablesOf(both)).toEqual({ tables: ['a'], remarks });
});

it('what a mail has broken is one plan', () => {
  const text = `Limit  (cost=0.00..9.00 rows=1 width=4)\n  ->  Index Scan using
Customers_idx on a  (cost=0.00..9.00 rows=1 width=4)\n`;
  expect(firstPlan(text)).toEqual({ text });
});

it('a list of two in JSON is refused for what it is', () => {
  const each = { Plan: { 'Node Type': 'Seq Scan', 'Total Cost': 1 } };
  expect(() => readPlanText(JSON.stringify([each, each]))).toThrow(/2 plans in one text/);
  const one = JSON.stringify([each]);
  expect(() => readPlanText(`${one}\n${one}`)).toThrow(/line 2: the JSON has ended before/);
});

it.each(['A', '| select_type ', '->\n', '-> x (cost=1..2 rows=1 width=1)\nA', 'A (cost=1..2 '])(
  'takes no longer for more than it is longer: %j',
  (piece) => {
    const text = piece.repeat(100_000);
    expect(processorTime(() => firstPlan(text))).toBeLessThan(2_000);
  },
);
