import { expect, it } from 'vitest';
import fc from '../../../test/support/property.ts';
import { tokenize } from './lexer.ts';

it('tokens are the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'abc\'"$1.5-*/() \n=E\\') }), (text) => {
      expect(
        tokenize(text)
          .map((token) => token.text)
          .join(''),
      ).toBe(text);
    }),
  );
});
