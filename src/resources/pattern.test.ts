import { expect, it } from 'vitest';
import { includedBy } from './pattern.ts';

it('patterns', () => {
  const rules = { include: ['*'], exclude: ['template*', 'a.b'] };
  expect(includedBy({ include: ['*'], exclude: [] })('two\nlines')).toBe(true);
  expect(['shop', 'template1', 'a.b', 'axb'].map(includedBy(rules))).toEqual([
    true,
    false,
    false,
    true,
  ]);
});
