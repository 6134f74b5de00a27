import { expect, it } from 'vitest';
import fc from '../../test/support/property.ts';
import { sqlTokens } from './sql-tokens.ts';

it('is the text, token by token', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(
        sqlTokens(text)
          .map((token) => token.text)
          .join(''),
      ).toBe(text);
    }),
  );
});
it.each([
  ["N'it''s'", 'string'],
  ["q'[it's]'", 'string'],
  ["'cut o", 'string'],
  ['[a]]b]', 'quoted'],
  ['"a""b"', 'quoted'],
  ['0x1F', 'number'],
  ['.5e-3', 'number'],
  [':B1', 'param'],
  ['@p', 'param'],
  ['#temp', 'word'],
])('%s is one %s', (text, kind) => {
  expect(sqlTokens(text)).toEqual([{ kind, text, at: 0 }]);
});
