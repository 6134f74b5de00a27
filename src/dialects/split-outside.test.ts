import { expect, it } from 'vitest';
import { splitOutside } from './split-outside.ts';

it('splits where a list has its separators', () => {
  expect(splitOutside(`a DESC, f(b, 'x, y'), "c, d", ARRAY[1, 2], \`e, f\``, ', ')).toEqual([
    'a DESC',
    `f(b, 'x, y')`,
    '"c, d"',
    'ARRAY[1, 2]',
    '`e, f`',
  ]);
  expect(splitOutside('(a and b) and c', ' and ')).toEqual(['(a and b)', 'c']);
});
