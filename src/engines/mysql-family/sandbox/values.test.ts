import { expect, it } from 'vitest';
import { type Sample, sampleOf, valueFor, widths } from './values.ts';

const column = (type: string) => ({ name: 'c', type });
const rows = Array.from({ length: 100 }, (_, i) => String(i));
const numbers = sampleOf(rows, column('int'));
const values = (kind: 'same' | 'above' | 'below' | 'like', sample: Sample) =>
  widths.map((width) => valueFor({ kind, column: { column: 'c' } }, sample, width, 0));

it('asks for little, then for more', () => {
  expect(values('above', numbers)).toEqual(['95', '70', '9']);
  expect(new Set(values('same', numbers)).size).toBe(3);
  expect(values('below', numbers)).toEqual(['99', '99', '99']);
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
  expect(values('same', sampleOf([], column('int')))).toEqual(['1', '1', '1']);
});
