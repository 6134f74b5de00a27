import { expect, it } from 'vitest';
import { readAnyPlan } from '../../../src/dialects/read-any.ts';
import { formatOf, remarksOf, sizeOf } from './words.ts';

const plan = readAnyPlan(
  'Seq Scan on t  (cost=0.00..155.00 rows=10 width=8) (actual time=0.1..12.5 rows=7 loops=1)\n' +
    'Planning Time: 0.305 ms\nExecution Time: 12.6 ms',
);

it('says what was read', () => {
  expect(formatOf({ label: 'PostgreSQL', plan })).toBe('PostgreSQL text, with actual figures');
});
it('says what was not', () => {
  expect(remarksOf([])).toBe('everything was understood');
  expect(remarksOf([{ line: 14, text: '' }])).toBe('1 line was not understood: line 14');
  expect(remarksOf([4, 9].map((line) => ({ line, text: '' })))).toBe(
    '2 lines were not understood: line 4 …',
  );
});
it.each([
  ['a', '1 B, 1 line'],
  ['a\nb\n', '4 B, 3 lines'],
  ['x'.repeat(10_200_000), '10.2 MB, 1 line'],
])('says how much it is: %.4s', (text, expected) => {
  expect(sizeOf(text)).toBe(expected);
});
