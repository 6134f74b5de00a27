import { expect, it } from 'vitest';
import type { TableFacts } from '../../../model/statistics.ts';
import {
  type Asked,
  endsSql,
  type Sample,
  sampleOf,
  sampleSql,
  shares,
  startsBetween,
  valueFor,
} from './values.ts';

const column = (type: string) => ({ name: 'c', type });
const rows = Array.from({ length: 100 }, (_, i) => String(i));
const numbers = sampleOf(rows, column('int'));
const once: Asked = { share: 1, nth: 0, between: false, rows: 0 };
const fillings = (kind: 'same' | 'above' | 'below' | 'like', sample: Sample, more = {}) =>
  shares.map((share) =>
    valueFor({ kind, column: { column: 'c' } }, sample, { ...once, share, ...more }),
  );
const values = (...of: Parameters<typeof fillings>) => fillings(...of).map(({ value }) => value);

it('asks for little, then for more, and says for how much', () => {
  expect(values('above', numbers)).toEqual(['98', '98', '90', '66', '9']);
  expect(values('below', numbers)).toEqual(['0', '1', '10', '33', '90']);
  expect(values('below', numbers, { between: true })).toEqual(['99', '99', '99', '99', '99']);
  expect(fillings('above', numbers).at(-1)?.share).toBe(0.9);
});

it('has values that are rare and values that are common, and counts NULLs', () => {
  const skewed = sampleOf([...rows.map((_, i) => (i < 60 ? 'a' : i < 85 ? 'b' : 'c')), null], {
    ...column('varchar'),
  });
  expect(values('same', skewed)).toEqual(["'c'", "'c'", "'c'", "'b'", "'a'"]);
  expect(fillings('same', skewed).at(-1)?.share).toBeCloseTo(60 / 101);
  const list = [0, 1, 2].map((nth) => values('same', skewed, { nth })[0]);
  expect(list).toEqual(["'c'", "'b'", "'a'"]);
});

it('takes as much of a pattern as the share has that is asked for', () => {
  const names = sampleOf(
    rows.map((n) => `user${n}`),
    column('varchar'),
  );
  expect(values('like', names)).toEqual(["'user50%'", "'user50%'", "'user5%'", "'u%'", "'u%'"]);
});

it('asks for as many rows as come back, and for a page at least', () => {
  const limit = (count: number) => valueFor({ kind: 'rows' }, undefined, { ...once, rows: count });
  expect([limit(3), limit(49.2)]).toEqual([{ value: '20' }, { value: '50' }]);
});

it('orders numbers as numbers, and writes them so', () => {
  expect(sampleOf(['10', '9', null], column('bigint')).ascending).toEqual(['9', '10']);
  expect(values('same', sampleOf(['10'], column('varchar')))[0]).toBe("'10'");
});

it('lets no value end its text', () => {
  const hostile = sampleOf(["a'; DROP TABLE t; --\0", "\\'"], column('varchar'));
  for (const value of [...values('same', hostile), ...values('like', hostile)])
    expect(value).toMatch(/^'(?:[^'\0]|'')*'$/);
  const odd = sampleOf(['1; DROP TABLE t'], column('int'));
  expect(values('same', odd)[0]).toBe("'1; DROP TABLE t'");
});

it('has something for a column without rows', () => {
  expect(values('same', sampleOf([], column('int')))).toEqual(['1', '1', '1', '1', '1']);
});

it('looks all over a table that is in the order of an integer, else at both ends', () => {
  const key = { name: 'PRIMARY', unique: true, keys: ['id'], partial: false };
  const table = (type: string) =>
    ({
      schema: 's',
      name: 't',
      indexes: [key],
      columns: [{ name: 'id', type }],
    }) as never as TableFacts;
  expect(endsSql(table('bigint unsigned'))).toContain('MIN(`id`)');
  expect(endsSql(table('varchar'))).toBeUndefined();
  const starts = startsBetween('1', '18446744073709551615');
  expect([starts.length, starts[0]]).toEqual([20, '878416384462359601']);
  expect(startsBetween('1', '5')).toEqual([]);
  expect(sampleSql(table('int'), 'c', ['7', '9'])).toContain(
    '`id` >= 9 ORDER BY `id` ASC LIMIT 50',
  );
  expect(sampleSql(table('varchar'), 'c', []).match(/SELECT/g)).toHaveLength(2);
});
